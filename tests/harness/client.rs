//! HTTP as a story speaks it: a request that is built up, a reply that is asserted on.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// No answer takes longer: a synchronous send waits for half of it at most.
const LIMIT: Duration = Duration::from_secs(60);

/// Keeps connections; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
}

/// A request on its way.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    client: Client,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    asked: String,
}

impl Default for Client {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { pool: Pool::builder(TokioExecutor::new()).build(connector) }
    }
}

impl Client {
    /// Begins a request.
    pub fn request(&self, method: Method, url: impl Into<String>) -> Request {
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Request { client: self.clone(), method, url: url.into(), headers, body }
    }
}

impl Request {
    /// Adds a header.
    ///
    /// # Panics
    /// When the value is none.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        self
    }

    /// Says who asks.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Asks another gateway, whose address is `to`, for what `from` was to be asked.
    pub fn instead(mut self, from: &str, to: &str) -> Self {
        if let Some(path) = self.url.strip_prefix(from) {
            self.url = format!("{to}{path}");
        }
        self
    }

    /// Takes the token away.
    pub fn anonymous(mut self) -> Self {
        self.headers.remove(header::AUTHORIZATION);
        self
    }

    /// Sends JSON.
    pub fn json(self, body: &Value) -> Self {
        self.raw(body.to_string())
    }

    /// Sends these bytes as if they were JSON.
    pub fn raw(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", "application/json")
    }

    /// Sends these bytes as what they are.
    pub fn bytes(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Sends it and reads the whole answer.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send(self) -> Reply {
        let asked = format!("{} {}", self.method, self.url);
        match self.try_send().await {
            Ok(reply) => reply,
            Err(e) => panic!("{asked}: {e}"),
        }
    }

    /// As [`Self::send`], for when nobody may be there.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn try_send(self) -> Result<Reply, String> {
        let asked = format!("{} {}", self.method, self.url);
        let whole = async {
            let (head, body) = self.open().await?.into_parts();
            let body = body.collect().await.map_err(|e| format!("the body broke off: {e}"))?.to_bytes();
            Ok(Reply { status: head.status.as_u16(), headers: head.headers, body, asked })
        };
        tokio::time::timeout(LIMIT, whole).await.map_err(|_| format!("no answer within {LIMIT:?}"))?
    }

    /// Sends it and gives the answer as it comes.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn open(self) -> Result<http::Response<Incoming>, String> {
        let mut request = http::Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.url.parse().map_err(|e| format!("{}: {e}", self.url))?;
        *request.headers_mut() = self.headers;
        self.client.pool.request(request).await.map_err(|e| format!("{e:?}"))
    }
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(e) => panic!("{} answered {} with no JSON ({e}): {}", self.asked, self.status, self.text()),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Asserts the status, and gives the JSON.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{} answered: {}", self.asked, self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts an error of the Sessions API by its status and code, and gives its `error` object.
    ///
    /// # Panics
    /// When it is another answer.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["error"]["code"], code, "{} answered: {body}", self.asked);
        assert!(body["error"]["message"].is_string(), "an error has a message: {body}");
        assert!(
            self.headers.contains_key("x-request-id"),
            "every answer has a request id: {:?}",
            self.headers
        );
        body["error"].clone()
    }

    /// Asserts a 400 that names exactly these fields.
    ///
    /// # Panics
    /// When it is another answer.
    #[track_caller]
    pub fn expect_bad_fields(&self, fields: &[&str]) {
        let error = self.expect_error(400, "validation_error");
        let mut named: Vec<&str> = error["details"]["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|f| f["field"].as_str())
            .collect();
        named.sort_unstable();
        assert_eq!(named, fields, "{} answered: {error}", self.asked);
    }
}
