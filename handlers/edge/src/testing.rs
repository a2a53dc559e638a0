//! What the tests of all components share: a gateway over the fakes, and asking it.

pub mod breaks;
pub mod live;

use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use edgewire_contract::token::Capability;
use futures::StreamExt as _;
use serde_json::Value;

use crate::bus::fake::{FakeBus, State};
use crate::env::fake::FakeEnv;
use crate::gateway::Gateway;
use crate::reply::{Body, Reply};
use crate::request::{CutShort, Head, Headers, Incoming, Request};
use crate::settings::Settings;

/// A gateway over the fakes.
pub type FakeGateway = Gateway<FakeBus, FakeEnv>;

/// A gateway with a session `main` of the organization `acme`, paired and connected, and a session `other` of another;
/// `wa_all` may do everything in `acme`, `wa_none` nothing.
pub fn gateway() -> FakeGateway {
    let env = FakeEnv::new();
    let bus = FakeBus::new(env.clone());
    bus.add_token("wa_all", "acme", &Capability::ALL);
    bus.add_token("wa_none", "acme", &[]);
    bus.add_session("main", "acme");
    bus.add_session("other", "someone-else");
    Gateway { bus, env, settings: Rc::new(Settings::default()) }
}

/// Runs what never waits.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the fakes never wait"),
    }
}

/// An answer that has been read.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<&'static str, String>,
    /// The body; nothing of a stream.
    pub text: String,
    /// The body of a stream.
    pub body: Body,
}

impl Answer {
    /// Of a reply.
    pub fn read(reply: Reply) -> Self {
        let Reply { status, headers, body } = reply;
        let text = match &body {
            Body::Full(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::Stream { .. } => String::new(),
        };
        Self { status, headers: headers.into_iter().collect(), text, body }
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the body is JSON")
    }

    /// The names of the bad fields that a 400 tells.
    pub fn bad_fields(&self) -> Vec<String> {
        let fields = self.json()["error"]["details"]["fields"].as_array().cloned().unwrap_or_default();
        fields.iter().map(|f| f["field"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// All of a stream that is left.
    pub fn rest(&mut self) -> Vec<u8> {
        let Body::Stream { pieces: stream, .. } = &mut self.body else { panic!("the answer is no stream") };
        let mut all = Vec::new();
        while let Some(piece) = run(stream.next()) {
            all.extend(piece);
        }
        all
    }

    /// The next piece of a stream; `None` at its end.
    pub fn piece(&mut self) -> Option<String> {
        let Body::Stream { pieces: stream, .. } = &mut self.body else { panic!("the answer is no stream") };
        run(stream.next()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A body that is there.
#[derive(Debug)]
pub struct FakeBody(std::vec::IntoIter<Vec<u8>>);

impl FakeBody {
    /// Of these pieces.
    pub fn new(pieces: Vec<Vec<u8>>) -> Self {
        Self(pieces.into_iter())
    }
}

impl Incoming for FakeBody {
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>> {
        self.0.next().map(Ok)
    }
}

/// A body of one piece, during which something happens.
pub struct SlowBody {
    bus: FakeBus,
    happens: fn(&mut State),
    piece: Option<Vec<u8>>,
}

impl SlowBody {
    /// This text, during which that happens.
    pub fn new(gateway: &FakeGateway, text: &str, happens: fn(&mut State)) -> Self {
        Self { bus: gateway.bus.clone(), happens, piece: Some(text.as_bytes().to_vec()) }
    }
}

impl Incoming for SlowBody {
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>> {
        let piece = self.piece.take()?;
        self.bus.with(self.happens);
        Some(Ok(piece))
    }
}

/// A request with `wa_all`, unless it says otherwise: `POST /path`, then headers as `name: value`.
pub fn request(line: &str, headers: &[&str], body: &str) -> Request<FakeBody> {
    let (method, target) = line.split_once(' ').expect("a method and a path");
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let given = headers.iter().map(|header| header.split_once(": ").expect("a name and a value"));
    let mut headers: Vec<(String, Vec<u8>)> =
        given.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect();
    if !headers.iter().any(|(name, _)| name == "authorization" || name == "x-api-key") {
        headers.push(("authorization".into(), b"Bearer wa_all".to_vec()));
    }
    let head = Head {
        method: method.into(),
        path: path.into(),
        query: query.map(str::to_owned),
        headers: Headers::new(headers),
    };
    // In pieces, as it comes from a host.
    let pieces: Vec<_> = body.as_bytes().chunks(1 << 16).map(<[u8]>::to_vec).collect();
    Request { head, body: FakeBody(pieces.into_iter()) }
}
