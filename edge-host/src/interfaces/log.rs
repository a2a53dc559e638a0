//! A guest's stdout and stderr, line by line, in the host's log.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// Longest line that is kept together, bytes; a longer one is cut into several.
const LONGEST_LINE: usize = 8 << 10;

/// Which of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Logged at debug.
    Stdout,
    /// Logged at info: a panic's message arrives here.
    Stderr,
}

/// Gives guests streams that end up in the log.
#[derive(Clone)]
pub struct GuestLog {
    component: Arc<str>,
    stream: Stream,
}

impl GuestLog {
    /// The log of one stream of `component`.
    #[must_use]
    pub fn new(component: Arc<str>, stream: Stream) -> Self {
        Self { component, stream }
    }
}

impl IsTerminal for GuestLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestLog {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Lines { log: self.clone(), held: Vec::new() })
    }
}

/// Cuts what is written into lines.
struct Lines {
    log: GuestLog,
    held: Vec<u8>,
}

impl Lines {
    fn emit(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        let component = &*self.log.component;
        match self.log.stream {
            Stream::Stdout => {
                tracing::debug!(target: "edge_host::guest", component, stream = "stdout", "{line}")
            }
            Stream::Stderr => {
                tracing::info!(target: "edge_host::guest", component, stream = "stderr", "{line}")
            }
        }
    }
}

impl AsyncWrite for Lines {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.held.extend_from_slice(bytes);
        let mut held = std::mem::take(&mut self.held);
        while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            self.emit(&held[..end]);
            held.drain(..=end);
        }
        if held.len() > LONGEST_LINE {
            self.emit(&held);
            held.clear();
        }
        self.held = held;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.held.is_empty() {
            self.emit(&self.held);
        }
    }
}
