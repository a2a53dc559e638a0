//! Bounds on what clients may ask for at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use wasmtime_wasi_http::Error;

use crate::metrics::Metrics;

/// Places for requests at work, and a short queue in front of them.
pub struct Admission {
    places: Arc<Semaphore>,
    queued: AtomicUsize,
    max_queued: usize,
    max_queue: Duration,
    metrics: Arc<Metrics>,
}

impl Admission {
    pub fn new(places: usize, max_queued: usize, max_queue: Duration, metrics: Arc<Metrics>) -> Self {
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self { places, queued: AtomicUsize::new(0), max_queued, max_queue, metrics }
    }

    /// A place, held until it is dropped; `None` when the queue is full or the wait too long.
    pub async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        let _queued = Queued::enter(&self.queued, self.max_queued)?;
        let _shown = self.metrics.queued.hold();
        tokio::time::timeout(self.max_queue, self.places.clone().acquire_owned()).await.ok()?.ok()
    }
}

struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn enter(queued: &'a AtomicUsize, max: usize) -> Option<Self> {
        queued.fetch_update(Relaxed, Relaxed, |now| (now < max).then_some(now + 1)).ok()?;
        Some(Self(queued))
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// How many requests and streams each client address has open.
#[derive(Clone)]
pub struct Clients {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    max: usize,
}

impl Clients {
    /// At most `max` per address; 0 is any number.
    pub fn new(max: usize) -> Self {
        Self { open: Arc::default(), max }
    }

    /// A share for `client`, held until dropped; `None` when it has as many as it may.
    pub fn enter(&self, client: IpAddr) -> Option<ClientShare> {
        if self.max == 0 {
            return Some(ClientShare(None));
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_insert(0);
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(ClientShare(Some((self.clone(), client))))
    }
}

/// See [`Clients::enter`].
pub struct ClientShare(Option<(Clients, IpAddr)>);

impl Drop for ClientShare {
    fn drop(&mut self) {
        let Some((clients, client)) = &self.0 else { return };
        let mut open = clients.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(client) {
            *count -= 1;
            if *count == 0 {
                open.remove(client);
            }
        }
    }
}

/// A request's body that ends in an error once it is over its bound.
pub struct BoundedBody {
    body: Incoming,
    left: u64,
    max: u64,
    over: watch::Sender<bool>,
}

impl BoundedBody {
    /// At most `max` bytes of `body`. The receiver turns true when more arrives.
    pub fn new(body: Incoming, max: u64) -> (Self, watch::Receiver<bool>) {
        let (over, watched) = watch::channel(false);
        (Self { body, left: max, max, over }, watched)
    }
}

impl Body for BoundedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else { return Poll::Pending };
        let Some(Ok(frame)) = frame else {
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        };
        let size = frame.data_ref().map_or(0, |data| data.len() as u64);
        match self.left.checked_sub(size) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            None => {
                self.left = 0;
                self.over.send_replace(true);
                Poll::Ready(Some(Err(Error::HttpRequestBodySize(Some(self.max)))))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_that_is_given_back_goes_to_who_waits() {
        let admission = Arc::new(Admission::new(1, 1, Duration::from_secs(30), Arc::default()));
        let place = admission.enter().await.unwrap();
        let waiting = tokio::spawn({
            let admission = admission.clone();
            async move { admission.enter().await.is_some() }
        });
        while admission.queued.load(Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(admission.enter().await.is_none(), "the queue is full");
        drop(place);
        assert!(waiting.await.unwrap());
        assert_eq!(admission.queued.load(Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_turned_away() {
        let admission = Admission::new(1, 1, Duration::from_secs(1), Arc::default());
        let _place = admission.enter().await.unwrap();
        assert!(admission.enter().await.is_none());
        assert_eq!(admission.queued.load(Relaxed), 0);
    }

    #[test]
    fn each_client_has_its_own_share() {
        let clients = Clients::new(1);
        let (one, two) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let share = clients.enter(one).unwrap();
        assert!(clients.enter(one).is_none());
        assert!(clients.enter(two).is_some());
        drop(share);
        assert!(clients.enter(one).is_some());
        assert!(clients.open.lock().unwrap().is_empty(), "nobody is remembered");
        assert!(Clients::new(0).enter(one).is_some());
    }
}
