//! What crashes, or cannot be read, hurts itself and nothing behind it.

use conn_host::wire::WireEvent;
use conn_host::wire::scripted::{Call, Reaction};
use edgewire_contract::command::{Action, Command, SessionAction};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::BlobId;
use edgewire_contract::keys;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use redis::streams::StreamRangeReply;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::host::World;

const BLOB: &str = "01M7ZAZDR700DZ5KBNQRZ77VBH";

#[tokio::test(flavor = "multi_thread")]
async fn a_command_nobody_can_read_is_set_aside_and_blocks_nothing() {
    let world = World::new().await;
    world.session("main").await;
    let send = world.send("main", "15550002", "hello");
    let shard = send.id.shard();
    let mut add = redis::Cmd::new();
    add.arg("XADD").arg(keys::commands(shard)).arg("*").arg(keys::COMMAND_FIELD).arg("{not json");
    let _entry: String = world.redis.query(&add).await.unwrap();
    // Of a contract to come; its file is given its time back.
    let unknown = json!({"v": 99, "action": {"media": {"source": {"blob": BLOB, "bytes": 3, "sha256": ""}}}});
    let mut add = redis::Cmd::new();
    add.arg("XADD").arg(keys::commands(shard)).arg("*").arg(keys::COMMAND_FIELD).arg(unknown.to_string());
    let _entry: String = world.redis.query(&add).await.unwrap();
    let blob = keys::blob(shard, &BlobId::parse(BLOB).unwrap());
    let _: i64 = world.redis.query(&redis::Cmd::hset(&blob, "0", "abc")).await.unwrap();
    let _: i64 = world.redis.query(&redis::Cmd::zadd(keys::blobs(shard), BLOB, "+inf")).await.unwrap();
    world.push(&send).await;
    let host = world.host("a");
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    let dead: u64 = world.redis.query(&redis::Cmd::xlen(keys::dead_letters(shard))).await.unwrap();
    assert_eq!(dead, 2);
    let ttl: i64 = world.redis.query(&redis::Cmd::ttl(&blob)).await.unwrap();
    assert!(ttl > 0, "it has a TTL of {ttl} s");
    let ends: f64 = world.redis.query(&redis::Cmd::zscore(keys::blobs(shard), BLOB)).await.unwrap();
    assert!(ends.is_finite());
    host.drain().await;
}

/// Mutation tried: without the end of the count in `Actor::crashed` the command runs as often as it crashes.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_crashes_three_times_is_a_dead_letter_and_the_next_goes_out() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Crash, Reaction::Crash, Reaction::Crash]);
    let poison = world.send("main", "15550002", "poison");
    let (next, other) = (world.send("main", "15550002", "next"), world.send("main", "15550003", "other"));
    world.push(&poison).await;
    let host = world.host("a");
    assert_eq!(world.outcome(&poison).await.error.unwrap().code, FaultCode::Internal);
    for command in [&next, &other] {
        world.push(command).await;
        assert_eq!(world.outcome(command).await.status, OutcomeStatus::Sent);
    }
    let dead = dead_letters(&world, &poison).await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].0, "it crashed 3 times");
    assert_eq!(serde_json::from_str::<Command>(&dead[0].1).unwrap(), poison);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_crashes_twice_goes_out_under_its_id() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Crash, Reaction::Crash]);
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    let host = world.host("a");
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    let ids: Vec<String> = world.script.sent().into_iter().map(|message| message.id).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(dead_letters(&world, &send).await.is_empty());
    host.drain().await;
}

/// Mutation tried: where `Actor::survive` lets the panic go on, the session's task is gone, and what it held is never ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_task_crashes_loses_nothing() {
    let world = World::new().await;
    world.session("main").await;
    // A send is on the wire, and another behind it, as the task crashes over a command.
    world.script.react([Reaction::Silence]);
    let (sent, behind) = (world.send("main", "15550002", "1"), world.send("main", "15550002", "2"));
    world.push(&sent).await;
    world.push(&behind).await;
    let host = world.host("a");
    world.wait_for("the first on the wire", || async { world.script.sent().first().cloned() }).await;
    world.script.crash([Call::Close]);
    let mut restart = world.send("main", "15550002", "");
    restart.action = Action::Session(SessionAction::Restart);
    world.push(&restart).await;
    assert_eq!(world.outcome(&restart).await.status, OutcomeStatus::Done);
    for command in [&sent, &behind] {
        assert_eq!(world.outcome(command).await.status, OutcomeStatus::Sent);
    }
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_task_crashes_over_what_it_is_told_connects_again() {
    let world = World::new().await;
    world.session("main").await;
    world.script.crash([Call::Identity, Call::Identity]);
    let host = world.host("a");
    world.status("main", "connected").await;
    assert_eq!(world.script.opened(), 3);
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    host.drain().await;
}

/// Mutation tried: without `lanes.finish` in `Actor::call_back` the chat stays busy.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_as_the_task_crashes_leaves_its_chat_free() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    // The task hears of the acknowledgement, and then is held up until the send has ended, and crashes.
    let until = CancellationToken::new();
    world.script.crash_after(Call::Identity, until.clone());
    let (first, second) = (world.send("main", "15550002", "1"), world.send("main", "15550002", "2"));
    world.script.react([Reaction::AckAnd(WireEvent::Renamed)]);
    world.push(&first).await;
    assert_eq!(world.outcome(&first).await.status, OutcomeStatus::Sent);
    until.cancel();
    world.push(&second).await;
    assert_eq!(world.outcome(&second).await.status, OutcomeStatus::Sent);
    assert_eq!(world.script.sent().len(), 2);
    host.drain().await;
}

/// Held by the order of writes in `complete.lua`, `open_commands.lua` and `heartbeat.lua`: the first takes no memory.
///
/// Mutation tried: `complete.lua` begins with the outcome. The command never ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_redis_starts_hosts_ends_commands_and_sets_aside() {
    let world = World::new().await;
    world.session("main").await;
    // A first start fixes the deployment's facts, and makes the session's key.
    let first = world.host("first");
    world.status("main", "connected").await;
    first.drain().await;
    let send = world.send("main", "15550002", "hello");
    let mut unread = serde_json::to_value(&send).unwrap();
    unread["kind"] = json!("telepathy");
    for entry in [unread.to_string(), "{not json".to_owned(), serde_json::to_string(&send).unwrap()] {
        let mut add = redis::Cmd::new();
        add.arg("XADD").arg(keys::commands(send.id.shard())).arg("*").arg(keys::COMMAND_FIELD).arg(entry);
        let _entry: String = world.redis.query(&add).await.unwrap();
    }
    let mut full = redis::cmd("CONFIG");
    full.arg("SET").arg("maxmemory").arg("1");
    let () = world.redis.query(&full).await.unwrap();
    let host = world.host("a");
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    assert_eq!(dead_letters(&world, &send).await.len(), 2);
    host.drain().await;
}

/// As after a downgrade: the command is of a version to come, but who asked for it is known.
#[tokio::test(flavor = "multi_thread")]
async fn who_asked_for_what_cannot_be_read_learns_that_it_failed() {
    let world = World::new().await;
    world.session("main").await;
    let send = world.send("main", "15550002", "hello");
    let Action::Send(message) = &send.action else { unreachable!("a send") };
    let queued = json!({
        "v": 1, "id": send.id, "organization": "acme", "session": "main", "mode": "async", "status": "queued",
        "timestamp": send.issued_at, "message_id": message.message_id, "to": message.to,
    });
    let set = redis::Cmd::set(keys::outcome(send.id), queued.to_string());
    let () = world.redis.query(&set).await.unwrap();
    let mut unread = serde_json::to_value(&send).unwrap();
    unread["kind"] = json!("telepathy");
    let mut add = redis::Cmd::new();
    add.arg("XADD").arg(keys::commands(send.id.shard())).arg("*");
    add.arg(keys::COMMAND_FIELD).arg(unread.to_string());
    let _entry: String = world.redis.query(&add).await.unwrap();
    let host = world.host("a");
    let outcome = world
        .wait_for("the end", || async {
            let json: Option<String> =
                world.redis.query(&redis::Cmd::get(keys::outcome(send.id))).await.unwrap();
            let outcome: Outcome = serde_json::from_str(&json.unwrap()).unwrap();
            outcome.status.is_final().then_some(outcome)
        })
        .await;
    assert_eq!(outcome.error.unwrap().code, FaultCode::Internal);
    let dead = dead_letters(&world, &send).await;
    assert_eq!(dead.len(), 1);
    assert!(dead[0].0.contains("telepathy"), "{}", dead[0].0);
    let left: u64 = world.redis.query(&redis::Cmd::xlen(keys::commands(send.id.shard()))).await.unwrap();
    assert_eq!(left, 0);
    host.drain().await;
}

/// The dead letters of a command's shard: reason and command.
async fn dead_letters(world: &World, command: &Command) -> Vec<(String, String)> {
    let key = keys::dead_letters(command.id.shard());
    let range: StreamRangeReply = world.redis.query(&redis::Cmd::xrange_all(key)).await.unwrap();
    let text = |entry: &redis::streams::StreamId, field: &str| entry.get::<String>(field).unwrap_or_default();
    range.ids.iter().map(|entry| (text(entry, "reason"), text(entry, keys::COMMAND_FIELD))).collect()
}
