//! Where the media store is, as the environment says.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};
use url::Url;

use crate::http::Connector;

const STORE: &str = "EDGEWIRE_MEDIA_STORE";
const ENDPOINT: &str = "EDGEWIRE_MEDIA_STORE_ENDPOINT";
const REGION: &str = "EDGEWIRE_MEDIA_STORE_REGION";
const ACCESS_KEY: &str = "EDGEWIRE_MEDIA_STORE_ACCESS_KEY";
const SECRET_KEY: &str = "EDGEWIRE_MEDIA_STORE_SECRET_KEY";
const ALLOW_HTTP: &str = "EDGEWIRE_MEDIA_STORE_ALLOW_HTTP";
/// What only S3 needs.
const OF_S3: [&str; 5] = [ENDPOINT, REGION, ACCESS_KEY, SECRET_KEY, ALLOW_HTTP];
/// What most servers that are not Amazon's call their only one.
const DEFAULT_REGION: &str = "us-east-1";

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    kind: Kind,
    prefix: Path,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Folder(PathBuf),
    S3 {
        bucket: String,
        endpoint: Option<String>,
        region: String,
        access: String,
        secret: Secret,
        plain: bool,
    },
}

/// A value that is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A variable that cannot be used. What it says has nothing of the value in it, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingsError {
    /// Which variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{STORE}: {0}")]
pub struct OpenError(String);

fn bad(name: &'static str, problem: impl Into<String>) -> SettingsError {
    SettingsError { name, problem: problem.into() }
}

impl Settings {
    /// Reads the settings with `variable`; `None` when there is to be no store.
    ///
    /// # Errors
    /// Names the first variable that is missing, bad, or of no use.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SettingsError> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let given = |names: &[&'static str]| names.iter().copied().find(|name| get(name).is_some());
        let Some(text) = get(STORE) else {
            return match given(&OF_S3) {
                Some(name) => Err(bad(name, format!("is of no use without {STORE}"))),
                None => Ok(None),
            };
        };
        let form = "must be s3://bucket, s3://bucket/prefix or file:///folder";
        let url = Url::parse(&text).map_err(|_| bad(STORE, form))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(
                STORE,
                format!("must not have keys in it; {ACCESS_KEY} and {SECRET_KEY} take them"),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad(STORE, form));
        }
        match url.scheme() {
            "file" => {
                let folder = url.to_file_path().map_err(|()| bad(STORE, form))?;
                if let Some(name) = given(&OF_S3) {
                    return Err(bad(name, format!("is of no use with a {STORE} that is a folder")));
                }
                Ok(Some(Self { kind: Kind::Folder(folder), prefix: Path::default() }))
            }
            "s3" => {
                let bucket =
                    url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad(STORE, form))?;
                if url.port().is_some() {
                    return Err(bad(STORE, format!("has a bucket, not a host: {ENDPOINT} takes that")));
                }
                let prefix = Path::from_url_path(url.path()).map_err(|_| bad(STORE, form))?;
                let plain = match get(ALLOW_HTTP).as_deref() {
                    None | Some("false" | "0") => false,
                    Some("true" | "1") => true,
                    Some(_) => return Err(bad(ALLOW_HTTP, "must be true or false")),
                };
                let endpoint = get(ENDPOINT).map(|text| endpoint(&text, plain)).transpose()?;
                let key = |name: &'static str| {
                    let key =
                        get(name).ok_or_else(|| bad(name, format!("is required with {STORE}=s3://…")))?;
                    visible(name, key)
                };
                let kind = Kind::S3 {
                    bucket: bucket.to_owned(),
                    endpoint,
                    region: visible(REGION, get(REGION).unwrap_or_else(|| DEFAULT_REGION.into()))?,
                    access: key(ACCESS_KEY)?,
                    secret: Secret(key(SECRET_KEY)?),
                    plain,
                };
                Ok(Some(Self { kind, prefix }))
            }
            _ => Err(bad(STORE, form)),
        }
    }

    /// The folder that is the store, where it is one.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        match &self.kind {
            Kind::Folder(folder) => Some(folder.clone()),
            Kind::S3 { .. } => None,
        }
    }

    pub(crate) fn open(&self) -> Result<(Arc<dyn ObjectStore>, Path), OpenError> {
        let store: Arc<dyn ObjectStore> = match &self.kind {
            Kind::Folder(folder) => {
                if !folder.is_dir() {
                    return Err(OpenError("there is no such folder".into()));
                }
                Arc::new(LocalFileSystem::new_with_prefix(folder).map_err(|e| OpenError(e.to_string()))?)
            }
            Kind::S3 { bucket, endpoint, region, access, secret, plain } => {
                let builder = AmazonS3Builder::new()
                    .with_http_connector(Connector { plain: *plain })
                    .with_allow_http(*plain)
                    .with_retry(patience())
                    .with_bucket_name(bucket)
                    .with_region(region)
                    .with_access_key_id(access)
                    .with_secret_access_key(&secret.0);
                let builder = match endpoint {
                    Some(endpoint) => builder.with_endpoint(endpoint),
                    None => builder,
                };
                Arc::new(builder.build().map_err(|e| OpenError(e.to_string()))?)
            }
        };
        Ok((store, self.prefix.clone()))
    }
}

/// What goes into the head of each request, where anything else would be a panic of `object_store`'s.
fn visible(name: &'static str, value: String) -> Result<String, SettingsError> {
    match value.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(value),
        false => Err(bad(name, "must be visible ASCII, without spaces or line ends")),
    }
}

fn endpoint(text: &str, plain: bool) -> Result<String, SettingsError> {
    let form = "must be a URL such as https://s3.example.com";
    let url = Url::parse(text).map_err(|_| bad(ENDPOINT, form))?;
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !bare || url.fragment().is_some() || url.host_str().is_none_or(str::is_empty) {
        return Err(bad(ENDPOINT, form));
    }
    match url.scheme() {
        "https" => {}
        "http" if plain => {}
        "http" => {
            return Err(bad(ENDPOINT, format!("is not encrypted, which {ALLOW_HTTP}=true would allow")));
        }
        _ => return Err(bad(ENDPOINT, form)),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Twice more, soon: a file that is asked for has another source, and one that is to be kept comes again.
fn patience() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: 2,
        retry_timeout: Duration::from_secs(20),
    }
}
