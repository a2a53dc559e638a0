//! HTTP for S3: hyper and rustls with ring, as everywhere else in conn-host. The endpoint is the operator's, so that no
//! guard stands before it; redirects are not followed.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};
use rustls::ClientConfig;
use tokio::time::timeout;

/// How long TCP may take.
const CONNECT: Duration = Duration::from_secs(5);
/// From the first byte of a request, with a part of a file in it, to the head of its answer.
const ANSWER: Duration = Duration::from_secs(90);
/// An unused connection is closed after this.
const IDLE: Duration = Duration::from_secs(30);

/// Makes the client. Without `plain` it speaks TLS only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connector {
    pub(crate) plain: bool,
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring supports the default protocol versions")
            .with_webpki_roots()
            .with_no_client_auth();
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let builder = if self.plain { builder.https_or_http() } else { builder.https_only() };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(builder.enable_http1().wrap_connector(tcp));
        Ok(HttpClient::new(Hyper(client)))
    }
}

#[derive(Debug)]
struct Hyper(Client<HttpsConnector<TcpConnector>, HttpRequestBody>);

#[async_trait]
impl HttpService for Hyper {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = timeout(ANSWER, self.0.request(request)).await;
        let answer = answer.map_err(|e| HttpError::new(HttpErrorKind::Timeout, e))?.map_err(refused)?;
        let (head, body) = answer.into_parts();
        let body = body.map_err(|e| HttpError::new(HttpErrorKind::Interrupted, e));
        Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)))
    }
}

fn refused(error: ClientError) -> HttpError {
    let mut kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Unknown };
    let mut cause = error.source();
    while let (HttpErrorKind::Unknown, Some(error)) = (kind, cause) {
        if error.downcast_ref::<hyper::Error>().is_some_and(|e| e.is_closed() || e.is_incomplete_message()) {
            kind = HttpErrorKind::Request;
        } else if error.is::<std::io::Error>() {
            kind = HttpErrorKind::Interrupted;
        }
        cause = error.source();
    }
    HttpError::new(kind, error)
}
