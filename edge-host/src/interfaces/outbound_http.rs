//! Outbound HTTP of guests.
//!
//! wasmtime-wasi-http binds the interfaces, 0.2 and 0.3 alike, and asks here to send. A request to
//! a host that `allowed_outbound_hosts` does not grant is `http-request-denied`. Connections are
//! kept and shared; TLS is checked against the Mozilla roots; redirects are the guest's business.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::time::{Instant, Sleep, timeout};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::manifest::grants::Grants;

/// Time to connect, TLS included; a guest may ask for less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time from the request to the response's head, and between parts of its body, unless the guest
/// says otherwise.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

type Boxed<T> = Box<dyn Future<Output = T> + Send>;
type SendResult = Result<(http::Response<WasiBody>, Boxed<Result<(), Error>>), Error>;

/// The client that all components share.
#[derive(Clone)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, WasiBody>);

impl HttpClient {
    /// A client without connections.
    #[must_use]
    pub fn new() -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(8).build(connector))
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

/// What wasmtime-wasi-http asks when a guest of one component sends.
pub struct OutboundHttp {
    client: HttpClient,
    grants: Grants,
}

impl OutboundHttp {
    /// Sends with `client` what `grants` allow.
    #[must_use]
    pub fn new(client: HttpClient, grants: Grants) -> Self {
        Self { client, grants }
    }
}

impl WasiHttpHooks for OutboundHttp {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_result: Boxed<Result<(), Error>>,
    ) -> Box<dyn Future<Output = SendResult> + Send> {
        let allowed = allowed(&self.grants, request.uri());
        let client = self.client.clone();
        Box::new(async move {
            if !allowed? {
                return Err(Error::HttpRequestDenied);
            }
            let options = options.unwrap_or_default();
            let head = options.connect_timeout.unwrap_or(CONNECT_TIMEOUT)
                + options.first_byte_timeout.unwrap_or(READ_TIMEOUT);
            let response = timeout(head, client.0.request(request))
                .await
                .map_err(|_| Error::ConnectionReadTimeout)?
                .map_err(error_code)?;
            let between = options.between_bytes_timeout.unwrap_or(READ_TIMEOUT);
            let response = response.map(|body| TimedBody::new(body, between).boxed_unsync());
            let io: Boxed<Result<(), Error>> = Box::new(std::future::ready(Ok(())));
            Ok((response, io))
        })
    }
}

fn allowed(grants: &Grants, uri: &http::Uri) -> Result<bool, Error> {
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(Error::HttpRequestUriInvalid);
    };
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Ok(grants.allow(scheme, host, port))
}

fn error_code(error: hyper_util::client::legacy::Error) -> Error {
    if !error.is_connect() {
        return Error::HttpProtocolError;
    }
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => return Error::ConnectionRefused,
                std::io::ErrorKind::TimedOut => return Error::ConnectionTimeout,
                std::io::ErrorKind::InvalidData => return Error::TlsCertificateError,
                _ => {}
            }
        }
        source = inner.source();
    }
    Error::DestinationUnavailable
}

/// A response's body that fails when nothing comes for too long.
struct TimedBody {
    body: Incoming,
    patience: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl TimedBody {
    fn new(body: Incoming, patience: Duration) -> Self {
        Self { body, patience, deadline: Box::pin(tokio::time::sleep(patience)) }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let next = Instant::now() + self.patience;
                self.deadline.as_mut().reset(next);
                Poll::Ready(frame.map(|frame| frame.map_err(Error::from)))
            }
            Poll::Pending => {
                self.deadline.as_mut().poll(cx).map(|()| Some(Err(Error::ConnectionReadTimeout)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
