//! A webhook's receiver: writes down what comes and answers as it is told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::world::eventually;

/// One delivery.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
    pub at: Instant,
}

impl Received {
    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The code in an `auth.code` or `auth.qr` event: how the tests tell events apart.
    pub fn code(&self) -> String {
        self.json()["payload"]["code"].as_str().unwrap().to_owned()
    }
}

/// The receiver, on a port of its own.
#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    /// Each answer takes a permit: a receiver without hangs.
    gate: Arc<Semaphore>,
    /// Where its answers point to.
    location: Arc<Mutex<String>>,
    answer: fn(&Received, usize) -> u16,
}

impl Receiver {
    /// Takes everything.
    pub async fn start() -> Self {
        Self::answering(|_, _| 200).await
    }

    /// Hangs until [`Self::open`].
    pub async fn hanging() -> Self {
        let receiver = Self::start().await;
        receiver.gate.forget_permits(Semaphore::MAX_PERMITS);
        receiver
    }

    /// Answers each delivery with a status, from the delivery and how many came before it.
    pub async fn answering(answer: fn(&Received, usize) -> u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            location: Arc::new(Mutex::new("http://127.0.0.1:1/elsewhere".into())),
            answer,
        };
        let this = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let this = this.clone();
                let service = service_fn(move |request| this.clone().take(request, answer));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        receiver
    }

    async fn take(
        self,
        request: Request<Incoming>,
        answer: fn(&Received, usize) -> u16,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return Ok(Response::default()) };
        let received = Received {
            path: head.uri.path().to_owned(),
            headers: head.headers,
            body: String::from_utf8(body.to_bytes().to_vec()).unwrap(),
            at: Instant::now(),
        };
        let status = {
            let mut all = self.received.lock().unwrap();
            let status = answer(&received, all.len());
            all.push(received);
            status
        };
        let _permit = self.gate.acquire().await.unwrap();
        let location = self.location.lock().unwrap().clone();
        Ok(Response::builder().status(status).header("location", location).body(Full::default()).unwrap())
    }

    /// Answers with another `Location`.
    pub fn point_to(&self, url: &str) {
        *self.location.lock().unwrap() = url.to_owned();
    }

    /// Of every message that it took (2xx): id, chat, code.
    pub fn all_taken(&self) -> Vec<(String, String, String)> {
        let all = self.received.lock().unwrap();
        let taken =
            all.iter().enumerate().filter(|(before, r)| (200..300).contains(&(self.answer)(r, *before)));
        let told = |(_, r): (usize, &Received)| {
            let chat = r.json()["payload"]["chat"].as_str().unwrap().to_owned();
            (r.header("x-webhook-request-id").to_owned(), chat, r.code())
        };
        taken.map(told).collect()
    }

    /// Lets a hanging receiver answer from now on.
    pub fn open(&self) {
        self.gate.add_permits(1000);
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The codes of all that came.
    pub fn codes(&self) -> Vec<String> {
        self.all().iter().map(Received::code).collect()
    }

    /// Waits for `count` deliveries.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        eventually("deliveries", async || (self.all().len() >= count).then(|| self.all())).await
    }

    /// Waits for the event with `code`, and answers the codes of all that came.
    pub async fn wait_for_code(&self, code: &str) -> Vec<String> {
        eventually("an event", async || Some(self.codes()).filter(|codes| codes.iter().any(|c| c == code)))
            .await
    }
}
