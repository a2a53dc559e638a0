//! A receiver of webhooks on loopback: keeps every delivery, answers as it is told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::wait::PATIENCE;

/// One POST that came in.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it was signed.
    pub body: Bytes,
    /// The body as JSON.
    pub event: Value,
    /// What we answered.
    pub answered: u16,
}

impl Delivery {
    /// A header's value, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// The receiver. Dropping it closes it.
#[derive(Debug)]
pub struct WebhookSink {
    /// Where it is.
    pub url: String,
    inner: Arc<Inner>,
    listener: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    more: Notify,
}

#[derive(Debug, Default)]
struct State {
    deliveries: Vec<Delivery>,
    answers: VecDeque<u16>,
}

impl WebhookSink {
    /// Opens a receiver that answers 204.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("its address"));
        let inner = Arc::new(Inner::default());
        let listener = tokio::spawn(accept(listener, inner.clone()));
        Self { url, inner, listener }
    }

    /// Answers the next deliveries with these statuses.
    pub fn answer_next(&self, statuses: &[u16]) {
        self.inner.state().answers.extend(statuses);
    }

    /// All that came in so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.inner.state().deliveries.clone()
    }

    /// Waits for a delivery that `wanted` agrees to; looks at the past ones first.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn wait(&self, what: &str, wanted: impl Fn(&Delivery) -> bool) -> Delivery {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let more = self.inner.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            if let Some(found) = self.deliveries().into_iter().find(&wanted) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if tokio::time::timeout(left, more).await.is_err() {
                let seen: Vec<Value> = self.deliveries().into_iter().map(|d| d.event).collect();
                panic!("waited in vain for {what}; delivered were {seen:#?}");
            }
        }
    }
}

impl Inner {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WebhookSink {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inner = inner.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| take(request, inner.clone()));
            let _broken = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn take(
    request: http::Request<Incoming>,
    inner: Arc<Inner>,
) -> Result<http::Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    let event = serde_json::from_slice(&body).unwrap_or_default();
    let answered = {
        let mut state = inner.state();
        let answered = state.answers.pop_front().unwrap_or(204);
        state.deliveries.push(Delivery { headers: head.headers, body, event, answered });
        answered
    };
    inner.more.notify_waiters();
    let mut answer = http::Response::new(Empty::new());
    *answer.status_mut() = http::StatusCode::from_u16(answered).unwrap_or_default();
    Ok(answer)
}
