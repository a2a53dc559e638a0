//! What the account does to its chats and contacts on its phone: reading, archiving, blocking.

use std::sync::Arc;

use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use harness::{Session, World, wait_until};
use serde_json::{Value, json};

use crate::contact::{Contact, does_until, settled};

/// A contact without a client.
async fn contact(world: &World, name: &str) -> String {
    let phone = format!("4915400{:05}", world.next_number());
    world.sandbox().contact(&phone, name).await;
    phone
}

/// Whether the chats' first one has this many unread messages, and is archived or not; else what is there.
async fn is(session: &Session, unread: u64, archived: bool) -> Result<(), String> {
    let chats = session.owner.get(&session.path("/chats")).send().await.expect(200);
    let chat = &chats["data"][0];
    let is = chat["unread"] == unread && chat["archived"] == archived;
    if is { Ok(()) } else { Err(format!("unread should be {unread}, archived {archived}: {chats}")) }
}

/// Waits for that.
async fn chat_is(session: &Session, unread: u64, archived: bool) {
    wait_until("the chat's state", || is(session, unread, archived)).await;
}

pub async fn a_chat_is_unread_until_it_is_read_anywhere(world: Arc<World>) {
    let us = world.organization("unread");
    let session = Session::pair(&us).await;
    let bob = contact(&world, "Ute").await;
    let mut events = us.events(&format!("?session={}&since=0", session.id)).await;
    let mut hears = async |text: &str| {
        let id = world.sandbox().write(&bob, &session.phone, text).await;
        events.next("message", |it| it["message_id"] == id.as_str()).await;
        id
    };
    hears("one").await;
    let second = hears("two").await;
    chat_is(&session, 2, false).await;
    // What we write does not read what he wrote.
    session.send_text(&bob, "wait").await;
    chat_is(&session, 2, false).await;
    // Read on the phone.
    let receipt = json!({ "ids": [second], "kind": "read-self" });
    world.sandbox().post(&format!("accounts/{}/receipts", session.phone), receipt).await;
    chat_is(&session, 0, false).await;
    // Marked on the phone.
    for (read, unread) in [(false, 1), (true, 0)] {
        let action = json!({ "action": "read", "chat": bob, "on": read });
        does_until(&session, &action, || is(&session, unread, false)).await;
    }
}

pub async fn a_chat_that_is_read_over_the_gateway_is_not_unread(world: Arc<World>) {
    let us = world.organization("unread-here");
    let session = Session::pair(&us).await;
    let bob = contact(&world, "Uli").await;
    let id = world.sandbox().write(&bob, &session.phone, "hello").await;
    chat_is(&session, 1, false).await;
    let body = json!({ "chat_jid": bob, "message_ids": [id] });
    us.post(&session.path("/messages/read")).json(&body).send().await.expect(200);
    chat_is(&session, 0, false).await;
}

pub async fn a_chat_is_archived_on_the_phone(world: Arc<World>) {
    let us = world.organization("archive");
    let session = Session::pair(&us).await;
    let bob = contact(&world, "Arno").await;
    world.sandbox().write(&bob, &session.phone, "hello").await;
    chat_is(&session, 1, false).await;
    for (addressing, on) in [("pn", true), ("pn", false), ("lid", true), ("lid", false)] {
        let action = json!({ "action": "archive", "chat": bob, "addressing": addressing, "on": on });
        does_until(&session, &action, || is(&session, 1, on)).await;
    }
}

/// Whether a change is about this person, by either address.
fn is_about(change: &Value, who: &Contact) -> bool {
    [&change["jid"], &change["lid"]].into_iter().any(|jid| *jid == who.jid || *jid == who.lid)
}

pub async fn who_was_blocked_meanwhile_is_told_once(world: Arc<World>) {
    let us = world.organization("blocked");
    let session = Session::pair(&us).await;
    let (anton, berta) = (Contact::new(&world, "Anton").await, Contact::new(&world, "Berta").await);
    let (clara, dora) = (Contact::new(&world, "Clara").await, Contact::new(&world, "Dora").await);
    let id = SessionId::parse(&session.id).expect("an id");
    let key = keys::blocked(Shard::of(&id, DEFAULT_SHARDS), &id);
    // The list of the first connection is no news.
    list_read(&world.redis().await, &key).await;
    let on_phone = async |who: &Contact, on: bool| {
        let path = format!("accounts/{}/block", session.phone);
        world.sandbox().post(&path, json!({ "who": who.phone, "on": on })).await
    };
    // Blocks somebody while the session is stopped. The notice of it waits, so that he is told says nothing of the list.
    // That it has been compared shows by what no notice says: one who was told to be blocked is not on it. Of all that
    // the list can bring he is the last. Gives his JID.
    let reconnected = async |who: &Contact| {
        us.post(&session.path("/disconnect")).send().await.expect(200);
        session.wait_for_status("stopped").await;
        on_phone(who, true).await;
        let last = format!("99{:09}@s.whatsapp.net", world.next_number());
        let mut redis = world.redis().await;
        let added: i64 = redis::cmd("HSET")
            .arg(&key)
            .arg(&last)
            .arg("1 1")
            .query_async(&mut redis)
            .await
            .expect("Redis is there");
        assert_eq!(added, 1, "{last} was not there");
        us.post(&session.path("/connect")).send().await.expect(200);
        session.wait_for_status("connected").await;
        settled(&session).await;
        last
    };
    let compared = |last: String| move |it: &Value| it["jid"] == last.as_str();
    let mut events = us.events(&format!("?session={}&since=0&events=contact.update", session.id)).await;
    let last = reconnected(&anton).await;
    events.next("contact.update", |it| it["change"] == "blocked" && is_about(it, &anton)).await;
    events.next("contact.update", compared(last)).await;
    // Again, with nothing new; then somebody else while it is connected.
    let last = reconnected(&anton).await;
    events.next("contact.update", compared(last)).await;
    on_phone(&berta, true).await;
    events.next("contact.update", |it| it["change"] == "blocked" && is_about(it, &berta)).await;
    // Over the gateway: its own doing is no news either.
    let unblock = session.path(&format!("/contacts/{}/unblock", berta.phone));
    us.post(&unblock).json(&json!({})).send().await.expect(200);
    let last = reconnected(&anton).await;
    events.next("contact.update", compared(last)).await;
    on_phone(&anton, false).await;
    events.next("contact.update", |it| it["change"] == "unblocked" && is_about(it, &anton)).await;
    // None of this is told once more by the next two connections, nor by what comes behind them.
    for who in [&clara, &dora] {
        let last = reconnected(who).await;
        events.next("contact.update", |it| it["change"] == "blocked" && is_about(it, who)).await;
        events.next("contact.update", compared(last)).await;
    }
    on_phone(&dora, false).await;
    events.next("contact.update", |it| it["change"] == "unblocked" && is_about(it, &dora)).await;
    let people = [("Anton", &anton), ("Berta", &berta), ("Clara", &clara), ("Dora", &dora)];
    let told = events.seen.iter().map(|event| {
        let change = &event["payload"];
        let who = people.iter().find(|(_, who)| is_about(change, who)).map_or("last", |it| it.0);
        format!("{who} {}", change["change"].as_str().unwrap_or_default())
    });
    let wanted = [
        "Anton blocked",
        "last unblocked",
        "last unblocked",
        "Berta blocked",
        "last unblocked",
        "Anton unblocked",
        "Clara blocked",
        "last unblocked",
        "Dora blocked",
        "last unblocked",
        "Dora unblocked",
    ];
    assert_eq!(told.collect::<Vec<_>>(), wanted, "{:#?}", events.seen);
}

/// Waits until the session has read the whole list once.
async fn list_read(redis: &harness::world::Redis, key: &str) {
    wait_until("the list", || async {
        let mut redis = redis.clone();
        let read: bool = redis::cmd("HEXISTS")
            .arg(key)
            .arg(keys::BLOCKED_READ)
            .query_async(&mut redis)
            .await
            .expect("Redis is there");
        if read { Ok(()) } else { Err("it was not read".to_owned()) }
    })
    .await;
}
