//! What becomes of a message later, as the clients of its recipient and of its sender see it.

use std::sync::Arc;

use edgewire_contract::fault::FaultCode;
use harness::{Peer, Session, World, wait_until};
use http::Method;
use serde_json::json;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::waproto::whatsapp as wa;

use super::{ask, bad_fields, is_time, jid, post, refused, text};

/// What `peer` was told of the message `id`: its edit, its deletion.
async fn told_of(
    peer: &Peer,
    what: &str,
    id: &str,
    kind: wa::message::protocol_message::Type,
) -> Arc<wa::Message> {
    let pick = |event: &Event| {
        let Event::Messages(batch) = event else { return None };
        let about = |message: &wa::Message| {
            let protocol = message.protocol_message.as_option()?;
            (protocol.key.id.as_deref() == Some(id) && protocol.r#type == Some(kind)).then_some(())
        };
        batch.iter().find(|inbound| about(&inbound.message).is_some()).map(|inbound| inbound.message.clone())
    };
    peer.event(what, pick).await
}

pub async fn a_sent_text_is_edited_and_deleted(world: Arc<World>) {
    let us = world.organization("dev-edit");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Edda").await;
    let body = json!({ "number": bob.phone, "text": "teh" });
    let sent = post(&us, "/send/text", &body).await.expect(200);
    let id = text(&sent, "message_id");
    assert_eq!(bob.hears_id(id).await.text, "teh");

    let path = format!("/messages/{id}");
    let edit = json!({ "to": bob.phone, "message": "the" });
    let told = ask(&us, Method::PUT, &path).json(&edit).send().await.expect(200);
    is_time(&told["timestamp"]);
    let expected =
        json!({ "success": true, "message_id": id, "timestamp": told["timestamp"], "message": "the" });
    assert_eq!(told, expected);
    let update = told_of(&bob, "the edit", id, wa::message::protocol_message::Type::MESSAGE_EDIT).await;
    assert_eq!(update.protocol_message.edited_message.conversation.as_deref(), Some("the"));

    let delete = json!({ "chat_jid": jid(&bob.phone), "deleteType": "for_everyone" });
    let told = ask(&us, Method::DELETE, &path).json(&delete).send().await.expect(200);
    is_time(&told["timestamp"]);
    assert_eq!(told, json!({ "success": true, "message_id": id, "timestamp": told["timestamp"] }));
    told_of(&bob, "the deletion", id, wa::message::protocol_message::Type::REVOKE).await;

    // Not ours, not there, not a text.
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    let theirs = bob.writes(&session.phone, "mine").await;
    events.next("message", |p| p["message_id"] == theirs.as_str()).await;
    for unknown in [theirs.as_str(), "3EB0NOTHING", "a%20b"] {
        let reply = ask(&us, Method::PUT, &format!("/messages/{unknown}")).json(&edit).send().await;
        refused(&reply, FaultCode::NotFound);
    }
    let reply = ask(&us, Method::DELETE, &path).json(&json!({ "deleteType": "for_all" })).send().await;
    bad_fields(&reply, &["chat_jid", "deleteType"]);
    bob.leave().await;
}

pub async fn what_is_deleted_for_me_is_only_gone_here(world: Arc<World>) {
    let us = world.organization("dev-mine");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Mina").await;
    // The account's phone and its other devices know what is deleted for it.
    let other = Peer::pair_with(&world, &session.phone, "Ours").await;
    let body = json!({ "number": bob.phone, "text": "oops" });
    let sent = post(&us, "/send/text", &body).await.expect(200);
    let id = text(&sent, "message_id");
    bob.hears_id(id).await;

    let delete = json!({ "chat_jid": jid(&bob.phone), "deleteType": "for_me" });
    let path = format!("/messages/{id}");
    let told = wait_until("the account's keys", || async {
        let reply = ask(&us, Method::DELETE, &path).json(&delete).send().await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(reply.text()) }
    })
    .await;
    is_time(&told["timestamp"]);
    assert_eq!(told, json!({ "success": true, "message_id": id, "timestamp": told["timestamp"] }));
    let (chat, ours) = other
        .event("the deletion", |event| match event {
            Event::DeleteMessageForMeUpdate(gone) if gone.message_id == id => {
                Some((gone.chat_jid.to_string(), gone.from_me))
            }
            _ => None,
        })
        .await;
    assert_eq!((chat, ours), (jid(&bob.phone), true));
    // Of what comes in order, bob has seen all by now.
    let body = json!({ "number": bob.phone, "text": "that is all" });
    post(&us, "/send/text", &body).await.expect(200);
    bob.hears("that is all").await;
    assert!(bob.all_heard().iter().any(|heard| heard.id == id && heard.text == "oops"));
    assert!(!bob.was_told_of(id), "the recipient is told nothing");

    us.post(&session.path("/disconnect")).send().await.expect(200);
    session.wait_for_status("stopped").await;
    let reply = ask(&us, Method::DELETE, &path).json(&delete).send().await;
    refused(&reply, FaultCode::SessionNotConnected);
    other.leave().await;
    bob.leave().await;
}
