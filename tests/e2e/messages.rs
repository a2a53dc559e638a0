//! What one does to a message that is there: edit, delete, react, forward, vote.

use std::sync::Arc;

use harness::{Peer, Session, World};
use http::Method;
use serde_json::{Value, json};
use whatsapp_rust::wacore::types::events::Event;

pub async fn a_text_is_edited_and_deleted(world: Arc<World>) {
    let us = world.organization("edit");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Ed").await;
    let sent = session.send_text(&bob.phone, "teh").await;
    let id = sent["waMessageId"].as_str().expect("an id");
    let jid = format!("{}@s.whatsapp.net", bob.phone);

    let path = session.path(&format!("/messages/{id}"));
    let edit = json!({ "chat": bob.phone, "text": "the" });
    let result = us.request(Method::PATCH, &path).json(&edit).send().await.expect(200);
    assert_eq!((&result["status"], &result["mode"]), (&json!("sent"), &json!("sync")), "{result}");
    let update = bob.message(result["waMessageId"].as_str().unwrap_or_default()).await;
    let protocol = &*update.protocol_message;
    assert_eq!(protocol.key.id.as_deref(), Some(id));
    assert_eq!(protocol.edited_message.conversation.as_deref(), Some("the"));

    let deleted = us.delete(&path).json(&json!({ "chat": jid })).send().await.expect(200);
    let update = bob.message(deleted["waMessageId"].as_str().unwrap_or_default()).await;
    assert_eq!(update.protocol_message.key.id.as_deref(), Some(id));

    // Not ours, not there, not a text.
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let theirs = bob.writes(&session.phone, "mine").await;
    events.next("message", |p| p["message_id"] == theirs.as_str()).await;
    for unknown in [theirs.as_str(), "3EB0NOTHING"] {
        let path = session.path(&format!("/messages/{unknown}"));
        us.request(Method::PATCH, &path).json(&edit).send().await.expect_error(404, "not_found");
        us.delete(&path).json(&json!({ "chat": jid })).send().await.expect_error(404, "not_found");
    }
    let place = json!({ "to": bob.phone, "latitude": 1, "longitude": 2 });
    let place = us.post(&session.path("/messages/location")).json(&place).send().await.expect(200);
    let path = session.path(&format!("/messages/{}", place["message_id"].as_str().unwrap_or_default()));
    us.request(Method::PATCH, &path).json(&edit).send().await.expect_error(400, "validation_error");
    bob.leave().await;
}

pub async fn a_message_is_reacted_to_and_voted_on(world: Arc<World>) {
    let us = world.organization("react");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Rea").await;
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let theirs = bob.writes(&session.phone, "hello").await;
    let poll = bob.asks(&session.phone, "Which?", &["red", "green", "blue"]).await;
    for id in [&theirs, &poll.id] {
        // One chat, so in order.
        events.next("message", |p| p["message_id"] == id.as_str()).await;
    }
    let path = session.path(&format!("/messages/{theirs}/reactions"));
    let body = json!({ "chat": bob.phone, "emoji": "🎉" });
    let result = us.post(&path).json(&body).send().await.expect(200);
    let reaction = bob.message(result["waMessageId"].as_str().unwrap_or_default()).await;
    assert_eq!(reaction.reaction_message.text.as_deref(), Some("🎉"));
    assert_eq!(reaction.reaction_message.key.id.as_deref(), Some(&*theirs));

    // The voter's choice as the asker's own client opens it.
    let path = session.path(&format!("/messages/{}/vote", poll.id));
    for chosen in [vec!["green", "blue"], vec!["red"], vec![]] {
        let body = json!({ "chat": bob.phone, "sender": bob.phone, "options": chosen });
        let result = us.post(&path).json(&body).send().await.expect(200);
        let id = result["waMessageId"].as_str().unwrap_or_default();
        let vote = bob.message(id).await;
        assert_eq!(bob.counts(&poll, &session.phone, &vote).await, chosen);
    }
    let wrong = json!({ "chat": bob.phone, "sender": bob.phone, "options": ["violet"] });
    us.post(&path).json(&wrong).send().await.expect_error(400, "validation_error");
    let body = json!({ "chat": bob.phone, "sender": bob.phone, "options": ["red"] });
    let path = session.path("/messages/3EB0NOTHING/vote");
    us.post(&path).json(&body).send().await.expect_error(404, "not_found");
    bob.leave().await;
}

pub async fn a_stored_message_is_forwarded_as_it_is(world: Arc<World>) {
    let us = world.organization("forward");
    let session = Session::pair(&us).await;
    let (bob, eve) = (Peer::pair(&world, "Fred").await, Peer::pair(&world, "Eve").await);
    let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==";
    let image = json!({ "to": bob.phone, "image": { "data": png }, "caption": "look" });
    let sent = us.post(&session.path("/messages/image")).json(&image).send().await.expect(200);
    let id = sent["message_id"].as_str().expect("an id");
    let original = bob.message(id).await;

    let path = session.path(&format!("/messages/{id}/forward"));
    let body = json!({ "chat": bob.phone, "to": eve.phone });
    let result = us.post(&path).json(&body).send().await.expect(200);
    let copy = eve.message(result["waMessageId"].as_str().unwrap_or_default()).await;
    let (was, is) = (&*original.image_message, &*copy.image_message);
    assert_eq!(
        (&is.direct_path, &is.media_key, &is.caption),
        (&was.direct_path, &was.media_key, &was.caption)
    );
    assert_eq!(is.context_info.is_forwarded, Some(true));
    assert_eq!(eve.download(&copy).await, bob.download(&original).await);
    let account = world.sandbox().get(&format!("accounts/{}", session.phone)).await;
    assert_eq!(account["media"]["uploads"], 1, "the file was not uploaded again");

    // Somebody else's message, too.
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let theirs = bob.writes(&session.phone, "tell her").await;
    events.next("message", |p| p["message_id"] == theirs.as_str()).await;
    let path = session.path(&format!("/messages/{theirs}/forward"));
    let result = us.post(&path).json(&body).send().await.expect(200);
    let heard = eve.hears_id(result["waMessageId"].as_str().unwrap_or_default()).await;
    assert_eq!(heard.text, "tell her");
    let path = session.path("/messages/3EB0NOTHING/forward");
    us.post(&path).json(&body).send().await.expect_error(404, "not_found");
    bob.leave().await;
    eve.leave().await;
}

pub async fn what_was_read_is_told_to_its_writer(world: Arc<World>) {
    let us = world.organization("read");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Rita").await;
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let theirs = bob.writes(&session.phone, "did you see?").await;
    events.next("message", |p| p["message_id"] == theirs.as_str()).await;
    let body = json!({ "chat_jid": bob.phone, "message_ids": [theirs] });
    let answer: Value = us.post(&session.path("/messages/read")).json(&body).send().await.expect(200);
    assert_eq!(answer["message_id"], theirs.as_str());
    bob.event("the read receipt", |event| {
        let Event::Receipt(receipt) = event else { return None };
        let read = format!("{:?}", receipt.r#type) == "Read";
        (read && receipt.message_ids.contains(&theirs)).then_some(())
    })
    .await;
    bob.leave().await;
}
