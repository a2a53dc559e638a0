//! The health port: `/livez` (the process answers), `/readyz` (Redis answers too), `/metrics`.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Host;

/// Serves until `shutdown`.
pub async fn serve(listener: TcpListener, host: Host, shutdown: CancellationToken) {
    loop {
        let stream = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
        };
        let host = host.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&host, request));
            let _gone = hyper::server::conn::http1::Builder::new()
                .timer(hyper_util::rt::TokioTimer::new())
                .header_read_timeout(std::time::Duration::from_secs(5))
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(host: &Host, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, kind, body) = match request.uri().path() {
        "/livez" => (StatusCode::OK, "application/json", r#"{"status":"alive"}"#.to_owned()),
        "/readyz" => match host.redis.query::<String>(redis::Cmd::new().arg("PING")).await {
            Ok(_) => (StatusCode::OK, "application/json", r#"{"status":"ready"}"#.to_owned()),
            Err(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "application/json",
                r#"{"status":"unavailable","missing":["redis"]}"#.to_owned(),
            ),
        },
        "/metrics" => (StatusCode::OK, "text/plain; version=0.0.4", host.metrics.render()),
        _ => (StatusCode::NOT_FOUND, "application/json", r#"{"status":"not_found"}"#.to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    Ok(response)
}
