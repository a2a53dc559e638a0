//! Accepts connections until the sandbox stops.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::{Hub, router};

/// The first byte of a TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

/// Serves the port until the hub is stopping, then waits for the connections to end.
pub async fn serve(hub: Arc<Hub>, listener: TcpListener, tls: TlsAcceptor) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = hub.stopping.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (hub, tls) = (hub.clone(), tls.clone());
                let tracker = connections.clone();
                connections.spawn(async move {
                    let stopping = hub.stopping.clone();
                    tokio::select! {
                        () = connection(hub, stream, tls, tracker) => {}
                        () = stopping.cancelled() => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!("accept failed: {error}");
                tokio::task::yield_now().await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(hub: Arc<Hub>, stream: TcpStream, tls: TlsAcceptor, tracker: TaskTracker) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("TCP_NODELAY: {error}");
    }
    let mut first = [0u8; 1];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == TLS_HANDSHAKE => match tls.accept(stream).await {
            Ok(stream) => http(hub, stream, tracker).await,
            Err(error) => tracing::debug!("TLS: {error}"),
        },
        Ok(1) => http(hub, stream, tracker).await,
        _ => {}
    }
}

async fn http<S>(hub: Arc<Hub>, stream: S, tracker: TaskTracker)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| router::route(hub.clone(), tracker.clone(), request));
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
    if let Err(error) = served {
        tracing::debug!("HTTP connection: {error}");
    }
}
