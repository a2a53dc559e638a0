//! Budgets, and sends that wait for their time.

use conn_host::wire::scripted::Reaction;
use edgewire_contract::command::{Action, Command, Live, Mark, MarkKind, SessionAction};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;

use crate::host::World;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A session called `main` with a rate.
async fn world(rate: &str) -> World {
    let world = World::new().await;
    world.session("main").await;
    set_rate(&world, rate).await;
    world
}

fn main() -> (Shard, SessionId) {
    let id = SessionId::parse("main").unwrap();
    (Shard::of(&id, DEFAULT_SHARDS), id)
}

async fn set_rate(world: &World, rate: &str) {
    let (shard, id) = main();
    let _: i64 = world.redis.query(&Cmd::hset(keys::session(shard, &id), "rate", rate)).await.unwrap();
}

/// Puts a text into the queue.
async fn accept(world: &World, chat: &str, text: &str) -> Command {
    let command = world.send("main", chat, text);
    world.push(&command).await;
    command
}

/// What was taken from a budget, taken `ms` earlier.
async fn pass(world: &World, key: String, ms: i64) {
    let taken: Vec<(String, f64)> = world.redis.query(&Cmd::zrange_withscores(&key, 0, -1)).await.unwrap();
    for (member, _) in taken {
        let _: f64 = world.redis.query(&Cmd::zincr(&key, member, -ms)).await.unwrap();
    }
}

/// Says that the rate is another: all that waits asks again. When it has ended, they have begun to.
async fn ask_again(world: &World) {
    let command =
        Command { action: Action::Session(SessionAction::RateChanged), ..world.send("main", "15550002", "") };
    world.push(&command).await;
    assert_eq!(world.outcome(&command).await.status, OutcomeStatus::Done);
}

/// What went out, once it is `count` messages.
async fn texts(world: &World, count: usize) -> Vec<String> {
    let text = |sent: &conn_host::wire::Outgoing| sent.message.conversation.clone().unwrap_or_default();
    world
        .wait_for("messages", || async {
            let sent = world.script.sent();
            (sent.len() >= count).then(|| sent.iter().map(text).collect())
        })
        .await
}

/// Mutation tried: `budget.lua` never says to wait.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_the_budget_waits_in_order_and_outlives_its_host() {
    let world = world(r#"{"per_minute":2}"#).await;
    let (shard, id) = main();
    let mut all = Vec::new();
    for text in ["1", "2", "3", "4", "5"] {
        all.push(accept(&world, "15550002", text).await);
    }
    let host = world.host("a");
    for command in &all[..2] {
        assert_eq!(world.outcome(command).await.status, OutcomeStatus::Sent);
    }
    ask_again(&world).await;
    // Whoever takes the shard over knows what was spent.
    host.drain().await;
    let host = world.host("b");
    world.status("main", "connected").await;
    ask_again(&world).await;
    assert_eq!(texts(&world, 2).await, ["1", "2"]);
    pass(&world, keys::spent(shard, &id), MINUTE).await;
    ask_again(&world).await;
    assert_eq!(texts(&world, 4).await, ["1", "2", "3", "4"]);
    set_rate(&world, "").await;
    ask_again(&world).await;
    assert_eq!(texts(&world, 5).await, ["1", "2", "3", "4", "5"]);
    host.drain().await;
}

/// It took its share at its first try: what others took meanwhile does not count.
///
/// Mutation tried: `budget.lua` does not look whether it has one.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_is_tried_again_has_its_share_still() {
    let world = world(r#"{"per_hour":1}"#).await;
    let (shard, id) = main();
    // Acknowledged only on the second connection.
    world.script.react([Reaction::Silence]);
    let host = world.host("a");
    let command = accept(&world, "15550002", "1").await;
    texts(&world, 1).await;
    let others = Cmd::zadd(keys::spent(shard, &id), "another", now());
    let _: i64 = world.redis.query(&others).await.unwrap();
    assert_eq!(world.outcome(&command).await.status, OutcomeStatus::Sent);
    assert_eq!(texts(&world, 2).await, ["1", "1"]);
    host.drain().await;
}

/// A receipt does not wait for what the messages of its chat wait for.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_waits_for_no_budget() {
    let world = world(r#"{"per_hour":1}"#).await;
    let host = world.host("a");
    let first = accept(&world, "15550002", "1").await;
    assert_eq!(world.outcome(&first).await.status, OutcomeStatus::Sent);
    accept(&world, "15550002", "2").await;
    ask_again(&world).await;
    let mark = Mark {
        chat: Jid::parse_recipient("15550002").unwrap(),
        sender: None,
        message_ids: vec![MessageId::parse("3EB0AA").unwrap()],
        mark: MarkKind::Read,
    };
    let mark = Command { action: Action::Mark(mark), ..world.send("main", "15550002", "") };
    world.push(&mark).await;
    assert_eq!(world.outcome(&mark).await.status, OutcomeStatus::Done);
    assert_eq!(texts(&world, 1).await, ["1"]);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_contact_waits_and_nobody_else() {
    let world = world(r#"{"new_contacts_per_day":1}"#).await;
    let (shard, id) = main();
    let known = Cmd::zadd(keys::chats(shard, &id), "15550009@s.whatsapp.net", now());
    let _: i64 = world.redis.query(&known).await.unwrap();
    let alias = Cmd::hset(keys::chat_aliases(shard, &id), "100000000000009@lid", "15550009@s.whatsapp.net");
    let _: i64 = world.redis.query(&alias).await.unwrap();
    let host = world.host("a");
    for (chat, text) in [
        ("15550002", "new"),
        ("15550002", "new again"),
        ("15550009", "known"),
        ("100000000000009@lid", "known by another address"),
        ("120363021234567890@g.us", "group"),
    ] {
        let command = accept(&world, chat, text).await;
        assert_eq!(world.outcome(&command).await.status, OutcomeStatus::Sent, "{text}");
    }
    let stranger = accept(&world, "15550003", "stranger").await;
    let behind = accept(&world, "15550003", "behind").await;
    let other = accept(&world, "15550009", "meanwhile").await;
    assert_eq!(world.outcome(&other).await.status, OutcomeStatus::Sent);
    ask_again(&world).await;
    assert_eq!(world.script.sent().len(), 6);
    pass(&world, keys::met(shard, &id), DAY).await;
    ask_again(&world).await;
    assert_eq!(world.outcome(&stranger).await.status, OutcomeStatus::Sent);
    assert_eq!(world.outcome(&behind).await.status, OutcomeStatus::Sent);
    assert_eq!(texts(&world, 8).await[6..], ["stranger", "behind"]);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_seen_to_write() {
    let world = world(r#"{"typing":true,"jitter_ms":5}"#).await;
    let host = world.host("a");
    let command = accept(&world, "15550002", "Hi").await;
    assert_eq!(world.outcome(&command).await.status, OutcomeStatus::Sent);
    let asked = world.script.asked();
    assert!(
        asked
            .iter()
            .any(|live| matches!(live, Live::Typing(it) if it.chat.as_str() == "15550002@s.whatsapp.net"))
    );
    // Where nothing is said of that, nothing is shown.
    set_rate(&world, "").await;
    ask_again(&world).await;
    let plain = accept(&world, "15550003", "Hi").await;
    world.outcome(&plain).await;
    assert_eq!(world.script.asked().len(), asked.len());
    host.drain().await;
}

/// Puts a text where `admit.lua` puts what is scheduled.
async fn schedule(world: &World, chat: &str, text: &str, at: i64) -> Command {
    let (shard, id) = main();
    let command = world.send("main", chat, text);
    let name = command.id.to_string();
    let mut put = redis::pipe();
    put.hset(keys::scheduled(shard), &name, serde_json::to_string(&command).unwrap()).ignore();
    put.zadd(keys::schedule(shard, &id), &name, at).ignore();
    put.zadd(keys::due(shard), &name, at).ignore();
    let () = world.redis.pipeline(&put).await.unwrap();
    command
}

async fn left(world: &World) -> (i64, i64, i64) {
    let (shard, id) = main();
    let mut count = redis::pipe();
    count.zcard(keys::due(shard)).hlen(keys::scheduled(shard)).zcard(keys::schedule(shard, &id));
    world.redis.pipeline(&count).await.unwrap()
}

fn now() -> i64 {
    conn_host::clock::Clock::now_ms(&conn_host::clock::SystemClock)
}

/// Mutation tried: `enqueue.lua` leaves what it moves. It goes out again and again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_scheduled_goes_out_when_it_is_due_and_not_before() {
    let world = World::new().await;
    world.session("main").await;
    let later = schedule(&world, "15550002", "in a day", now() + DAY).await;
    let soon_at = now() + 2_000;
    let soon = schedule(&world, "15550002", "soon", soon_at).await;
    // Due while nobody was there, and in this order.
    let second = schedule(&world, "15550002", "second", now() - 5_000).await;
    let first = schedule(&world, "15550002", "first", now() - 9_000).await;
    let host = world.host("a");
    for command in [&first, &second, &soon] {
        assert_eq!(world.outcome(command).await.status, OutcomeStatus::Sent);
    }
    assert!(now() >= soon_at);
    assert_eq!(texts(&world, 3).await, ["first", "second", "soon"]);
    assert_eq!(left(&world).await, (1, 1, 1));
    host.drain().await;
    // It takes no place in the queue, and whoever is the owner then sends it.
    let (shard, _) = main();
    let queued: u64 = world.redis.query(&Cmd::xlen(keys::commands(shard))).await.unwrap();
    assert_eq!(queued, 0);
    pass(&world, keys::due(shard), DAY + MINUTE).await;
    let host = world.host("b");
    assert_eq!(world.outcome(&later).await.status, OutcomeStatus::Sent);
    assert_eq!(left(&world).await, (0, 0, 0));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_scheduled_ends_with_its_session() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    let mut all = Vec::new();
    for n in 0..5 {
        all.push(schedule(&world, "15550002", &n.to_string(), now() + DAY).await);
    }
    let delete =
        Command { action: Action::Session(SessionAction::Delete), ..world.send("main", "15550002", "") };
    world.push(&delete).await;
    assert_eq!(world.outcome(&delete).await.status, OutcomeStatus::Done);
    for command in &all {
        assert_eq!(world.outcome(command).await.error.unwrap().code, FaultCode::NotFound);
    }
    assert_eq!(left(&world).await, (0, 0, 0));
    assert!(world.script.sent().is_empty());
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_holds_nobody_up() {
    let world = World::new().await;
    world.session("main").await;
    let (shard, _) = main();
    let mut put = redis::pipe();
    put.hset(keys::scheduled(shard), "broken", "{").ignore().zadd(keys::due(shard), "broken", 1).ignore();
    put.zadd(keys::due(shard), "gone", 2).ignore();
    let () = world.redis.pipeline(&put).await.unwrap();
    let command = schedule(&world, "15550002", "next", now() - 1).await;
    let host = world.host("a");
    assert_eq!(world.outcome(&command).await.status, OutcomeStatus::Sent);
    assert_eq!(left(&world).await, (0, 0, 0));
    host.drain().await;
}
