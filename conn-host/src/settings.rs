//! What conn-host is told at start, all of it by environment variables. A bad value stops the start by its name.

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::keys::{EVENT_DAYS, EVENTS_KEPT, FEED_KEPT, MESSAGE_TTL_SECONDS};
use edgewire_contract::media::{MAX_DOCUMENT_BYTES, MAX_MEDIA_BYTES, MediaKind};
use edgewire_delivery::Settings as DeliverySettings;
use edgewire_depot::Settings as DepotSettings;
use edgewire_login::Settings as LoginSettings;
use edgewire_store::{MasterKey, MasterKeys};

use crate::events::retention::{DAY_MS, Retention};

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `EDGEWIRE_REDIS_URL`, default `redis://127.0.0.1:6379`. Of a Redis Cluster any node, or several:
    /// `redis://a:6379,b:6379`.
    pub redis_url: String,
    /// `EDGEWIRE_REDIS_SENTINEL`: the name under which sentinels know the primary. `EDGEWIRE_REDIS_URL` then names the
    /// sentinels, `redis://a:26379,b:26379`, with the primary's user and password; none by default.
    pub redis_sentinel: Option<String>,
    /// `EDGEWIRE_LISTEN`: the address of `/livez`, `/readyz` and `/metrics`, default `127.0.0.1:9090`.
    pub listen: String,
    /// `EDGEWIRE_HOST_ID`: this process's name among the hosts; random by default. Never give two processes one name.
    pub host_id: String,
    /// `EDGEWIRE_MASTER_KEY`: 32 bytes, base64. Seals the device keys at rest.
    pub master: Arc<MasterKeys>,
    /// `EDGEWIRE_ROLE`, a list of `connect` (own sessions) and `deliver` (webhooks); both by default.
    pub connect: bool,
    /// See [`Self::connect`].
    pub deliver: bool,
    /// `EDGEWIRE_WHATSAPP_URL`: where WhatsApp's socket is, for relays; WhatsApp itself by default.
    pub whatsapp_url: Option<String>,
    /// `EDGEWIRE_WHATSAPP_VERSION`: the version of WhatsApp Web to say we are, such as `2.3000.1026131876`; asked of
    /// WhatsApp's web site once a day by default.
    pub whatsapp_version: Option<(u32, u32, u32)>,
    /// `EDGEWIRE_SANDBOX_URL`: the sandbox's socket. Only a build with the cargo feature `sandbox` takes it.
    pub sandbox_url: Option<String>,
    /// `EDGEWIRE_CONNECTING`: how many sessions may be connecting at once, default 16.
    pub connecting_at_once: usize,
    /// `EDGEWIRE_CONNECTS_PER_SECOND`: how many sockets the host opens a second, at most, default 50.
    pub connects_per_second: u32,
    /// `EDGEWIRE_ACK_TIMEOUT_MS`: how long WhatsApp's acknowledgement is waited for, default 20 s.
    pub ack_timeout: Duration,
    /// How long a lease lasts without renewal.
    pub lease_ttl: Duration,
    /// How often leases are renewed and shared out.
    pub lease_renewal: Duration,
    /// `EDGEWIRE_PREKEYS`: how many one-time prekeys a device keeps at WhatsApp, default the library's (812).
    pub prekeys: Option<usize>,
    /// `EDGEWIRE_MESSAGE_DAYS`: how long what messages say is kept (sealed) for quotes, forwards and votes, days; default
    /// 7, 0 keeps none of it. Their status is kept for 7 days in any case.
    pub message_days: u64,
    /// `EDGEWIRE_MAX_MEDIA_BYTES`: the largest image, video, clip or sticker, default 16 MiB.
    pub max_media_bytes: u64,
    /// `EDGEWIRE_MAX_DOCUMENT_BYTES`: the largest document, default 100 MiB.
    pub max_document_bytes: u64,
    /// `EDGEWIRE_BLOB_BUDGET`: how many bytes of files on their way a shard may hold in Redis, default 512 MiB. The
    /// handlers' variable `max_blob_bytes_per_shard` is its like.
    pub blob_budget: u64,
    /// `EDGEWIRE_MEDIA_CACHE_BYTES`: how many bytes of received files a shard may cache in Redis, default 128 MiB; a larger
    /// file cannot be had.
    pub media_cache_bytes: u64,
    /// `EDGEWIRE_MEDIA_STORE`: where received files are kept beside the cache, in the clear: `s3://bucket` or
    /// `s3://bucket/prefix`, or a folder, `file:///folder`, which all hosts must see; none by default. Of S3:
    /// `EDGEWIRE_MEDIA_STORE_ACCESS_KEY` and `EDGEWIRE_MEDIA_STORE_SECRET_KEY`, both required;
    /// `EDGEWIRE_MEDIA_STORE_ENDPOINT`, such as `https://s3.example.com`, Amazon's by default (the bucket goes into the
    /// path); `EDGEWIRE_MEDIA_STORE_REGION`, default `us-east-1`; `EDGEWIRE_MEDIA_STORE_ALLOW_HTTP=true` for an endpoint
    /// without TLS. Objects are `prefix/organization/session/sha256`.
    pub media_store: Option<DepotSettings>,
    /// `EDGEWIRE_SPOOL_DIR`: where files over 1 MiB lie while they are prepared, in unlinked files; the system's folder
    /// for temporary files by default.
    pub spool_dir: std::path::PathBuf,
    /// `EDGEWIRE_MEDIA_ALLOW_LOOPBACK`: lets media URLs lead to this machine, for tests. Only a build with the cargo
    /// feature `sandbox` takes it.
    pub media_allow_loopback: bool,
    /// `EDGEWIRE_EVENT_DAYS`: how long events are kept for readers, days, default 7. Behind that stand bounds of length:
    /// `EDGEWIRE_EVENTS_PER_SESSION`, default and at most 100,000, and `EDGEWIRE_EVENTS_PER_ORGANIZATION`, default
    /// 1,000,000.
    pub retention: Retention,
    /// How webhooks are delivered. `EDGEWIRE_WEBHOOK_ALLOW_LOOPBACK=true` lets them go to this machine.
    pub delivery: DeliverySettings,
    /// Whose logins (JWTs) are taken as tokens; nobody's by default. `EDGEWIRE_JWKS_URL`, the https URL of the identity
    /// provider's keys, `EDGEWIRE_JWT_ISSUER` and `EDGEWIRE_JWT_AUDIENCE`, what a login says of both, all three or none.
    /// `EDGEWIRE_JWT_ORGANIZATION_CLAIM` and `EDGEWIRE_JWT_ROLE_CLAIM`: the claims that have the organization's id and the
    /// role (`admin`, `manager` or `user`), default `organization` and `role`; the user is `sub`.
    /// `EDGEWIRE_LOGIN_CACHE_MS`: for how long a good login is not verified again, default and at most 30 s.
    /// `EDGEWIRE_JWKS_REFETCH_MS`: the pause between two looks for a key that is not known, default and at most 30 s.
    /// `EDGEWIRE_JWKS_ALLOW_LOOPBACK=true` lets the keys come from this machine, also without TLS.
    pub logins: Option<LoginSettings>,
}

/// A variable that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingsError {
    name: &'static str,
    problem: String,
}

fn bad(name: &'static str, problem: impl std::fmt::Display) -> SettingsError {
    SettingsError { name, problem: problem.to_string() }
}

impl Settings {
    /// Reads the settings with `variable`, usually `|n| std::env::var(n).ok()`.
    ///
    /// # Errors
    /// Names the first variable that is missing or bad.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &str| variable(name).filter(|v| !v.is_empty());
        let number = |name: &'static str, default: u64, least: u64| match get(name) {
            None => Ok(default),
            Some(text) => match text.parse::<u64>() {
                Ok(n) if n >= least => Ok(n),
                _ => Err(bad(name, format!("must be a whole number of at least {least}"))),
            },
        };
        let flag = |name: &'static str| match get(name).as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(bad(name, "must be true or false")),
        };
        let master = get("EDGEWIRE_MASTER_KEY").ok_or_else(|| {
            bad(
                "EDGEWIRE_MASTER_KEY",
                "is required: 32 random bytes in base64, such as `openssl rand -base64 32` gives",
            )
        })?;
        let master = MasterKey::from_base64(&master).map_err(|e| bad("EDGEWIRE_MASTER_KEY", e))?;
        let roles = get("EDGEWIRE_ROLE").unwrap_or_else(|| "connect,deliver".into());
        let roles: Vec<&str> = roles.split(',').map(str::trim).collect();
        if let Some(unknown) = roles.iter().find(|r| !["connect", "deliver"].contains(*r)) {
            return Err(bad("EDGEWIRE_ROLE", format!("`{unknown}` is neither connect nor deliver")));
        }
        let sandbox_url = get("EDGEWIRE_SANDBOX_URL");
        if sandbox_url.is_some() && !cfg!(feature = "sandbox") {
            return Err(bad(
                "EDGEWIRE_SANDBOX_URL",
                "this build trusts WhatsApp only; build conn-host with the cargo feature `sandbox` to talk to the sandbox",
            ));
        }
        let media_allow_loopback = flag("EDGEWIRE_MEDIA_ALLOW_LOOPBACK")?;
        if media_allow_loopback && !cfg!(feature = "sandbox") {
            let problem = "media never come from this machine in a build without the cargo feature `sandbox`";
            return Err(bad("EDGEWIRE_MEDIA_ALLOW_LOOPBACK", problem));
        }
        Ok(Self {
            message_days: number("EDGEWIRE_MESSAGE_DAYS", 7, 0)?,
            retention: Retention {
                age_ms: number("EDGEWIRE_EVENT_DAYS", EVENT_DAYS, 1)?.saturating_mul(DAY_MS),
                per_session: match number("EDGEWIRE_EVENTS_PER_SESSION", EVENTS_KEPT, 100)? {
                    n if n <= EVENTS_KEPT => n,
                    _ => {
                        return Err(bad(
                            "EDGEWIRE_EVENTS_PER_SESSION",
                            format!("must be at most {EVENTS_KEPT}"),
                        ));
                    }
                },
                per_feed: number("EDGEWIRE_EVENTS_PER_ORGANIZATION", FEED_KEPT, 100)?,
            },
            max_media_bytes: number("EDGEWIRE_MAX_MEDIA_BYTES", MAX_MEDIA_BYTES, 1)?,
            max_document_bytes: number("EDGEWIRE_MAX_DOCUMENT_BYTES", MAX_DOCUMENT_BYTES, 1)?,
            blob_budget: number("EDGEWIRE_BLOB_BUDGET", 512 << 20, 1 << 20)?,
            media_cache_bytes: number("EDGEWIRE_MEDIA_CACHE_BYTES", 128 << 20, 1 << 20)?,
            media_store: DepotSettings::read(get).map_err(|e| bad(e.name, e.problem))?,
            spool_dir: get("EDGEWIRE_SPOOL_DIR").map_or_else(std::env::temp_dir, Into::into),
            media_allow_loopback,
            redis_url: get("EDGEWIRE_REDIS_URL").unwrap_or_else(|| "redis://127.0.0.1:6379".into()),
            redis_sentinel: get("EDGEWIRE_REDIS_SENTINEL"),
            listen: get("EDGEWIRE_LISTEN").unwrap_or_else(|| "127.0.0.1:9090".into()),
            host_id: get("EDGEWIRE_HOST_ID")
                .unwrap_or_else(|| format!("host-{:016x}", rand::random::<u64>())),
            master: Arc::new(MasterKeys::new(master)),
            connect: roles.contains(&"connect"),
            deliver: roles.contains(&"deliver"),
            whatsapp_url: get("EDGEWIRE_WHATSAPP_URL"),
            whatsapp_version: get("EDGEWIRE_WHATSAPP_VERSION").map(|v| version(&v)).transpose()?,
            sandbox_url,
            connecting_at_once: usize::try_from(number("EDGEWIRE_CONNECTING", 16, 1)?).unwrap_or(usize::MAX),
            connects_per_second: u32::try_from(number("EDGEWIRE_CONNECTS_PER_SECOND", 50, 1)?)
                .unwrap_or(u32::MAX),
            ack_timeout: Duration::from_millis(number("EDGEWIRE_ACK_TIMEOUT_MS", 20_000, 100)?),
            lease_ttl: Duration::from_secs(5),
            lease_renewal: Duration::from_secs(1),
            prekeys: match number("EDGEWIRE_PREKEYS", 0, 0)? {
                0 => None,
                n => Some(usize::try_from(n).unwrap_or(usize::MAX)),
            },
            delivery: DeliverySettings {
                allow_loopback: flag("EDGEWIRE_WEBHOOK_ALLOW_LOOPBACK")?,
                ..DeliverySettings::default()
            },
            logins: LoginSettings::read(get).map_err(|e| bad(e.name, e.problem))?,
        })
    }
}

impl Settings {
    /// Whether what messages say is kept.
    pub fn keeps_messages(&self) -> bool {
        self.message_days > 0
    }

    /// How long a message's record is kept, seconds.
    pub fn message_ttl_seconds(&self) -> u64 {
        MESSAGE_TTL_SECONDS.max(self.message_days.saturating_mul(24 * 3600))
    }

    /// The size limit of a file that is sent as `kind`, bytes.
    pub fn max_bytes(&self, kind: MediaKind) -> u64 {
        match kind {
            MediaKind::Document => self.max_document_bytes,
            _ => self.max_media_bytes,
        }
    }
}

fn version(text: &str) -> Result<(u32, u32, u32), SettingsError> {
    let numbers: Vec<u32> = text.split('.').map_while(|part| part.parse().ok()).collect();
    match (numbers.as_slice(), text.split('.').count()) {
        ([major, minor, patch], 3) => Ok((*major, *minor, *patch)),
        _ => Err(bad("EDGEWIRE_WHATSAPP_VERSION", "must be three numbers, such as 2.3000.1026131876")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn a_bad_value_is_named() {
        assert!(read(&[]).unwrap_err().starts_with("EDGEWIRE_MASTER_KEY: is required"));
        for (name, value) in [
            ("EDGEWIRE_MASTER_KEY", "short"),
            ("EDGEWIRE_ROLE", "x"),
            ("EDGEWIRE_CONNECTING", "0"),
            ("EDGEWIRE_CONNECTS_PER_SECOND", "0"),
            ("EDGEWIRE_EVENT_DAYS", "0"),
            ("EDGEWIRE_MEDIA_STORE", "bucket"),
            ("EDGEWIRE_MEDIA_STORE_SECRET_KEY", "without a store"),
            ("EDGEWIRE_EVENTS_PER_SESSION", "100001"),
            ("EDGEWIRE_WHATSAPP_VERSION", "2.x.1"),
        ] {
            let pairs = [(name, value), ("EDGEWIRE_MASTER_KEY", KEY)];
            assert!(read(&pairs).unwrap_err().starts_with(name), "{name}");
        }
    }

    #[test]
    fn logins_are_set_up_whole() {
        let pairs = [("EDGEWIRE_MASTER_KEY", KEY), ("EDGEWIRE_JWT_ISSUER", "https://id.example.com")];
        assert!(read(&pairs).unwrap_err().starts_with("EDGEWIRE_JWKS_URL: is required"));
        assert!(read(&[("EDGEWIRE_MASTER_KEY", KEY)]).unwrap().logins.is_none());
    }

    #[test]
    fn roles_can_be_split() {
        let settings = read(&[("EDGEWIRE_MASTER_KEY", KEY), ("EDGEWIRE_ROLE", "deliver")]).unwrap();
        assert!(settings.deliver && !settings.connect);
    }

    #[cfg(not(feature = "sandbox"))]
    #[test]
    fn a_release_refuses_the_sandbox() {
        let pairs = [("EDGEWIRE_MASTER_KEY", KEY), ("EDGEWIRE_SANDBOX_URL", "ws://127.0.0.1:1/ws/chat")];
        assert!(read(&pairs).unwrap_err().contains("trusts WhatsApp only"));
    }
}
