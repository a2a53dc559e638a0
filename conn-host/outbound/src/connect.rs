//! The hyper connector that obeys the guard: resolve once, check every answer, dial one of the checked addresses.
//!
//! It judges the URL again although the client has: whatever path leads to a connection leads through here.

use std::error::Error;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tower_service::Service;
use url::{Host, Url};

use crate::dial::{Dialer, Resolver, Wire};
use crate::error::{OutboundError, Refusal};
use crate::guard::Guard;

/// How many of a name's addresses are tried: whoever writes the DNS record must not have us knock at hundreds of doors.
const MOST_TRIED: usize = 8;

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Connects without TLS; `hyper-rustls` puts TLS on top where the scheme asks for it.
#[derive(Clone)]
pub struct GuardedConnector {
    pub guard: Guard,
    pub resolver: Arc<dyn Resolver>,
    pub dialer: Arc<dyn Dialer>,
    /// Shared out among a name's addresses, so that one that swallows packets leaves time for the next.
    pub patience: Duration,
}

impl GuardedConnector {
    async fn connect(self, uri: Uri) -> Result<GuardedStream, OutboundError> {
        let url = Url::parse(&uri.to_string()).map_err(|_| Refusal::Malformed)?;
        self.guard.check(&url)?;
        let port = url.port_or_known_default().ok_or(Refusal::Malformed)?;
        let mut last = std::io::ErrorKind::AddrNotAvailable;
        let mut addresses = self.checked_addresses(&url).await?;
        addresses.truncate(MOST_TRIED);
        let share = self.patience / u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        for address in addresses {
            let dialing = self.dialer.dial(SocketAddr::new(address, port));
            match tokio::time::timeout(share, dialing).await {
                Ok(Ok(wire)) => return Ok(GuardedStream(TokioIo::new(wire))),
                Ok(Err(error)) => last = error.kind(),
                Err(_) => last = std::io::ErrorKind::TimedOut,
            }
        }
        Err(OutboundError::Connect(last))
    }

    /// The host's addresses. One that is not public spoils them all: a name that mixes both is no honest one.
    async fn checked_addresses(&self, url: &Url) -> Result<Vec<IpAddr>, OutboundError> {
        let addresses = match url.host().ok_or(Refusal::Malformed)? {
            Host::Ipv4(v4) => vec![v4.into()],
            Host::Ipv6(v6) => vec![v6.into()],
            Host::Domain(name) => self.resolver.resolve(name).await.map_err(|_| OutboundError::Unresolved)?,
        };
        if addresses.is_empty() {
            return Err(OutboundError::Unresolved);
        }
        for address in &addresses {
            self.guard.admit(*address)?;
        }
        Ok(addresses)
    }
}

impl Service<Uri> for GuardedConnector {
    type Response = GuardedStream;
    type Error = BoxError;
    type Future = Connecting<GuardedStream>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect(uri).await.map_err(Into::into) })
    }
}

/// A connection to a checked address.
pub struct GuardedStream(TokioIo<Box<dyn Wire>>);

impl Connection for GuardedStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for GuardedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for GuardedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Bounds a connector, TLS included: a connection that another request no longer waits for must end too.
#[derive(Clone)]
pub struct Timed<S> {
    pub inner: S,
    pub timeout: Duration,
}

impl<S> Service<Uri> for Timed<S>
where
    S: Service<Uri, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Connecting<S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.timeout, self.inner.call(uri));
        Box::pin(
            async move { connecting.await.unwrap_or_else(|_| Err(OutboundError::ConnectTimeout.into())) },
        )
    }
}
