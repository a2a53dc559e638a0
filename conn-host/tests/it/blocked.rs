//! Whom the account blocks: changes are told once, also those that were made while nobody was connected.

use conn_host::events::told::Told;
use conn_host::wire::{Notice, WireEvent};
use edgewire_contract::command::{Action, BlockContact, Command, Live, Mode};
use edgewire_contract::event::{ContactChange, ContactUpdatePayload, EventBody};
use edgewire_contract::ids::SessionId;
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;

use crate::host::{Running, World};
use crate::inbox::{BOB, BOBS_LID, from_bob, me};
use crate::notices::told;
use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

const CARL: &str = "15550003@s.whatsapp.net";

/// What was told of the list: who, and what of him.
async fn changes(world: &World) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    told(world, "contact.update").await.iter().map(|it| (text(&it["jid"]), text(&it["change"]))).collect()
}

async fn changes_are(world: &World, expected: &[(&str, &str)]) {
    let is = |all: &[(String, String)]| {
        all.iter().map(|(jid, change)| (jid.as_str(), change.as_str())).eq(expected.iter().copied())
    };
    world.wait_for("changes", || async { is(&changes(world).await).then_some(()) }).await;
}

/// Waits until the whole list was read once.
async fn list_read(world: &World) {
    field_there(world, keys::BLOCKED_READ).await;
}

async fn field_there(world: &World, field: &str) {
    let session = SessionId::parse("main").unwrap();
    let key = keys::blocked(Shard::of(&session, DEFAULT_SHARDS), &session);
    world
        .wait_for(field, || async {
            let there: bool = world.redis.query(&Cmd::hexists(&key, field)).await.unwrap();
            there.then_some(())
        })
        .await;
}

/// A session whose list was read once, with nobody in it.
async fn listed() -> (World, Running) {
    let world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    list_read(&world).await;
    (world, host)
}

fn reconnect(world: &World, list: &[&str]) {
    world.script.block(list);
    world.script.tell(WireEvent::Disconnected("scripted".into()));
    world.script.tell(WireEvent::Connected);
}

/// WhatsApp tells the change of one.
fn notice(jid: &'static str, change: ContactChange) -> Notice {
    Notice::new(vec![(jid.into(), None)], move |found| {
        let payload = ContactUpdatePayload::new(found.known.party(jid), change, 5);
        Some(Told::new(5000, EventBody::ContactUpdate(Box::new(payload)), Some("x".into())))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_blocked_while_nobody_was_connected_is_told_at_the_next_connection() {
    let world = World::new().await;
    world.session("main").await;
    world.script.block(&["15550009@s.whatsapp.net"]);
    let host = world.host("a");
    list_read(&world).await;
    // The list that is there from the start says nothing.
    assert_eq!(changes(&world).await, []);
    host.drain().await;
    world.script.block(&["15550009@s.whatsapp.net", BOBS_LID]);
    let host = world.host("b");
    changes_are(&world, &[(BOBS_LID, "blocked")]).await;
    // His number becomes known: he is no other.
    world.script.inbox().keep(me(), vec![from_bob("3EB0AA", wa::Message::text("hi"))]).await.unwrap();
    reconnect(&world, &["15550009@s.whatsapp.net", BOB, CARL]);
    changes_are(&world, &[(BOBS_LID, "blocked"), (CARL, "blocked")]).await;
    reconnect(&world, &[CARL, BOB]);
    let mut expected =
        vec![(BOBS_LID, "blocked"), (CARL, "blocked"), ("15550009@s.whatsapp.net", "unblocked")];
    changes_are(&world, &expected).await;
    reconnect(&world, &[]);
    expected.extend([(BOB, "unblocked"), (CARL, "unblocked")]);
    changes_are(&world, &expected).await;
    // And once more.
    reconnect(&world, &[CARL]);
    expected.push((CARL, "blocked"));
    changes_are(&world, &expected).await;
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_or_done_is_not_told_by_the_list() {
    let (world, host) = listed().await;
    let inbox = world.script.inbox();
    for _repeated in 0..2 {
        inbox.owed(me(), vec![notice(BOB, ContactChange::Blocked)]).await.unwrap();
    }
    assert_eq!(changes(&world).await, [(BOB.to_owned(), "blocked".to_owned())]);
    let jid = Jid::parse_recipient(CARL).unwrap();
    let block = Live::BlockContact(BlockContact { jid, block: true });
    let command =
        Command { action: Action::Live(block), mode: Mode::Async, ..world.send("main", "15550002", "") };
    world.push(&command).await;
    assert_eq!(world.outcome(&command).await.status, OutcomeStatus::Done);
    reconnect(&world, &[BOB, CARL, BOBS_LID]);
    changes_are(&world, &[(BOB, "blocked"), (BOBS_LID, "blocked")]).await;
    inbox
        .owed(me(), vec![notice(BOB, ContactChange::Unblocked), notice(BOB, ContactChange::Blocked)])
        .await
        .unwrap();
    let more = [(BOB, "blocked"), (BOBS_LID, "blocked"), (BOB, "unblocked"), (BOB, "blocked")];
    changes_are(&world, &more).await;
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn he_is_the_same_when_his_number_becomes_known() {
    let (world, host) = listed().await;
    let inbox = world.script.inbox();
    inbox.owed(me(), vec![notice(BOBS_LID, ContactChange::Blocked)]).await.unwrap();
    assert_eq!(changes(&world).await, [(BOBS_LID.to_owned(), "blocked".to_owned())]);
    inbox.keep(me(), vec![from_bob("3EB0AA", wa::Message::text("hi"))]).await.unwrap();
    // By his number from now on; and by his LID once more, which he was told of by.
    for jid in [BOB, BOBS_LID] {
        inbox.owed(me(), vec![notice(jid, ContactChange::Unblocked)]).await.unwrap();
    }
    let mut expected = vec![(BOBS_LID, "blocked"), (BOB, "unblocked")];
    changes_are(&world, &expected).await;
    reconnect(&world, &[CARL]);
    expected.push((CARL, "blocked"));
    changes_are(&world, &expected).await;
    host.drain().await;
}

/// Mutation tried: without the era the mark of the first pairing's first change swallows that of the second.
#[tokio::test(flavor = "multi_thread")]
async fn another_pairing_begins_anew() {
    let (world, host) = listed().await;
    let inbox = world.script.inbox();
    inbox.owed(me(), vec![notice(BOB, ContactChange::Blocked)]).await.unwrap();
    world.script.tell(WireEvent::Paired);
    world.script.tell(WireEvent::Connected);
    field_there(&world, keys::BLOCKED_ERA).await;
    list_read(&world).await;
    inbox.owed(me(), vec![notice(BOB, ContactChange::Blocked)]).await.unwrap();
    changes_are(&world, &[(BOB, "blocked"), (BOB, "blocked")]).await;
    host.drain().await;
}
