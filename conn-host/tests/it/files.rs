//! The files of messages that came in: each got once, kept in the media store, and given from there only as it was.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conn_host::wire::{AskError, scripted};
use edgewire_contract::command::{Action, Command, Live, Mode, SessionAction};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys;
use edgewire_contract::media::{BLOB_CHUNK, MediaKind, Uploaded};
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use edgewire_contract::token::hex;
use redis::Cmd;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::host::{Running, World};
use crate::inbox::{from_bob, me};

const ID: &str = "3EB0AA";

fn noise(length: usize) -> Vec<u8> {
    (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn command(world: &World, action: Action) -> Command {
    Command { action, mode: Mode::Sync, ..world.send("main", "15550002", "") }
}

fn fetch(world: &World) -> Command {
    command(world, Action::Live(Live::FetchMedia { message: MessageId::parse(ID).unwrap() }))
}

/// What asking for the file gives.
async fn fetched(world: &World) -> Value {
    let fetch = fetch(world);
    world.push(&fetch).await;
    let outcome = world.outcome(&fetch).await;
    assert_eq!(outcome.error, None);
    outcome.data.unwrap()
}

fn cache_key() -> String {
    let session = SessionId::parse("main").unwrap();
    keys::media(Shard::of(&session, DEFAULT_SHARDS), &session, &MessageId::parse(ID).unwrap())
}

/// The file as the handlers would read it; `None` when they would not.
async fn cached(world: &World) -> Option<Vec<u8>> {
    let length: Option<usize> = world.redis.query(&Cmd::hget(cache_key(), "bytes")).await.unwrap();
    let mut bytes = Vec::new();
    for n in 0..length?.div_ceil(BLOB_CHUNK) {
        let chunk: Vec<u8> = world.redis.query(&Cmd::hget(cache_key(), n.to_string())).await.unwrap();
        bytes.extend(chunk);
    }
    Some(bytes)
}

async fn cool(world: &World) {
    let _: i64 = world.redis.query(&Cmd::del(cache_key())).await.unwrap();
}

/// A connected session to which Bob has sent a document of these bytes.
async fn scene(bytes: &[u8], more: &[(&'static str, &str)]) -> (World, Running) {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host_with("a", more);
    world.status("main", "connected").await;
    let plain = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let at = scripted::wire(&world.script).upload(plain, bytes.len() as u64, MediaKind::Document).await;
    let Uploaded { direct_path, media_key, file_sha256, file_enc_sha256, file_length, .. } = at.unwrap();
    let raw = |text: String| Some(STANDARD.decode(text).unwrap());
    let document = wa::message::DocumentMessage {
        direct_path: Some(direct_path),
        media_key: raw(media_key),
        file_sha256: raw(file_sha256),
        file_enc_sha256: raw(file_enc_sha256),
        file_length: Some(file_length),
        mimetype: Some("application/pdf".into()),
        ..Default::default()
    };
    let message = wa::Message { document_message: MessageField::some(document), ..Default::default() };
    world.script.inbox().keep(me(), vec![from_bob(ID, message)]).await.unwrap();
    (world, host)
}

/// A folder as media store.
struct Store {
    dir: TempDir,
    url: String,
}

impl Store {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("file://{}", dir.path().display());
        Self { dir, url }
    }

    fn variables(&self) -> [(&'static str, &str); 1] {
        [("EDGEWIRE_MEDIA_STORE", &self.url)]
    }

    fn object(&self, bytes: &[u8]) -> PathBuf {
        self.dir.path().join("acme").join("main").join(hex(&Sha256::digest(bytes)))
    }

    /// Waits until the store has the file: it is put there behind the answer's back.
    async fn has(&self, world: &World, bytes: &[u8]) {
        let object = self.object(bytes);
        let right = || async { (std::fs::read(&object).ok()? == bytes).then_some(()) };
        world.wait_for("the file in the store", right).await;
    }
}

/// Held by `Files::fetch_of`.
#[tokio::test(flavor = "multi_thread")]
async fn two_who_ask_for_a_file_get_it_once() {
    let bytes = noise(2 * BLOB_CHUNK + 17);
    let (world, host) = scene(&bytes, &[]).await;
    let go_on = CancellationToken::new();
    world.script.hold_downloads(go_on.clone());
    let both = [fetch(&world), fetch(&world)];
    for fetch in &both {
        world.push(fetch).await;
    }
    // What comes behind them is answered: both are under way.
    let behind = command(&world, Action::Live(Live::Groups));
    world.push(&behind).await;
    world.outcome(&behind).await;
    world.wait_for("a download", || async { (world.script.downloads() > 0).then_some(()) }).await;
    go_on.cancel();
    for fetch in &both {
        let outcome = world.outcome(fetch).await;
        assert_eq!((outcome.status, outcome.error), (OutcomeStatus::Done, None));
    }
    assert_eq!(world.script.downloads(), 1);
    assert_eq!(cached(&world).await.as_deref(), Some(&bytes[..]));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_from_the_store_when_whatsapp_has_it_no_more() {
    let (bytes, store) = (noise(3 * BLOB_CHUNK + 1), Store::new());
    let (world, host) = scene(&bytes, &store.variables()).await;
    assert_eq!(fetched(&world).await, json!({"status": "ready", "bytes": bytes.len()}));
    store.has(&world, &bytes).await;
    cool(&world).await;
    world.script.fail_downloads([AskError::NotFound("media")]);
    assert_eq!(fetched(&world).await, json!({"status": "ready", "bytes": bytes.len()}));
    assert_eq!(cached(&world).await, Some(bytes));
    assert_eq!(world.script.downloads(), 1);
    host.drain().await;
}

/// Held by the hash in `Object::read`.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_object_is_not_given_and_is_put_right() {
    let (bytes, store) = (noise(2 * BLOB_CHUNK), Store::new());
    let (world, host) = scene(&bytes, &store.variables()).await;
    fetched(&world).await;
    store.has(&world, &bytes).await;
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for download in 2..=3 {
        std::fs::write(store.object(&bytes), &damaged).unwrap();
        cool(&world).await;
        fetched(&world).await;
        assert_eq!(cached(&world).await.as_deref(), Some(&bytes[..]));
        assert_eq!(world.script.downloads(), download);
        store.has(&world, &bytes).await;
    }
    // Where WhatsApp has it no more, the sender is asked, and what was written of the other is no file.
    std::fs::write(store.object(&bytes), &damaged).unwrap();
    cool(&world).await;
    world.script.fail_downloads([AskError::NotFound("media")]);
    assert_eq!(fetched(&world).await, json!({"status": "retry_requested"}));
    assert_eq!(cached(&world).await, None);
    assert!(!world.redis.query::<bool>(&Cmd::exists(cache_key())).await.unwrap(), "nothing of it is left");
    host.drain().await;
}

/// Held by `forget_files` and the cache's line in `sessions/forget.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_session_leaves_no_file() {
    let (bytes, store) = (noise(5_000), Store::new());
    let (world, host) = scene(&bytes, &store.variables()).await;
    fetched(&world).await;
    store.has(&world, &bytes).await;
    let others = store.dir.path().join("acme").join("main2").join("file");
    std::fs::create_dir_all(others.parent().unwrap()).unwrap();
    std::fs::write(&others, b"another session's").unwrap();
    let delete = command(&world, Action::Session(SessionAction::Delete));
    world.push(&delete).await;
    assert_eq!(world.outcome(&delete).await.status, OutcomeStatus::Done);
    assert!(!store.object(&bytes).exists());
    assert_eq!(cached(&world).await, None);
    assert!(others.exists());
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_missed_by_deletions_only() {
    // A port that was ours a moment ago, and refuses.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let variables = [
        ("EDGEWIRE_MEDIA_STORE", "s3://received"),
        ("EDGEWIRE_MEDIA_STORE_ENDPOINT", &endpoint),
        ("EDGEWIRE_MEDIA_STORE_ALLOW_HTTP", "true"),
        ("EDGEWIRE_MEDIA_STORE_ACCESS_KEY", "key"),
        ("EDGEWIRE_MEDIA_STORE_SECRET_KEY", "secret"),
    ];
    let bytes = noise(5_000);
    let (world, host) = scene(&bytes, &variables).await;
    assert_eq!(fetched(&world).await["status"], "ready");
    assert_eq!(cached(&world).await, Some(bytes));
    let delete = command(&world, Action::Session(SessionAction::Delete));
    world.push(&delete).await;
    assert_eq!(world.outcome(&delete).await.error.unwrap().code, FaultCode::GatewayUnavailable);
    // The session is whole, and goes on.
    world.status("main", "connected").await;
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    host.drain().await;
}
