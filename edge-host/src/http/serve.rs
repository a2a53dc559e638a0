//! Accepts connections, and stops in good order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::handle::Front;
use super::respond::{Refusal, alive, text};
use super::stream::is_event_stream;
use super::wire::{Quiet, Wire};
use crate::metrics::Metrics;

/// Time for a request's head, and between two requests on one connection. Above the 60 s after which
/// common load balancers close a quiet connection, so that they close it and not we under them.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Pause after `accept` failed for want of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `front` on `listener` until `shutdown`, then finishes what is open, within the bound.
///
/// # Errors
/// When the listener has no address: it is not a listening socket.
pub async fn serve(
    front: Arc<Front>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let local = listener.local_addr()?;
    let connections = Arc::new(Semaphore::new(front.limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let open = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(front.limits.max_header_bytes.max(8192))
        .keep_alive(true);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let place = tokio::select! {
            () = &mut shutdown => break,
            place = connections.clone().acquire_owned() => place?,
        };
        let (stream, client) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener) => accepted,
        };
        let asked = front.clone();
        let quiet = Quiet::default();
        let wire = Wire::new(stream, front.limits.write_timeout, quiet.clone());
        let service = service_fn(move |request| {
            let (front, quiet) = (asked.clone(), quiet.clone());
            async move {
                let response = front.handle(request, client, local).await;
                if is_event_stream(response.headers()) {
                    quiet.set();
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(wire), service));
        let metrics = front.metrics.clone();
        tokio::spawn(async move {
            let _place = place;
            let _shown = metrics.connections.hold();
            // Clients that go away in the middle are no news.
            if let Err(error) = connection.await {
                tracing::debug!(client = %client, error = %error, "a connection ended early");
            }
        });
    }
    drop(listener);
    front.stopping.cancel();
    let patience = front.limits.shutdown_timeout;
    if tokio::time::timeout(patience, open.shutdown()).await.is_err() {
        tracing::warn!(patience.ms = patience.as_millis() as u64, "stopped with requests still open");
    }
    Ok(())
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                // Without it a short answer may wait 40 ms for its neighbour's acknowledgement.
                let _ = stream.set_nodelay(true);
                return (stream, client);
            }
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves the host's own routes, `/metrics` and `/livez`, on `listener`, for ever.
pub async fn serve_admin(metrics: Arc<Metrics>, listener: TcpListener) {
    loop {
        let (stream, _) = accept(&listener).await;
        let metrics = metrics.clone();
        let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let response = match request.uri().path() {
                "/metrics" => {
                    text(http::StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", metrics.render())
                }
                "/livez" => alive(),
                _ => Refusal::NotFound.response(),
            };
            async move { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(async move {
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
            if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(error = %error, "an admin connection ended early");
            }
        });
    }
}
