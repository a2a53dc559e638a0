//! What is asked for once more: messages, older messages, presence; and what a deletion leaves behind.

use std::time::Duration;

use conn_host::events::people::Me;
use conn_host::wire::{AskError, History, Missed, WireEvent};
use edgewire_contract::command::{
    Action, Command, Live, Mark, MarkKind, Mode, RequestHistory, RequestRetry, SessionAction, WatchPresence,
};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::host::{Running, World};

const BOB: &str = "15550002@s.whatsapp.net";
const GROUP: &str = "120363000000000000@g.us";

async fn world() -> (World, Running) {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    (world, host)
}

fn ask(world: &World, live: Live) -> Command {
    Command { action: Action::Live(live), mode: Mode::Sync, ..world.send("main", "15550002", "") }
}

fn jid(text: &str) -> Jid {
    Jid::parse_recipient(text).unwrap()
}

fn id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

fn main() -> (Shard, SessionId) {
    let session = SessionId::parse("main").unwrap();
    (Shard::of(&session, DEFAULT_SHARDS), session)
}

/// Keeps a message, as it came from WhatsApp.
async fn keep(world: &World, name: &str, fields: &[(&str, &str)]) {
    let (shard, session) = main();
    let _: () = world
        .redis
        .query(&Cmd::hset_multiple(keys::message(shard, &session, &id(name)), fields))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_is_asked_as_he_wrote() {
    let (world, host) = world().await;
    let record =
        [("chat", GROUP), ("sender", BOB), ("from_me", "0"), ("device", "7"), ("at", "1781000000123")];
    keep(&world, "3EB0AA", &record).await;
    keep(&world, "3EB0CC", &[("chat", BOB), ("from_me", "1"), ("at", "1")]).await;
    let retry = |ids: &[&str]| {
        let message_ids = ids.iter().map(|name| id(name)).collect();
        ask(&world, Live::RequestRetry(RequestRetry { chat: jid(GROUP), sender: jid(BOB), message_ids }))
    };
    let both = retry(&["3EB0AA", "3EB0BB"]);
    world.push(&both).await;
    let outcome = world.outcome(&both).await;
    assert_eq!((outcome.status, outcome.error), (OutcomeStatus::Done, None));
    let [known, unknown] = <[Missed; 2]>::try_from(world.script.missed()).unwrap();
    let (chat, sender) = (GROUP.to_owned(), BOB.to_owned());
    assert_eq!(known, Missed { id: "3EB0AA".into(), chat, sender, device: 7, at: 1_781_000_000_123 });
    assert_eq!((unknown.id.as_str(), unknown.device), ("3EB0BB", 0));

    let own = retry(&["3EB0CC"]);
    world.push(&own).await;
    assert_eq!(world.outcome(&own).await.error.unwrap().code, FaultCode::NotFound);
    world.script.answer([Err(AskError::Exhausted("as often as it may be".into()))]);
    let often = retry(&["3EB0AA"]);
    world.push(&often).await;
    assert_eq!(world.outcome(&often).await.error.unwrap().code, FaultCode::RecipientUnavailable);
    assert_eq!(world.script.missed().len(), 3);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_history_is_remembered() {
    let (world, host) = world().await;

    let (shard, session) = main();
    keep(&world, "3EB0AA", &[("chat", GROUP), ("sender", BOB), ("from_me", "0"), ("at", "1")]).await;
    world.script.answer([Ok(Some(json!({"request_id": "3EB0REQ"}))), Err(AskError::NotConnected)]);
    let request = RequestHistory {
        chat: jid(GROUP),
        message_id: id("3EB0AA"),
        from_me: false,
        timestamp: 1_781_000_000_000,
        count: 20,
    };
    let asked = ask(&world, Live::RequestHistory(request.clone()));
    world.push(&asked).await;
    assert_eq!(world.outcome(&asked).await.status, OutcomeStatus::Done);
    let key = keys::history_request(shard, &session, "3EB0REQ");
    let kept: String = world.redis.query(&Cmd::get(&key)).await.unwrap();
    assert_eq!(kept, json!({"chat": GROUP, "count": 20}).to_string());
    let ttl: i64 = world.redis.query(&Cmd::ttl(&key)).await.unwrap();
    assert!((86_000..=86_400).contains(&ttl), "{ttl}");
    let again = ask(&world, Live::RequestHistory(request));
    world.push(&again).await;
    assert_eq!(world.outcome(&again).await.error.unwrap().code, FaultCode::SessionNotConnected);
    host.drain().await;
}

/// The phone may answer before the library has said under which id it asked.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_waits_until_its_request_is_remembered() {
    let (world, host) = world().await;
    let sent = CancellationToken::new();
    world.script.hold(sent.clone());
    world.script.answer([Ok(Some(json!({"request_id": "3EB0REQ"})))]);
    let request = RequestHistory {
        chat: jid(BOB),
        message_id: id("3EB0AA"),
        from_me: false,
        timestamp: 1_781_000_000_000,
        count: 20,
    };
    let asked = ask(&world, Live::RequestHistory(request));
    world.push(&asked).await;
    world.wait_for("the request", || async { world.script.asked().pop() }).await;
    let history = History { request: Some("3EB0REQ".into()), part: 1, whole: true, chats: Vec::new() };
    let inbox = world.script.inbox();
    let mut answer = std::pin::pin!(inbox.history(Me::default(), history));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut answer).await;
    assert!(early.is_err(), "it is told before anybody knows what was asked");
    sent.cancel();
    answer.await.unwrap();
    let (kind, told) = world.events("main").await.pop().unwrap();
    assert_eq!((kind.as_str(), &told["requested_count"]), ("history.sync", &json!(20)));
    assert_eq!(world.outcome(&asked).await.status, OutcomeStatus::Done);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_session_watches_is_asked_for_at_each_connection() {
    let (world, host) = world().await;
    let watch = |who: &str, watch| ask(&world, Live::WatchPresence(WatchPresence { jid: jid(who), watch }));
    for command in [watch(BOB, true), watch("15550003", true), watch("15550003", false)] {
        world.push(&command).await;
        assert_eq!(world.outcome(&command).await.status, OutcomeStatus::Done);
    }
    let bob = Live::WatchPresence(WatchPresence { jid: jid(BOB), watch: true });
    let asked = || world.script.asked().iter().filter(|live| **live == bob).count();
    assert_eq!(asked(), 1);
    world.script.tell(WireEvent::Disconnected("scripted".into()));
    world.script.tell(WireEvent::Connected);
    world.wait_for("the renewal", || async { (asked() == 2).then_some(()) }).await;
    assert_eq!(world.script.asked().len(), 4, "nobody who is not watched any more");

    let (shard, session) = main();
    let many: Vec<(String, i64)> =
        (0..keys::WATCHED_MOST).map(|n| (format!("1666{n:04}@s.whatsapp.net"), 1)).collect();
    let key = keys::watched(shard, &session);
    let _: () = world.redis.query(&Cmd::hset_multiple(&key, &many)).await.unwrap();
    let full = watch("15550009", true);
    world.push(&full).await;
    assert_eq!(world.outcome(&full).await.error.unwrap().code, FaultCode::RateLimited);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_said_to_have_arrived() {
    let (world, host) = world().await;
    let mark =
        Mark { chat: jid(BOB), sender: None, message_ids: vec![id("3EB0AA")], mark: MarkKind::Delivered };
    let mark = Command { action: Action::Mark(mark), ..world.send("main", "15550002", "") };
    world.push(&mark).await;
    assert_eq!(world.outcome(&mark).await.status, OutcomeStatus::Done);
    assert_eq!(world.script.marked(), [(MarkKind::Delivered, BOB.to_owned(), "3EB0AA".to_owned())]);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_session_leaves_no_message() {
    let (world, host) = world().await;
    let (shard, session) = main();
    // More than one batch in a chat, and several chats.
    let mut pipe = redis::pipe();
    for (chat, count) in [(BOB, 1100), (GROUP, 3)] {
        pipe.zadd(keys::chats(shard, &session), chat, 7).ignore();
        pipe.hset(keys::chat(shard, &session, chat), "last", "x").ignore();
        for n in 0..count {
            let name = format!("{}{n}", if chat == BOB { "B" } else { "G" });
            pipe.zadd(keys::chat_log(shard, &session, chat), &name, n).ignore();
            pipe.hset(keys::message(shard, &session, &id(&name)), "chat", chat).ignore();
        }
    }
    pipe.hset(keys::chat_aliases(shard, &session), "2000@lid", BOB).ignore();
    pipe.hset(keys::names(shard, &session), BOB, "Bob").ignore();
    pipe.hset(keys::watched(shard, &session), BOB, 1).ignore();
    pipe.zadd(keys::unread(shard, &session, BOB), "B1", 1).ignore();
    pipe.sadd(keys::archived(shard, &session), BOB).ignore();
    pipe.hset(keys::blocked(shard, &session), BOB, "1 1").ignore();
    let other = SessionId::parse("main2").unwrap();
    let others = keys::message(shard, &other, &id("B0"));
    pipe.hset(&others, "chat", BOB).ignore();
    // The cache of files: two of its own and one of another's.
    for (of, name, bytes) in [(&session, "B0", 5), (&session, "B1", 7), (&other, "B0", 11)] {
        let (file, name) = (keys::media(shard, of, &id(name)), keys::media_name(of, &id(name)));
        pipe.hset(file, "bytes", bytes).ignore();
        pipe.zadd(keys::media_use(shard), &name, 1).ignore();
        pipe.hset(keys::media_sizes(shard), &name, bytes).ignore();
        pipe.hincr(keys::media_sizes(shard), "total", bytes).ignore();
    }
    let _: () = world.redis.pipeline(&pipe).await.unwrap();
    let delete =
        Command { action: Action::Session(SessionAction::Delete), ..world.send("main", "15550002", "") };
    world.push(&delete).await;
    assert_eq!(world.outcome(&delete).await.status, OutcomeStatus::Done);
    let left: Vec<String> = world.redis.query(&Cmd::zrange(keys::media_use(shard), 0, -1)).await.unwrap();
    assert_eq!(left, ["main2:B0"]);
    let sizes: Vec<(String, i64)> = world.redis.query(&Cmd::hgetall(keys::media_sizes(shard))).await.unwrap();
    let sizes: std::collections::BTreeMap<String, i64> = sizes.into_iter().collect();
    assert_eq!(sizes, [("main2:B0".to_owned(), 11), ("total".to_owned(), 11)].into());
    for what in
        ["msg", "media", "chats", "chat", "log", "alias", "names", "watched", "unread", "archived", "blocked"]
    {
        let mut find = Cmd::new();
        find.arg("KEYS").arg(format!("ew1:{{{shard}}}:{what}:main*"));
        let mut left: Vec<String> = world.redis.query(&find).await.unwrap();
        left.retain(|key| *key != others && *key != keys::media(shard, &other, &id("B0")));
        assert_eq!(left, Vec::<String>::new(), "{what}");
    }
    let kept: bool = world.redis.query(&Cmd::exists(&others)).await.unwrap();
    assert!(kept, "another session's stays");
    host.drain().await;
}
