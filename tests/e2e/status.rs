//! How far a message has come, by each of the ways in which one can ask: both families' routes, and events.

use std::sync::Arc;

use harness::{Session, World};
use serde_json::{Value, json};

use crate::contact::{Contact, all_events, settled};

/// What the Device API says of a message.
async fn status(session: &Session, id: &str) -> Value {
    let us = &session.owner;
    let told = us.get(&format!("/messages/{id}/status")).bearer(&us.user_token).send().await.expect(200);
    assert_eq!((&told["success"], &told["message_id"]), (&json!(true), &json!(id)), "{told}");
    told
}

/// What the Sessions API says of it.
async fn message(session: &Session, id: &str) -> Value {
    session.owner.get(&session.path(&format!("/messages/{id}"))).send().await.expect(200)["message"].clone()
}

/// The names of the statuses that events told of it, in order.
async fn statuses(session: &Session, id: &str) -> Vec<String> {
    let all = all_events(session).await;
    let of = all.iter().filter(|it| it["event"] == "message.status" && it["payload"]["message_id"] == id);
    of.map(|it| it["payload"]["status"].as_str().unwrap_or_default().to_owned()).collect()
}

/// RFC 3339 as unix milliseconds, to the second.
fn ms(time: &Value) -> i64 {
    let text = time.as_str().unwrap_or_else(|| panic!("{time} is no time"));
    let part = |from: usize, to: usize| text[from..to].parse::<i64>().expect("digits");
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    // The days before a month, counted from March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    ((days * 24 + part(11, 13)) * 60 + part(14, 16)) * 60_000 + part(17, 19) * 1000
}

pub async fn a_status_only_goes_forward(world: Arc<World>) {
    let us = world.organization("status");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}&events=message.status", session.id)).await;
    let body = json!({ "to": ada.phone, "type": "text", "text": "how far?" });
    let queued = us.post(&session.path("/messages?async=true")).json(&body).send().await.expect(202);
    let id = queued["waMessageId"].as_str().expect("an id");
    let of = |status: &'static str| move |p: &Value| p["message_id"] == id && p["status"] == status;
    events.next("message.status", of("queued")).await;
    events.next("message.status", of("sent")).await;
    let told = status(&session, id).await;
    assert_eq!((&told["status"], &told["chat_jid"]), (&json!("pending"), &json!(ada.jid)), "{told}");
    assert_eq!((&told["is_group"], &told["delivered_at"]), (&json!(false), &Value::Null), "{told}");
    let kept = message(&session, id).await;
    assert_eq!((&kept["status"], &kept["deliveredAt"]), (&json!("sent"), &Value::Null), "{kept}");
    assert!(kept["sentAt"].is_i64(), "{kept}");
    assert_eq!((&kept["outboxId"], &kept["text"]), (&queued["outboxId"], &json!("how far?")), "{kept}");

    ada.has_decrypted(id, 1).await;
    let mut reached = Vec::new();
    for (receipt, name) in [("delivery", "delivered"), ("read", "read"), ("played", "played")] {
        ada.tells(receipt, &[id]).await;
        let event = events.next("message.status", of(name)).await["payload"].clone();
        let at = event["timestamp"].as_i64().expect("a time");
        assert_eq!((&event["participant"], &event["outbox_id"]), (&json!(ada.jid), &queued["outboxId"]));
        let told = status(&session, id).await;
        assert_eq!((told["status"].as_str(), ms(&told[format!("{name}_at")])), (Some(name), at), "{told}");
        let kept = message(&session, id).await;
        assert_eq!((&kept["status"], &kept[format!("{name}At")]), (&json!(name), &json!(at)), "{kept}");
        reached.push(kept);
        // What is late changes nothing: it was delivered before.
        ada.tells("delivery", &[id]).await;
        settled(&session).await;
        assert_eq!(message(&session, id).await, reached[reached.len() - 1]);
    }
    assert_eq!(reached[2]["deliveredAt"], reached[0]["deliveredAt"]);
    assert_eq!(statuses(&session, id).await, ["queued", "sent", "delivered", "read", "played"]);
}

pub async fn what_was_read_was_delivered(world: Arc<World>) {
    let us = world.organization("status-read");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}&events=message.status", session.id)).await;
    let sent = session.send_text(&ada.phone, "read at once").await;
    let id = sent["waMessageId"].as_str().expect("an id");
    ada.has_decrypted(id, 1).await;
    ada.tells("read", &[id]).await;
    events.next("message.status", |p| p["message_id"] == id && p["status"] == "read").await;
    let told = status(&session, id).await;
    assert_eq!((&told["status"], &told["played_at"]), (&json!("read"), &Value::Null), "{told}");
    assert!(told["delivered_at"].is_string() && told["delivered_at"] == told["read_at"], "{told}");
    ada.tells("delivery", &[id]).await;
    settled(&session).await;
    assert_eq!(status(&session, id).await, told);
    assert_eq!(statuses(&session, id).await, ["sent", "read"]);
}

pub async fn what_whatsapp_refuses_has_failed(world: Arc<World>) {
    let us = world.organization("status-failed");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}&events=message.status", session.id)).await;
    let nack = json!({ "phone": session.phone, "nack": { "error": 463, "count": 1 } });
    world.sandbox().post("faults", nack).await;
    let body = json!({ "to": ada.phone, "type": "text", "text": "no" });
    let queued = us.post(&session.path("/messages?async=true")).json(&body).send().await.expect(202);
    let id = queued["waMessageId"].as_str().expect("an id");
    let failed = events.next("message.status", |p| p["message_id"] == id && p["status"] == "failed").await;
    let error = &failed["payload"]["error"];
    assert_eq!(
        (&error["code"], &error["details"]["ack_error"]),
        (&json!("recipient_unavailable"), &json!(463))
    );
    let why = error["message"].as_str().expect("a reason");
    assert!(why.contains("WhatsApp") && why.len() > 20, "a sentence for people: {why}");
    let told = status(&session, id).await;
    assert_eq!((&told["status"], &told["delivered_at"]), (&json!("failed"), &Value::Null), "{told}");
    assert_eq!((&told["error"], &told["ack_error"]), (&json!(why), &json!(463)), "{told}");
    assert!(told["error_code"].is_string(), "{told}");
    let kept = message(&session, id).await;
    assert_eq!((&kept["status"], &kept["error"]), (&json!("failed"), error), "{kept}");
    assert_eq!(statuses(&session, id).await, ["queued", "failed"]);
    assert!(ada.decrypted(id).await.is_empty());
}

pub async fn a_groups_status_is_its_first_members(world: Arc<World>) {
    let us = world.organization("status-group");
    let session = Session::pair(&us).await;
    let (ada, bea) = (Contact::new(&world, "Ada").await, Contact::new(&world, "Bea").await);
    let group = ada.makes_group("Club", &[&bea.phone, &session.phone]).await;
    let mut events = us.events(&format!("?session={}&events=message.status", session.id)).await;
    let sent = session.send_text(&group, "who is here?").await;
    let id = sent["waMessageId"].as_str().expect("an id");
    let of = |status: &'static str| move |p: &Value| p["message_id"] == id && p["status"] == status;
    ada.has_decrypted(id, 1).await;
    ada.tells("delivery", &[id]).await;
    let delivered = events.next("message.status", of("delivered")).await["payload"].clone();
    assert_eq!((&delivered["participant"], &delivered["chat"]), (&json!(ada.jid), &json!(group)));
    let at = delivered["timestamp"].as_i64().expect("a time");
    // Bea's comes a hundred seconds later.
    let later = json!({
        "id": id, "from": group, "participant": bea.lid, "t": (at / 1000 + 100).to_string(),
    });
    let receipt = json!({ "to": session.phone, "stanza": { "tag": "receipt", "attrs": later } });
    world.sandbox().post("stanzas", receipt).await;
    settled(&session).await;
    let kept = message(&session, id).await;
    assert_eq!((&kept["deliveredAt"], &kept["isGroup"]), (&json!(at), &json!(true)), "{kept}");
    bea.tells("read", &[id]).await;
    let read = events.next("message.status", of("read")).await["payload"].clone();
    assert_eq!(read["participant"], bea.jid.as_str());
    let told = status(&session, id).await;
    assert_eq!((&told["is_group"], &told["chat_jid"]), (&json!(true), &json!(group)), "{told}");
    assert_eq!(
        (ms(&told["delivered_at"]), ms(&told["read_at"])),
        (at, read["timestamp"].as_i64().unwrap_or(0))
    );
    assert_eq!(statuses(&session, id).await, ["sent", "delivered", "read"]);
}

pub async fn a_message_is_found_by_number_and_by_lid(world: Arc<World>) {
    let us = world.organization("status-lid");
    let session = Session::pair(&us).await;
    let (ada, bea) = (Contact::new(&world, "Ada").await, Contact::new(&world, "Bea").await);
    let mut events = us.events(&format!("?session={}&events=message,message.status", session.id)).await;
    let mut ids = Vec::new();
    for to in [&ada.phone, &ada.jid, &ada.lid] {
        let sent = session.send_text(to, "which of you?").await;
        let id = sent["waMessageId"].as_str().expect("an id").to_owned();
        ada.has_decrypted(&id, 1).await;
        ada.tells("delivery", &[&id]).await;
        let delivered = |p: &Value| p["message_id"] == id.as_str() && p["status"] == "delivered";
        events.next("message.status", delivered).await;
        assert_eq!(status(&session, &id).await["status"], "delivered");
        ids.push(id);
    }
    for addressing in ["pn", "lid"] {
        let body = json!({ "to": session.phone, "text": "me", "addressing": addressing });
        let id = ada.sends(body).await;
        let event = events.next("message", |p| p["message_id"] == id.as_str()).await["payload"].clone();
        assert_eq!((&event["chat"], &event["chat_lid"]), (&json!(ada.jid), &json!(ada.lid)), "{event}");
        ids.push(id);
    }
    for id in &ids {
        for chat in [&ada.jid, &ada.lid, &ada.phone] {
            let path = session.path(&format!("/messages/{id}?chat={chat}"));
            let found = us.get(&path).send().await.expect(200);
            assert_eq!(found["message"]["messageId"], id.as_str(), "{found}");
        }
        for chat in [&bea.jid, &bea.lid] {
            let path = session.path(&format!("/messages/{id}?chat={chat}"));
            us.get(&path).send().await.expect_error(404, "not_found");
        }
    }
    // It is one chat, whichever way it was written to.
    for chat in [&ada.jid, &ada.lid] {
        let page = us.get(&session.path(&format!("/chats/{chat}/messages"))).send().await.expect(200);
        assert_eq!(page["data"].as_array().map(Vec::len), Some(ids.len()), "{page}");
    }
}
