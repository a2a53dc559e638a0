//! Events that are put into Redis as conn-host stores them, more of them than a story could have people write; and a
//! reader that sees every byte.

use std::time::Instant;

use edgewire_contract::ids::{EntryId, EventId, OrganizationId, SessionId};
use edgewire_contract::keys;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use harness::{Organization, PATIENCE, Request, World};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// How many events are put in at once.
const AT_ONCE: usize = 500;

/// Stores events of a session of the organization, and points to them in the outbox: the relay does the rest. Gives their
/// ids in order.
pub async fn store(world: &World, owner: &Organization, session: &str, texts: &[String]) -> Vec<String> {
    let id = SessionId::parse(session).expect("a name");
    let shard = Shard::of(&id, DEFAULT_SHARDS);
    let (stream, outbox) = (keys::events(shard, &id), keys::outbox(shard));
    let mut redis = world.redis().await;
    let mut ids = Vec::with_capacity(texts.len());
    for some in texts.chunks(AT_ONCE) {
        let mut add = redis::pipe();
        for text in some {
            let event = format!(
                r#"{{"schema":"v1","event":"message","session":"{session}","organization":"{}","timestamp":1,"payload":{{"text":"{text}"}}}}"#,
                owner.id
            );
            add.cmd("XADD").arg(&stream).arg("*").arg(keys::EVENT_FIELD).arg(event);
        }
        let entries: Vec<String> = add.query_async(&mut redis).await.expect("events are stored");
        let mut point = redis::pipe();
        for entry in &entries {
            let pointer = format!("{} {session} message {entry}", owner.id);
            point.cmd("XADD").arg(&outbox).arg("*").arg(keys::POINTER_FIELD).arg(pointer).ignore();
            ids.push(EventId::of(&id, EntryId::parse(entry).expect("an entry")).to_string());
        }
        let () = point.query_async(&mut redis).await.expect("pointers are stored");
    }
    ids
}

/// How many pointers the organization's feed has.
pub async fn relayed(world: &World, owner: &Organization) -> usize {
    let feed = keys::feed(&OrganizationId::parse(&owner.id).expect("a name"));
    redis::cmd("XLEN").arg(feed).query_async(&mut world.redis().await).await.expect("a length")
}

/// An open stream, byte by byte.
pub struct Raw {
    body: Incoming,
    /// All that it brought.
    pub text: String,
}

impl Raw {
    /// Opens the stream.
    pub async fn open(request: Request) -> Self {
        let response = request.open().await.expect("the stream opens");
        assert_eq!(response.status().as_u16(), 200);
        Self { body: response.into_body(), text: String::new() }
    }

    /// Reads on until `enough` says so. `false` when the stream ended or broke off before.
    pub async fn read_until(&mut self, enough: impl Fn(&str) -> bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while !enough(&self.text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let frame = tokio::time::timeout(left, self.body.frame()).await;
            match frame.expect("the stream goes on in time") {
                Some(Ok(frame)) => {
                    let bytes = frame.into_data().unwrap_or_default();
                    self.text.push_str(std::str::from_utf8(&bytes).expect("frames are text"));
                }
                Some(Err(_)) | None => return false,
            }
        }
        true
    }
}

/// The ids of the whole frames in what a client has read.
pub fn ids_of(text: &str) -> Vec<String> {
    let whole = text.rfind("\n\n").map_or("", |end| &text[..end + 2]);
    let frames = whole.split("\n\n").filter_map(|frame| frame.strip_prefix("id: "));
    frames.filter_map(|rest| rest.lines().next()).map(str::to_owned).collect()
}
