//! What a command comes to.

use conn_host::clock::{Clock as _, SystemClock};
use conn_host::wire::scripted::Reaction;
use conn_host::wire::{Receipt, WireEvent};
use edgewire_contract::command::{Action, Command};
use edgewire_contract::event::MessageStatus;
use edgewire_contract::fault::FaultCode;
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::{keys, script};
use edgewire_store::StoreError;

use crate::host::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_send_is_sent_and_told() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    let outcome = world.outcome(&send).await;
    assert_eq!((outcome.status, outcome.timestamp), (OutcomeStatus::Sent, 1));
    let statuses = statuses(&world).await;
    assert_eq!(statuses, ["sent"]);
    let left: u64 = world.redis.query(&redis::Cmd::xlen(keys::commands(send.id.shard()))).await.unwrap();
    assert_eq!(left, 0, "a completed command leaves the stream");
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_failure_with_its_code() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Nack("463".into())]);
    let host = world.host("a");
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    let outcome = world.outcome(&send).await;
    let error = outcome.error.unwrap();
    assert_eq!((outcome.status, error.code), (OutcomeStatus::Failed, FaultCode::RecipientUnavailable));
    assert_eq!(error.details["ack_error"], 463);
    assert_eq!(statuses(&world).await, ["failed"]);
    host.drain().await;
}

/// Held by `Acks::lose_all` at every change of the connection, and by `Tried::ConnectionLost` in the actor.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_whose_socket_drops_goes_out_again_under_the_same_id() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Drop, Reaction::Ack]);
    let host = world.host("a");
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    let sent = world.script.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].id, sent[1].id);
    assert_eq!(sent[0].message, sent[1].message, "the same message, to the last byte");
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_without_an_answer_goes_out_again() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Silence, Reaction::Fail, Reaction::Ack]);
    let host = world.host("a");
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    host.drain().await;
}

/// Mutation tried: a lane is never busy.
#[tokio::test(flavor = "multi_thread")]
async fn one_chat_keeps_its_order_over_a_lost_socket() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Ack, Reaction::Drop]);
    let host = world.host("a");
    let mut last = None;
    for n in 0..8 {
        let send = world.send("main", "15550002", &n.to_string());
        world.push(&send).await;
        last = Some(send);
    }
    world.outcome(&last.unwrap()).await;
    let mut texts: Vec<String> =
        world.script.sent().iter().map(|m| m.message.conversation.clone().unwrap_or_default()).collect();
    texts.dedup();
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_move_a_message_forward_and_never_back() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    let outcome = world.outcome(&send).await;
    let id = outcome.message_id.unwrap();
    for status in [MessageStatus::Read, MessageStatus::Delivered, MessageStatus::Read, MessageStatus::Played]
    {
        let participant = "15550002@s.whatsapp.net".to_owned();
        let ids = vec![id.to_string(), "3EB0STRANGER".into()];
        let receipt = Receipt { ids, status, participant, timestamp: 5 };
        world.script.inbox().receipt(receipt).await.unwrap();
    }
    assert_eq!(statuses(&world).await, ["sent", "read", "played"]);
    host.drain().await;
}

/// Held by `advance.lua` and `complete.lua`: WhatsApp's acknowledgement and the recipient's receipt race.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_comes_first_says_sent_too() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    world.script.react([Reaction::Silence]);
    let send = world.send("main", "15550002", "hello");
    let Action::Send(message) = &send.action else { panic!("no send") };
    // As its admission writes it.
    let key = keys::message(send.id.shard(), &send.session, &message.message_id);
    let admitted = [("chat", "15550002@s.whatsapp.net"), ("status", "queued"), ("outbox", "none")];
    let _: i64 = world.redis.query(redis::Cmd::new().arg("HSET").arg(&key).arg(&admitted)).await.unwrap();
    world.push(&send).await;
    world.wait_for("the message", || async { (!world.script.sent().is_empty()).then_some(()) }).await;
    let receipt = Receipt {
        ids: vec![message.message_id.to_string()],
        status: MessageStatus::Read,
        participant: "15550002@s.whatsapp.net".into(),
        timestamp: 5,
    };
    world.script.inbox().receipt(receipt).await.unwrap();
    // The next try is acknowledged.
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    assert_eq!(statuses(&world).await, ["sent", "read"]);
    let times: (String, String, String) = world
        .redis
        .query(redis::Cmd::new().arg("HMGET").arg(&key).arg(&["status", "delivered_at", "read_at"]))
        .await
        .unwrap();
    assert_eq!(times, ("read".into(), "5".into(), "5".into()));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_to_a_session_that_was_unlinked_fails_and_says_why() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    world.script.tell(WireEvent::LoggedOut("401".into()));
    world.status("main", "logged_out").await;
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    let error = world.outcome(&send).await.error.unwrap();
    assert_eq!(error.code, FaultCode::SessionNotConnected);
    assert_eq!(world.field("main", "paired").await.as_deref(), Some("0"));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_send_waits_and_holds_up_no_other_chat() {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    let mut late = world.send("main", "15550002", "in a moment");
    late.issued_at = SystemClock.now_ms();
    let Action::Send(send) = &mut late.action else { unreachable!("a send") };
    send.delay_ms = 700;
    let (next, other) = (world.send("main", "15550002", "then"), world.send("main", "15550003", "at once"));
    for command in [&late, &next, &other] {
        world.push(command).await;
    }
    for command in [&late, &next, &other] {
        assert_eq!(world.outcome(command).await.status, OutcomeStatus::Sent);
    }
    assert!(SystemClock.now_ms() >= late.issued_at + 700);
    let sent: Vec<String> = world.script.sent().into_iter().map(|message| message.id).collect();
    let id = |command: &Command| match &command.action {
        Action::Send(send) => send.message_id.to_string(),
        _ => String::new(),
    };
    assert_eq!(sent, [&other, &late, &next].map(id));
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_command_takes_long_is_told_until_it_has_ended() {
    let world = World::new().await;
    let send = world.send("main", "15550002", "hello");
    let (lease, outcome) = (keys::lease(send.id.shard()), keys::outcome(send.id));
    let say = async |epoch: &str, text: &str| {
        let script_keys = [lease.clone(), outcome.clone()];
        world.redis.run(&script::BACKGROUND, &script_keys, &[epoch, text]).await
    };
    let lease_of = |epoch: &str| redis::Cmd::hset_multiple(&lease, &[("owner", "a"), ("epoch", epoch)]);
    let (queued, sent) = (r#"{"status":"queued"}"#, r#"{"status":"sent"}"#);
    let long = r#"{"status":"queued","background":true}"#;
    let () = world.redis.query(&lease_of("7")).await.unwrap();
    say("7", long).await.unwrap();
    let kept = async || world.redis.query::<Option<String>>(&redis::Cmd::get(&outcome)).await.unwrap();
    assert_eq!(kept().await, None, "what is forgotten does not come back");
    for (before, after) in [(queued, long), (sent, sent)] {
        let () = world.redis.query(&redis::Cmd::set_ex(&outcome, before, 100)).await.unwrap();
        assert!(matches!(say("6", long).await, Err(StoreError::Fenced)));
        assert_eq!(kept().await.as_deref(), Some(before));
        say("7", long).await.unwrap();
        assert_eq!(kept().await.as_deref(), Some(after));
        let left: i64 = world.redis.query(&redis::Cmd::ttl(&outcome)).await.unwrap();
        assert!((1..=100).contains(&left), "it is kept no longer: {left}");
    }
}

/// The statuses that the session `main` told, in order.
async fn statuses(world: &World) -> Vec<String> {
    let events = world.events("main").await;
    events
        .into_iter()
        .filter(|(kind, _)| kind == "message.status")
        .map(|(_, payload)| payload["status"].as_str().unwrap_or_default().to_owned())
        .collect()
}
