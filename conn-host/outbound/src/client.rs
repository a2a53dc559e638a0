//! The HTTP client for users' URLs: every connection through the guard, every call within its limits.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use url::Url;

use crate::connect::{GuardedConnector, Timed};
use crate::dial::{Dialer, Resolver, SystemDialer, SystemResolver};
use crate::error::{OutboundError, Refusal};
use crate::guard::Guard;

/// How long DNS, TCP and TLS may take together: a receiver that needs longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An unused connection is closed after this: under the idle time of the common proxies (60 to 75 s), so that a
/// request rarely meets a connection that is just being closed.
const IDLE: Duration = Duration::from_secs(30);
/// Unused connections kept per receiver.
const IDLE_PER_HOST: usize = 8;
/// The most that an answer's head may take.
const HEAD_BYTES: usize = 64 * 1024;

/// Bounds of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the start of the call to the last byte of the answer that is read, redirects included.
    pub total: Duration,
    /// For a POST, how much of the answer is kept; for a GET, how large it may be.
    pub body: usize,
    /// How many redirects a GET follows.
    pub redirects: u8,
}

impl Limits {
    /// A webhook's: 10 s, a snippet of 4 KiB, no redirects.
    pub const WEBHOOK: Self = Self { total: Duration::from_secs(10), body: 4096, redirects: 0 };
}

/// What a receiver answered to a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; a redirect's too, since a POST follows none.
    pub status: u16,
    /// The beginning of the answer's body, as text.
    pub snippet: String,
    /// From the start of the call to the answer's head.
    pub latency: Duration,
}

/// What came before a GET's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`, if it is text.
    pub content_type: Option<String>,
    /// `Content-Disposition`, if it is text.
    pub disposition: Option<String>,
    /// `Cache-Control`, if it is text.
    pub cache_control: Option<String>,
}

/// What a GET brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`, if it is text.
    pub content_type: Option<String>,
    /// `Cache-Control`, if it is text.
    pub cache_control: Option<String>,
    /// All of the body.
    pub body: Bytes,
}

/// Cheap to clone; the clones share their connections.
#[derive(Clone)]
pub struct GuardedClient {
    guard: Guard,
    http: Client<Timed<HttpsConnector<GuardedConnector>>, Full<Bytes>>,
}

impl GuardedClient {
    /// A client on the real network, trusting Mozilla's certificate roots.
    pub fn new(guard: Guard) -> Self {
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let tls = builder
            .with_safe_default_protocol_versions()
            .expect("ring supports the default protocol versions")
            .with_webpki_roots()
            .with_no_client_auth();
        Self::with_network(guard, Arc::new(SystemResolver), Arc::new(SystemDialer), tls)
    }

    /// A client on another network, or with other certificate roots.
    pub fn with_network(
        guard: Guard,
        resolver: Arc<dyn Resolver>,
        dialer: Arc<dyn Dialer>,
        tls: ClientConfig,
    ) -> Self {
        let connector =
            GuardedConnector { guard: guard.clone(), resolver, dialer, patience: CONNECT_TIMEOUT };
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_max_buf_size(HEAD_BYTES)
            .build(Timed { inner: https, timeout: CONNECT_TIMEOUT });
        Self { guard, http }
    }

    /// Sends `body` once. Redirects are not followed: the answer is theirs.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
        limits: Limits,
    ) -> Result<Answer, OutboundError> {
        let url = self.guard.inspect(url)?;
        let started = Instant::now();
        let call = async {
            let answer = self.send(Method::POST, &url, headers, body).await?;
            let (status, latency) = (answer.status().as_u16(), started.elapsed());
            let mut bytes = BytesMut::new();
            let _part = read(answer.into_body(), limits.body, |piece| bytes.extend_from_slice(piece)).await;
            Ok(Answer { status, snippet: String::from_utf8_lossy(&bytes).into_owned(), latency })
        };
        tokio::time::timeout(limits.total, call).await.unwrap_or(Err(OutboundError::Timeout))
    }

    /// Fetches `url`, following redirects, each of which the guard judges like the first URL. The body is kept in
    /// memory: for what is small. See [`Self::stream`].
    pub async fn get(&self, url: &str, limits: Limits) -> Result<Fetched, OutboundError> {
        let mut body = BytesMut::new();
        let head = self.stream(url, limits, |piece| body.extend_from_slice(piece)).await?;
        let Head { status, content_type, cache_control, .. } = head;
        Ok(Fetched { status, content_type, cache_control, body: body.freeze() })
    }

    /// As [`Self::get`]; `sink` is given the body piece by piece, whatever the status. It must not block for long.
    pub async fn stream(
        &self,
        url: &str,
        limits: Limits,
        sink: impl FnMut(&[u8]),
    ) -> Result<Head, OutboundError> {
        let url = self.guard.inspect(url)?;
        tokio::time::timeout(limits.total, self.follow(url, limits, sink))
            .await
            .unwrap_or(Err(OutboundError::Timeout))
    }

    async fn follow(
        &self,
        mut url: Url,
        limits: Limits,
        sink: impl FnMut(&[u8]),
    ) -> Result<Head, OutboundError> {
        for _ in 0..=limits.redirects {
            let answer = self.send(Method::GET, &url, HeaderMap::new(), Bytes::new()).await?;
            if matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                let location = answer.headers().get(LOCATION).and_then(|l| l.to_str().ok());
                let next =
                    url.join(location.ok_or(OutboundError::Redirects)?).map_err(|_| Refusal::Malformed)?;
                let next = self.guard.inspect(next.as_str())?;
                if url.scheme() == "https" && next.scheme() != "https" {
                    return Err(Refusal::Scheme.into());
                }
                url = next;
                continue;
            }
            let text = |name| answer.headers().get(name).and_then(|t| t.to_str().ok()).map(str::to_owned);
            let head = Head {
                status: answer.status().as_u16(),
                content_type: text(CONTENT_TYPE),
                disposition: text(CONTENT_DISPOSITION),
                cache_control: text(CACHE_CONTROL),
            };
            return match read(answer.into_body(), limits.body, sink).await {
                End::Complete => Ok(head),
                End::Over => Err(OutboundError::TooLarge),
                End::Broken => Err(OutboundError::Broken),
            };
        }
        Err(OutboundError::Redirects)
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, OutboundError> {
        let uri: Uri = url.as_str().parse().map_err(|_| Refusal::Malformed)?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        self.http.request(request).await.map_err(|error| classify(&error))
    }
}

/// How the reading of a body ended.
enum End {
    Complete,
    Over,
    Broken,
}

/// Gives up to `most` bytes of `body` to `sink`. What is over stays unread, and its connection is closed.
async fn read(mut body: Incoming, most: usize, mut sink: impl FnMut(&[u8])) -> End {
    let mut room = most;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return End::Broken };
        let Some(data) = frame.data_ref() else { continue };
        sink(&data[..data.len().min(room)]);
        if data.len() > room {
            return End::Over;
        }
        room -= data.len();
    }
    End::Complete
}

/// Finds our own error in the chain that hyper wrapped around it.
fn classify(error: &hyper_util::client::legacy::Error) -> OutboundError {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(own) = inner.downcast_ref::<OutboundError>() {
            return own.clone();
        }
        cause = inner.source();
    }
    if error.is_connect() { OutboundError::Tls } else { OutboundError::Broken }
}
