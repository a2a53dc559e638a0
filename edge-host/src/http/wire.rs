//! A client's connection, with bounds on what it may leave unread.
//!
//! - a client that takes nothing of an answer that waits for it is cut off after a while. hyper has no such bound: it would
//!   wait for ever, and hold what it has buffered;
//! - a connection that carries an event stream gets a small send buffer. The kernel's own may grow to megabytes, and a
//!   client that has stopped reading would fill it before anybody notices; events need no throughput that asks for it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// The send buffer of a connection with an event stream, bytes. The kernel takes twice that, for its own use as well.
const EVENT_SEND_BUFFER: usize = 32 << 10;

/// Says that a connection carries an event stream. Clones are of the same connection.
#[derive(Clone, Default)]
pub struct Quiet(Arc<AtomicBool>);

impl Quiet {
    /// From the next write on, the connection has a small send buffer.
    pub fn set(&self) {
        self.0.store(true, Relaxed);
    }
}

/// See the module.
pub struct Wire {
    stream: TcpStream,
    patience: Duration,
    quiet: Quiet,
    is_quiet: bool,
    /// Runs while the client takes nothing of what is to be written.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// A client on `stream` who may take nothing for as long as `patience`.
    pub fn new(stream: TcpStream, patience: Duration, quiet: Quiet) -> Self {
        Self { stream, patience, quiet, is_quiet: false, stalled: None }
    }

    fn shrink(&mut self) {
        if !self.is_quiet && self.quiet.0.load(Relaxed) {
            self.is_quiet = true;
            // Without it the connection works as well, and takes more memory.
            let _ = socket2::SockRef::from(&self.stream).set_send_buffer_size(EVENT_SEND_BUFFER);
        }
    }

    /// Looks at the outcome of a write: progress ends a stall, and a stall ends the connection when it takes too long.
    fn watched<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let end = Instant::now() + self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        std::task::ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.shrink();
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watched(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.shrink();
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watched(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // A socket has nothing to flush, and its end is not waited for.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (listener.accept().await.unwrap().0, client)
    }

    /// Writes until the client is cut off, and tells how much went out.
    async fn fill(wire: &mut Wire) -> (usize, io::Error) {
        let mut written = 0;
        loop {
            match wire.write(&[0; 8 << 10]).await {
                Ok(bytes) => written += bytes,
                Err(error) => return (written, error),
            }
        }
    }

    #[tokio::test]
    async fn who_reads_nothing_is_cut_off() {
        let (stream, _client) = pair().await;
        let mut wire = Wire::new(stream, Duration::from_millis(50), Quiet::default());
        let (_, error) = fill(&mut wire).await;
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_stall_that_ends_in_time_is_none() {
        let (stream, mut client) = pair().await;
        let mut wire = Wire::new(stream, Duration::from_secs(20), Quiet::default());
        let body = vec![7; 16 << 20];
        let reading = tokio::spawn(async move {
            let mut all = Vec::new();
            client.read_to_end(&mut all).await.map(|_| all.len())
        });
        wire.write_all(&body).await.unwrap();
        drop(wire);
        assert_eq!(reading.await.unwrap().unwrap(), body.len());
    }

    #[tokio::test]
    async fn an_event_stream_leaves_little_in_the_kernel() {
        let mut written = Vec::new();
        for is_quiet in [false, true] {
            let (stream, client) = pair().await;
            // The client's side is the client's.
            socket2::SockRef::from(&client).set_recv_buffer_size(16 << 10).unwrap();
            let quiet = Quiet::default();
            if is_quiet {
                quiet.set();
            }
            let mut wire = Wire::new(stream, Duration::from_millis(300), quiet);
            written.push(fill(&mut wire).await.0);
        }
        assert!(written[1] < 256 << 10 && written[1] < written[0], "{written:?}");
    }
}
