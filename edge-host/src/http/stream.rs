//! A guest's response body on its way to the client.
//!
//! It carries what is held until the body has ended or the client is gone: the request's ticket and
//! the client's share. Dropping it is how a guest learns that its client went away: its next write
//! fails. When the host stops, event streams end at once, in good order: they would not end by
//! themselves, and their clients come back elsewhere, where they left off.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, header};
use hyper::body::{Body, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wasmtime_wasi_http::{Error, WasiBody};

use super::limits::ClientShare;
use crate::runtime::instance::Ticket;

/// Finishes its ticket when dropped.
pub struct OpenTicket(pub Arc<Ticket>);

impl Drop for OpenTicket {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Whether a response with these headers is an event stream.
pub fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().to_ascii_lowercase().starts_with(b"text/event-stream"))
}

/// See the module.
pub struct GuestBody {
    body: WasiBody,
    stop: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    stopped: bool,
    _ticket: OpenTicket,
    _share: ClientShare,
}

impl GuestBody {
    /// Wraps `body`, whose response has `headers`; `stop` is cancelled when the host stops.
    pub fn new(
        body: WasiBody,
        headers: &HeaderMap,
        stop: &CancellationToken,
        ticket: OpenTicket,
        share: ClientShare,
    ) -> Self {
        let stop = is_event_stream(headers).then(|| Box::pin(stop.clone().cancelled_owned()));
        Self { body, stop, stopped: false, _ticket: ticket, _share: share }
    }
}

impl Body for GuestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if !self.stopped && self.stop.as_mut().is_some_and(|stop| stop.as_mut().poll(cx).is_ready()) {
            self.stopped = true;
        }
        if self.stopped {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.stopped || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
