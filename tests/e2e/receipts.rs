//! What the writers of messages are told of them on request, as the network sees it.

use std::sync::Arc;

use harness::{Organization, Peer, Session, World, wait_until};
use serde_json::{Value, json};

use crate::contact::{Contact, receipt, receipts, settled, told_of};

/// Asks for a receipt of the message `id`, and gives the answer.
async fn asks(us: &Organization, id: &str, what: &str, body: Value) -> Value {
    let request = us.post(&format!("/messages/{id}/{what}")).bearer(&us.user_token);
    let told = request.json(&body).send().await.expect(200);
    assert_eq!((&told["success"], &told["receipt_type"]), (&json!(true), &json!(what)), "{told}");
    told
}

/// Waits until the client has told by itself that the message arrived; gives the number of that stanza.
async fn told_by_itself(session: &Session, id: &str) -> u64 {
    wait_until("the client's own receipt", || async {
        let sent = receipts(session, id, 0).await;
        sent.last().and_then(|stanza| stanza["number"].as_u64()).ok_or_else(|| "nothing".to_owned())
    })
    .await
}

pub async fn a_writer_is_told_as_he_wrote(world: Arc<World>) {
    let us = world.organization("receipts");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    for (addressing, own) in [("pn", &ada.jid), ("lid", &ada.lid)] {
        let mut ids = Vec::new();
        for text in ["one", "two"] {
            let body = json!({ "to": session.phone, "text": text, "addressing": addressing });
            let id = ada.sends(body).await;
            events.next("message", |p| p["message_id"] == id.as_str()).await;
            ids.push(id);
        }
        let (first, second) = (ids[0].as_str(), ids[1].as_str());
        // By whichever address it is asked: WhatsApp knows the message by the one that it came with.
        let mut after = told_by_itself(&session, first).await;
        for chat in [&ada.jid, &ada.lid] {
            let told = asks(&us, first, "delivered", json!({ "chat_jid": chat })).await;
            assert_eq!((&told["chat_jid"], &told["message_ids"]), (&json!(chat), &json!([first])), "{told}");
            let stanza = receipt(&session, first, after, None).await;
            assert_eq!(stanza["attrs"]["to"], own.as_str(), "{stanza}");
            assert!(stanza["attrs"]["participant"].is_null() && stanza["children"].is_null(), "{stanza}");
            after = stanza["number"].as_u64().expect("a number");
        }
        let both = json!({ "chat_jid": ada.jid, "message_ids": [first, second] });
        let told = asks(&us, first, "read", both).await;
        assert_eq!(told["message_ids"], json!([first, second]), "{told}");
        let stanza = receipt(&session, first, after, Some("read")).await;
        assert_eq!(stanza["attrs"]["to"], own.as_str(), "{stanza}");
        let list = &stanza["children"][0];
        assert_eq!((&list["tag"], &list["children"][0]["attrs"]["id"]), (&json!("list"), &json!(second)));
    }
}

pub async fn in_a_group_the_writer_is_named(world: Arc<World>) {
    let us = world.organization("receipts-group");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let group = ada.makes_group("Club", &[&session.phone]).await;
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let id = ada.writes(&group, "hello all").await;
    events.next("message", |p| p["message_id"] == id.as_str()).await;
    let after = told_by_itself(&session, &id).await;
    let unnamed = us.post(&format!("/messages/{id}/read")).bearer(&us.user_token);
    let refused = unnamed.json(&json!({ "chat_jid": group })).send().await.expect(400);
    assert_eq!(refused["validation"][0]["field"], "sender_jid", "{refused}");
    // The group knows its members by LID.
    for (what, kind) in [("delivered", None), ("read", Some("read"))] {
        asks(&us, &id, what, json!({ "chat_jid": group, "sender_jid": ada.jid })).await;
        let stanza = receipt(&session, &id, after, kind).await;
        let attrs = &stanza["attrs"];
        assert_eq!((&attrs["to"], &attrs["participant"]), (&json!(group), &json!(ada.lid)), "{stanza}");
    }
}

pub async fn the_device_that_wrote_is_asked_again(world: Arc<World>) {
    let us = world.organization("receipts-retry");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bob").await;
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let id = bob.writes(&session.phone, "once is enough").await;
    events.next("message", |p| p["message_id"] == id.as_str()).await;
    let after = told_by_itself(&session, &id).await;
    let jid = format!("{}@s.whatsapp.net", bob.phone);
    let account = world.sandbox().get(&format!("accounts/{}", bob.phone)).await;
    let device = &account["devices"][0];
    for count in ["1", "2"] {
        let told = asks(&us, &id, "retry", json!({ "chat_jid": jid, "sender_jid": jid })).await;
        assert_eq!(told["sender_jid"], jid.as_str(), "{told}");
        let stanza = wait_until("the receipt", || async {
            let sent = receipts(&session, &id, after).await;
            let count = |stanza: &&Value| stanza["children"][0]["attrs"]["count"] == count;
            sent.iter().find(count).cloned().ok_or_else(|| format!("{sent:?}"))
        })
        .await;
        let to = &stanza["attrs"]["to"];
        assert!(*to == device["jid"] || *to == device["lid"], "to the device that wrote: {stanza}");
        assert_eq!(
            (&stanza["attrs"]["type"], &stanza["children"][0]["tag"]),
            (&json!("retry"), &json!("retry"))
        );
        assert_eq!(stanza["children"][0]["attrs"]["id"], id.as_str(), "{stanza}");
    }
    // It came again, and is told once all the same.
    wait_until("the message, once more", || async {
        let entries = world.sandbox().get(&format!("messages?id={id}")).await;
        let ours = &entries[0]["devices"][format!("{}:1", session.phone)];
        if ours["queued"].as_u64() >= Some(2) { Ok(()) } else { Err(entries.to_string()) }
    })
    .await;
    settled(&session).await;
    assert_eq!(told_of(&session, &id).await.len(), 1);
    bob.leave().await;
}
