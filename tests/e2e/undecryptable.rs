//! Messages that cannot be read: told as such, and as messages once they can be.

use std::sync::Arc;

use harness::{Session, World};
use serde_json::{Value, json};

use crate::contact::{Contact, receipt, settled, told_of};

/// The kinds of the session's events about the message `id`, in order.
async fn kinds(session: &Session, id: &str) -> Vec<String> {
    let told = told_of(session, id).await;
    told.iter().map(|event| event["event"].as_str().unwrap_or_default().to_owned()).collect()
}

pub async fn what_was_damaged_is_sent_again(world: Arc<World>) {
    let us = world.organization("damaged");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}", session.id)).await;
    let group = ada.makes_group("Club", &[&session.phone]).await;
    for to in [&session.phone, &group] {
        let id = ada.sends(json!({ "to": to, "text": "at last", "trouble": "broken" })).await;
        let told = events.next("message.undecryptable", |p| p["message_id"] == id.as_str()).await;
        let told = &told["payload"];
        assert_eq!(
            (&told["reason"], &told["will_retry"]),
            (&json!("decryption_failed"), &json!(true)),
            "{told}"
        );
        assert_eq!((&told["from"], &told["from_phone"]), (&json!(ada.jid), &json!(ada.phone)), "{told}");
        assert_eq!(told["is_group"], json!(to == &group), "{told}");
        let asked = receipt(&session, &id, 0, Some("retry")).await;
        assert_eq!(asked["children"][0]["attrs"]["count"], "1", "{asked}");
        let message = events.next("message", |p| p["message_id"] == id.as_str()).await;
        assert_eq!(message["payload"]["text"], "at last");
        settled(&session).await;
        assert_eq!(kinds(&session, &id).await, ["message.undecryptable", "message"]);
        let kept = us.get(&session.path(&format!("/messages/{id}"))).send().await.expect(200);
        assert_eq!((&kept["message"]["type"], &kept["message"]["text"]), (&json!("text"), &json!("at last")));
    }
}

pub async fn what_only_the_phone_was_given_comes_from_it(world: Arc<World>) {
    let us = world.organization("withheld");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}", session.id)).await;
    let id = ada.sends(json!({ "to": session.phone, "text": "for phones", "trouble": "unavailable" })).await;
    let told = events.next("message.undecryptable", |p| p["message_id"] == id.as_str()).await;
    assert_eq!(told["payload"]["reason"], "unavailable", "{told}");
    let message = events.next("message", |p| p["message_id"] == id.as_str()).await;
    assert_eq!(
        (&message["payload"]["text"], &message["payload"]["from"]),
        (&json!("for phones"), &json!(ada.jid))
    );
    settled(&session).await;
    assert_eq!(kinds(&session, &id).await, ["message.undecryptable", "message"]);
}

pub async fn what_is_to_be_seen_once_stays_on_the_phone(world: Arc<World>) {
    let us = world.organization("once");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}", session.id)).await;
    let trouble = "unavailable_view_once";
    let id = ada.sends(json!({ "to": session.phone, "text": "look", "trouble": trouble })).await;
    let told = events.next("message.undecryptable", |p| p["message_id"] == id.as_str()).await;
    assert_eq!(
        (&told["payload"]["reason"], &told["payload"]["will_retry"]),
        (&json!("view_once"), &json!(false))
    );
    // In one chat, so in order: what comes after it is there.
    let next = ada.writes(&session.phone, "did you?").await;
    events.next("message", |p| p["message_id"] == next.as_str()).await;
    settled(&session).await;
    assert_eq!(kinds(&session, &id).await, ["message.undecryptable"]);
    let kept = us.get(&session.path(&format!("/messages/{id}"))).send().await.expect(200);
    assert_eq!((&kept["message"]["type"], &kept["message"]["text"]), (&json!("undecryptable"), &Value::Null));
}

pub async fn who_does_not_answer_is_asked_on_request(world: Arc<World>) {
    let us = world.organization("silent");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}", session.id)).await;
    world.sandbox().post("faults", json!({ "phone": ada.phone, "resend": "silent" })).await;
    let id = ada.sends(json!({ "to": session.phone, "text": "again?", "trouble": "broken" })).await;
    events.next("message.undecryptable", |p| p["message_id"] == id.as_str()).await;
    receipt(&session, &id, 0, Some("retry")).await;
    settled(&session).await;
    assert_eq!(kinds(&session, &id).await, ["message.undecryptable"]);

    world.sandbox().post("faults", json!({ "phone": ada.phone, "resend": "works" })).await;
    let request = us.post(&format!("/messages/{id}/retry")).bearer(&us.user_token);
    let told = request.json(&json!({ "chat_jid": ada.jid, "sender_jid": ada.jid })).send().await.expect(200);
    assert_eq!(told["receipt_type"], "retry", "{told}");
    let message = events.next("message", |p| p["message_id"] == id.as_str()).await;
    assert_eq!(message["payload"]["text"], "again?");
    settled(&session).await;
    assert_eq!(kinds(&session, &id).await, ["message.undecryptable", "message"]);
}
