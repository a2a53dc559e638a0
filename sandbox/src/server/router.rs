//! Which request goes where on the one port.

use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CONNECTION, HOST, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio_util::task::TaskTracker;
use tokio_websockets::{Limits, ServerBuilder};

use super::Hub;
use crate::{areas, connection, control};

/// The largest body taken, media included.
pub const MAX_BODY: usize = 128 * 1024 * 1024;

/// RFC 6455: proves that the server understood the upgrade.
const WEBSOCKET_GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What every route answers with.
pub type Answer = Response<Full<Bytes>>;

/// Answers one request.
pub async fn route(
    hub: Arc<Hub>,
    tracker: TaskTracker,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    let path = request.uri().path().to_owned();
    if path == "/ws/chat" {
        return Ok(upgrade(hub, &tracker, request));
    }
    let (head, body) = request.into_parts();
    if path != "/livez" && !path.starts_with("/admin/") {
        let uploading = head.method == Method::POST || head.method == Method::PUT;
        return Ok(match uploading {
            true => areas::media::upload::upload(&hub, &head, body).await,
            false => areas::media::download::download(&hub, &head).await,
        });
    }
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string())),
    };
    let answer =
        if path == "/livez" { plain(StatusCode::OK, "ok") } else { control::route(&hub, &head, &body).await };
    Ok(answer)
}

/// An answer of plain text.
pub fn plain(status: StatusCode, text: &str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(text.to_owned())));
    *answer.status_mut() = status;
    answer
}

/// The host and port that the client came to.
pub fn host_of(headers: &HeaderMap) -> Option<String> {
    headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned)
}

fn upgrade(hub: Arc<Hub>, tracker: &TaskTracker, mut request: Request<Incoming>) -> Answer {
    let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) else {
        return plain(StatusCode::UPGRADE_REQUIRED, "this is a WebSocket");
    };
    let proof = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), WEBSOCKET_GUID].concat());
    let Ok(accept) = HeaderValue::from_str(&BASE64_STANDARD.encode(proof)) else {
        return plain(StatusCode::BAD_REQUEST, "bad Sec-WebSocket-Key");
    };
    let host = host_of(request.headers());
    let upgrading = hyper::upgrade::on(&mut request);
    let stopping = hub.stopping.clone();
    tracker.spawn(async move {
        let serve = async {
            match upgrading.await {
                Ok(upgraded) => {
                    let socket = ServerBuilder::new()
                        .limits(Limits::default().max_payload_len(Some(MAX_BODY)))
                        .serve(TokioIo::new(upgraded));
                    connection::serve(hub, socket, host).await;
                }
                Err(error) => tracing::debug!("upgrade failed: {error}"),
            }
        };
        tokio::select! {
            () = serve => {}
            () = stopping.cancelled() => {}
        }
    });
    let mut answer = plain(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = answer.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    answer
}
