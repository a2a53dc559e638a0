//! What the account does to its chats: what is unread, and what is archived, by whichever address.

use conn_host::events::chats::{ChatDeed, Deed};
use conn_host::wire::{History, Incoming, Past};
use edgewire_contract::command::{Action, Command, Mark, MarkKind};
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use redis::Cmd;
use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::host::World;
use crate::inbox::{BOB, BOBS_LID, from_bob, me, world};

fn main() -> (Shard, SessionId) {
    let session = SessionId::parse("main").unwrap();
    (Shard::of(&session, DEFAULT_SHARDS), session)
}

/// A text of Bob's that was written so many seconds after the first ones.
fn text(id: &str, after: i64) -> Incoming {
    let message = from_bob(id, wa::Message::text(id));
    Incoming { timestamp: message.timestamp - 100 + after, ..message }
}

async fn keep(world: &World, messages: Vec<Incoming>) {
    world.script.inbox().keep(me(), messages).await.unwrap();
}

async fn did(world: &World, chat: &str, deed: Deed) {
    world.script.inbox().chat(ChatDeed { chat: (chat.into(), None), deed }).await.unwrap();
}

fn read(ids: &[&str], at: Option<i64>) -> Deed {
    Deed::Read { ids: ids.iter().map(|id| (*id).to_owned()).collect(), at }
}

/// How many messages are unread, as handlers read it, and whether the chat is marked as unread.
async fn unread(world: &World, chat: &str) -> (Option<u64>, bool) {
    let (shard, session) = main();
    let fields = Cmd::hmget(keys::chat(shard, &session, chat), &["unread", "marked"]);
    let (unread, marked): (Option<u64>, Option<String>) = world.redis.query(&fields).await.unwrap();
    (unread, marked.is_some())
}

async fn archived(world: &World) -> Vec<String> {
    let (shard, session) = main();
    world.redis.query(&Cmd::smembers(keys::archived(shard, &session))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_since_the_account_read_the_chat_is_unread() {
    let (world, host) = world().await;
    let ours = Incoming { from_me: true, sender: "1000@lid".into(), sender_alt: None, ..text("3EB0ME", 1) };
    keep(&world, vec![text("3EB0A1", 1), text("3EB0A2", 2), ours, text("3EB0A3", 3), text("3EB0A1", 1)])
        .await;
    assert_eq!(unread(&world, BOB).await, (Some(3), false));
    // What the phone gives of the past is nothing new.
    let past = Past { chat: (BOBS_LID.into(), Some(BOB.into())), messages: vec![text("3EB0A0", -9)] };
    world
        .script
        .inbox()
        .history(me(), History { request: None, part: 1, whole: true, chats: vec![past] })
        .await
        .unwrap();
    assert_eq!(unread(&world, BOB).await, (Some(3), false));
    // Up to a message; the receipt's own time is of no interest then.
    did(&world, BOBS_LID, read(&["3EB0A1", "3EB0A2"], Some(text("", 50).timestamp * 1000))).await;
    assert_eq!(unread(&world, BOB).await, (Some(1), false));
    // An older one is read again: nothing goes back.
    did(&world, BOB, read(&["3EB0A1"], None)).await;
    assert_eq!(unread(&world, BOB).await, (Some(1), false));
    // Nobody knows the message: its receipt's time counts, if it has one.
    did(&world, BOB, read(&["3EB0XX"], None)).await;
    assert_eq!(unread(&world, BOB).await, (Some(1), false));
    did(&world, BOB, read(&["3EB0XX"], Some(text("", 10).timestamp * 1000))).await;
    assert_eq!(unread(&world, BOB).await, (Some(0), false));
    // One that was read elsewhere before it came here.
    keep(&world, vec![text("3EB0A9", 9)]).await;
    assert_eq!(unread(&world, BOB).await, (Some(0), false));
    keep(&world, vec![text("3EB0AB", 11)]).await;
    did(&world, BOB, Deed::MarkUnread).await;
    assert_eq!(unread(&world, BOB).await, (Some(1), true));
    did(&world, BOB, read(&["3EB0AB"], None)).await;
    assert_eq!(unread(&world, BOB).await, (Some(0), false));
    let inbox = world.script.inbox();
    host.drain().await;
    // The lease is gone: WhatsApp repeats it to the next owner.
    assert!(inbox.chat(ChatDeed { chat: (BOB.into(), None), deed: Deed::MarkUnread }).await.is_err());
    assert_eq!(unread(&world, BOB).await, (Some(0), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unread_moves_with_its_chat_when_its_number_becomes_known() {
    let (world, host) = world().await;
    let by_lid = |it: Incoming| Incoming { sender_alt: None, chat_alt: None, ..it };
    keep(&world, vec![by_lid(text("3EB0A1", 1)), by_lid(text("3EB0A2", 2))]).await;
    assert_eq!(unread(&world, BOBS_LID).await, (Some(2), false));
    did(&world, BOBS_LID, read(&["3EB0A1"], None)).await;
    assert_eq!(unread(&world, BOBS_LID).await, (Some(1), false));
    did(&world, BOBS_LID, Deed::MarkUnread).await;
    keep(&world, vec![text("3EB0A3", 3)]).await;
    assert_eq!(unread(&world, BOB).await, (Some(2), true));
    // Nor is anything kept of it when it is read by its LID from now on: nothing would ever delete it.
    did(&world, BOBS_LID, read(&["3EB0A3"], None)).await;
    assert_eq!(unread(&world, BOB).await, (Some(0), false));
    let (shard, session) = main();
    for key in [keys::unread(shard, &session, BOBS_LID), keys::chat(shard, &session, BOBS_LID)] {
        assert!(!world.redis.query::<bool>(&Cmd::exists(&key)).await.unwrap(), "{key}");
    }
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_over_us_to_be_read_is_not_unread() {
    let (world, host) = world().await;
    keep(&world, vec![text("3EB0A1", 1), text("3EB0A2", 2)]).await;
    for (mark, left) in [(MarkKind::Delivered, 2), (MarkKind::Read, 0)] {
        let message_ids = vec![MessageId::parse("3EB0A2").unwrap()];
        let mark = Mark { chat: Jid::parse_recipient(BOB).unwrap(), sender: None, message_ids, mark };
        let mark = Command { action: Action::Mark(mark), ..world.send("main", "15550002", "") };
        world.push(&mark).await;
        assert_eq!(world.outcome(&mark).await.status, OutcomeStatus::Done);
        assert_eq!(unread(&world, BOB).await, (Some(left), false));
    }
    host.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_taken_out_of_the_archive_by_whichever_address_it_went_in() {
    let (world, host) = world().await;
    did(&world, BOBS_LID, Deed::Archive(true)).await;
    assert_eq!(archived(&world).await, [BOBS_LID]);
    // Now its number is known.
    keep(&world, vec![text("3EB0A1", 1)]).await;
    did(&world, "1@g.us", Deed::Archive(true)).await;
    did(&world, BOB, Deed::Archive(false)).await;
    assert_eq!(archived(&world).await, ["1@g.us"]);
    host.drain().await;
}
