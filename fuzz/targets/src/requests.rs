//! Every route with whatever a caller sends: the components' own code, over the fake bus.
//!
//! An input is a request: a line with method and path, headers up to an empty line, and the body.

use edgewire_contract::ids::EntryId;
use edgewire_edge::reply::{Body, Reply};
use edgewire_edge::request::{Head, Headers, Request};
use edgewire_edge::route::{Found, find};
use edgewire_edge::testing::{FakeBody, FakeGateway, gateway, run as now};

use futures::StreamExt as _;
use serde_json::Value;

use crate::text;

type Handle = fn(FakeGateway, Request<FakeBody>) -> Reply;
type Knows = fn(&str, &str) -> bool;

macro_rules! components {
    ($($krate:ident),*) => {
        &[$((
            |method, path| matches!(find($krate::ROUTES, method, path), Found::Op(..)),
            |gateway, request| now($krate::handle(gateway, request)),
        )),*]
    };
}

/// Those that take anything from a caller.
const COMPONENTS: &[(Knows, Handle)] = components![
    edgewire_access,
    edgewire_chats,
    edgewire_contacts,
    edgewire_device_api,
    edgewire_events,
    edgewire_groups,
    edgewire_media_handlers,
    edgewire_messages,
    edgewire_newsletters,
    edgewire_sessions,
    edgewire_webhooks
];

/// How many pieces of a stream are looked at.
const PIECES: usize = 20;

/// It is answered, in the form that its family has; and who is told that his request is bad has had nothing done.
pub fn run(data: &[u8]) {
    let Some(asked) = Asked::read(data) else { return };
    let Some((_, handle)) = COMPONENTS.iter().find(|(knows, _)| knows(&asked.method, &asked.path)) else {
        return;
    };
    let gateway = filled();
    let reply = handle(gateway.clone(), asked.request());
    let Reply { status, headers, body } = reply;
    assert!((200..600).contains(&status), "{status}");
    for (name, value) in &headers {
        assert!(value.bytes().all(|b| b >= b' ' && b != 127), "{name}: {value:?}");
    }
    let body = whole(body);
    assert_ne!(status, 500, "{}: {}", asked.path, String::from_utf8_lossy(&body));
    if (400..500).contains(&status) {
        let told: Value = serde_json::from_slice(&body).expect("a refusal is JSON");
        assert!(told["error"].is_object() || told["error"].is_string(), "{told}");
    }
    if status == 400 {
        gateway.bus.with(|state| assert!(state.commands.is_empty(), "{} did something", asked.path));
    }
}

/// What there is of a body; of a stream, its beginning.
fn whole(body: Body) -> Vec<u8> {
    match body {
        Body::Full(bytes) => bytes,
        Body::Stream { mut pieces, .. } => {
            let mut all = Vec::new();
            for _ in 0..PIECES {
                match now(pieces.next()) {
                    Some(piece) => all.extend(piece),
                    None => break,
                }
            }
            all
        }
    }
}

/// A gateway with a session, and an event to be read.
fn filled() -> FakeGateway {
    let gateway = gateway();
    gateway.bus.add_session("s2", "acme");
    let entry = EntryId { ms: 1_781_524_800_001, seq: 0 };
    let stored = r#"{"schema":"v1","event":"message","payload":{},"session":"main"}"#;
    gateway.bus.add_event(&format!("acme main message {entry}"), stored);

    gateway
}

/// A request, as it was read.
struct Asked {
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Asked {
    fn read(data: &[u8]) -> Option<Self> {
        let (first, mut rest) = line(data)?;
        let first = text(first);
        let (method, target) = first.split_once(' ')?;
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut headers = vec![("authorization".to_owned(), b"Bearer wa_all".to_vec())];
        while let Some((header, after)) = line(rest) {
            rest = after;
            if header.is_empty() {
                break;
            }
            let at = header.iter().position(|byte| *byte == b':')?;
            headers.push((text(&header[..at]).to_lowercase(), header[at + 1..].trim_ascii().to_vec()));
        }
        Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers,
            body: rest.to_vec(),
        })
    }

    /// In pieces, as it comes from a host: small ones when the path is long, so that both are tried.
    fn request(&self) -> Request<FakeBody> {
        let size = if self.path.len().is_multiple_of(2) { 5 } else { 1 << 16 };
        Request {
            head: Head {
                method: self.method.clone(),
                path: self.path.clone(),
                query: self.query.clone(),
                headers: Headers::new(self.headers.clone()),
            },
            body: FakeBody::new(self.body.chunks(size).map(<[u8]>::to_vec).collect()),
        }
    }
}

fn line(data: &[u8]) -> Option<(&[u8], &[u8])> {
    if data.is_empty() {
        return None;
    }
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    Some((&data[..end], data.get(end + 1..).unwrap_or_default()))
}
