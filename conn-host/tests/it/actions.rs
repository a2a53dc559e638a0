//! Receipts and live actions; and what is kept of a message.

use conn_host::wire::WireEvent;
use conn_host::wire::scripted::Reaction;
use edgewire_contract::command::{
    Action, CheckContacts, Command, CreateGroup, Live, Mark, MarkKind, Mode, SessionAction,
};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;
use tokio_util::sync::CancellationToken;

use crate::host::World;

fn ask(world: &World, live: Live) -> Command {
    Command { action: Action::Live(live), mode: Mode::Sync, ..world.send("main", "15550002", "") }
}

fn create() -> Live {
    Live::CreateGroup(CreateGroup { subject: "Club".into(), description: None, participants: Vec::new() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_action_ends_with_what_it_gave() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    let check = ask(&world, Live::CheckContacts(CheckContacts { phones: vec!["15550002".into()] }));
    world.push(&check).await;
    let outcome = world.outcome(&check).await;
    assert_eq!((outcome.status, outcome.error), (OutcomeStatus::Done, None));
    assert_eq!(world.script.asked().len(), 1);
    host.drain().await;
}

/// Held by the check of the deadline in `commands/ask.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_after_the_deadline() {
    let world = World::new().await;
    world.session("main").await;
    let late = Command { deadline: Some(1_781_000_000_000), ..ask(&world, Live::Groups) };
    world.push(&late).await;
    let host = world.host("a");
    world.status("main", "connected").await;
    let error = world.outcome(&late).await.error.unwrap();
    // Before it was connected, or too late: in neither case is WhatsApp asked.
    assert!(matches!(error.code, FaultCode::Timeout | FaultCode::SessionNotConnected), "{error:?}");
    let late = Command { deadline: Some(1_781_000_000_000), ..ask(&world, Live::Groups) };
    world.push(&late).await;
    assert_eq!(world.outcome(&late).await.error.unwrap().code, FaultCode::Timeout);
    assert!(world.script.asked().is_empty());
    host.drain().await;
}

/// Held by `begin_once`: a host that died while it made a group leaves the command to the next, which must not make a
/// second one.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_happened_is_not_done_again() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    let interrupted = ask(&world, create());
    let _: i64 = world.redis.query(&Cmd::hset(keys::work(interrupted.id), "begun", "1")).await.unwrap();
    world.push(&interrupted).await;
    assert_eq!(world.outcome(&interrupted).await.error.unwrap().code, FaultCode::Timeout);
    assert!(world.script.asked().is_empty());
    let fresh = ask(&world, create());
    world.push(&fresh).await;
    assert_eq!(world.outcome(&fresh).await.status, OutcomeStatus::Done);
    let left: bool = world.redis.query(&Cmd::exists(keys::work(fresh.id))).await.unwrap();
    assert!(!left, "what a command kept on its way goes with it");
    host.drain().await;
}

/// Held by `not_connected` in `commands/ask.rs`: the next host may have no connection yet.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_happened_is_said_without_a_connection_too() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    world.script.tell(WireEvent::Disconnected("scripted".into()));
    world.status("main", "reconnecting").await;
    let interrupted = ask(&world, create());
    let _: i64 = world.redis.query(&Cmd::hset(keys::work(interrupted.id), "begun", "1")).await.unwrap();
    let fresh = ask(&world, create());
    for command in [&interrupted, &fresh] {
        world.push(command).await;
    }
    assert_eq!(world.outcome(&interrupted).await.error.unwrap().code, FaultCode::Timeout);
    assert_eq!(world.outcome(&fresh).await.error.unwrap().code, FaultCode::SessionNotConnected);
    host.drain().await;
}

/// Held by the wait in `Actor::drain`.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_waits_for_what_whatsapp_is_asked() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    let answered = CancellationToken::new();
    world.script.hold(answered.clone());
    let group = ask(&world, create());
    world.push(&group).await;
    world.wait_for("the question", || async { (world.script.asked().len() == 1).then_some(()) }).await;
    let drained = tokio::spawn(host.drain());
    // Shards without work are given back at once: the drain is under way.
    let another = keys::lease(Shard::from_number((group.id.shard().number() + 1) % DEFAULT_SHARDS));
    world
        .wait_for("the drain", || async {
            let owner: Option<String> = world.redis.query(&Cmd::hget(&another, "owner")).await.unwrap();
            owner.is_none_or(|owner| owner.is_empty()).then_some(())
        })
        .await;
    answered.cancel();
    drained.await.unwrap();
    assert_eq!(world.outcome(&group).await.status, OutcomeStatus::Done);
}

/// Held by `end_all` in `sessions/work.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_session_leaves_no_command_open() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    world.script.react(std::iter::repeat_n(Reaction::Silence, 20));
    world.script.hold(CancellationToken::new());
    let asked = ask(&world, Live::Groups);
    let sends = ["15550002", "15550002", "15550003"].map(|chat| world.send("main", chat, "hello"));
    world.push(&asked).await;
    for send in &sends {
        world.push(send).await;
    }
    world
        .wait_for("work", || async {
            (world.script.asked().len() == 1 && world.script.sent().len() >= 2).then_some(())
        })
        .await;
    let delete =
        Command { action: Action::Session(SessionAction::Delete), ..world.send("main", "15550002", "") };
    world.push(&delete).await;
    assert_eq!(world.outcome(&delete).await.status, OutcomeStatus::Done);
    for command in sends.iter().chain([&asked]) {
        assert_eq!(world.outcome(command).await.error.unwrap().code, FaultCode::NotFound);
    }
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_given_in_its_chats_order() {
    let world = World::new().await;
    world.session("main").await;
    let mark = Mark {
        chat: Jid::parse_recipient("15550002").unwrap(),
        sender: None,
        message_ids: vec![MessageId::parse("3EB0AA").unwrap(), MessageId::parse("3EB0BB").unwrap()],
        mark: MarkKind::Read,
    };
    let mark = Command { action: Action::Mark(mark), ..world.send("main", "15550002", "") };
    // Accepted before anybody is connected, and kept.
    world.push(&mark).await;
    let host = world.host("a");
    assert_eq!(world.outcome(&mark).await.status, OutcomeStatus::Done);
    let chat = "15550002@s.whatsapp.net".to_owned();
    let read = |id: &str| (MarkKind::Read, chat.clone(), id.to_owned());
    assert_eq!(world.script.marked(), [read("3EB0AA"), read("3EB0BB")]);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_kept_and_sealed() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    let send = world.send("main", "15550002", "a secret text");
    world.push(&send).await;
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    let Action::Send(message) = &send.action else { panic!("no send") };
    let key = keys::message(send.id.shard(), &send.session, &message.message_id);
    let rows: Vec<(String, Vec<u8>)> = world.redis.query(&Cmd::hgetall(key)).await.unwrap();
    let field = |name: &str| rows.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    assert_eq!(field("from_me").as_deref(), Some(&b"1"[..]));
    assert_eq!(field("kind").as_deref(), Some(&b"text"[..]));
    assert_eq!(field("status").as_deref(), Some(&b"sent"[..]));
    let body = field("body").unwrap();
    assert!(!body.windows(6).any(|part| part == b"secret"));
    host.drain().await;
}
