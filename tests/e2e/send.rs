//! A text on its way out.

use std::sync::Arc;

use harness::{Peer, Session, World, wait_until};
use serde_json::{Value, json};

pub async fn a_sync_text_is_decrypted_exactly_as_it_was_sent(world: Arc<World>) {
    let us = world.organization("sync");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bob").await;
    for text in ["Hello", "  two\nlines\t", "Grüße, 世界 👩‍👩‍👧 \u{202e}\u{0}", &"long ".repeat(800)]
    {
        let before = now_ms();
        let result = session.send_text(&bob.phone, text).await;
        assert_eq!((&result["mode"], &result["replayed"]), (&json!("sync"), &json!(false)), "{result}");
        assert!(result["outboxId"].is_string(), "{result}");
        let at = result["timestamp"].as_i64().expect("a timestamp");
        assert!((before - 5_000..=now_ms() + 5_000).contains(&at), "unix ms: {result}");
        let heard = bob.hears_id(result["waMessageId"].as_str().expect("a message id")).await;
        assert_eq!(heard.text, text);
    }
    bob.leave().await;
}

pub async fn an_async_text_is_queued_then_sent(world: Arc<World>) {
    let us = world.organization("async");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bert").await;
    let mut events = us.events(&format!("?session={}&events=message.status", session.id)).await;
    let body = json!({ "to": format!("+{}", bob.phone), "type": "text", "text": "in a while" });
    let queued = us.post(&session.path("/messages?async=true")).json(&body).send().await.expect(202);
    assert_eq!((&queued["mode"], &queued["status"]), (&json!("async"), &json!("queued")), "{queued}");
    let id = queued["waMessageId"].as_str().expect("the id is final at once");

    assert_eq!(bob.hears_id(id).await.text, "in a while");
    let sent = events.next("message.status", |p| p["message_id"] == id && p["status"] == "sent").await;
    assert_eq!(sent["payload"]["outbox_id"], queued["outboxId"]);
    let outbox = outbox(&us, &queued["outboxId"]).await;
    assert_eq!((&outbox["status"], &outbox["waMessageId"]), (&json!("sent"), &json!(id)), "{outbox}");
    bob.leave().await;
}

pub async fn the_route_per_kind_answers_in_its_own_shape(world: Arc<World>) {
    let us = world.organization("kinds");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Ben").await;
    let body = json!({ "to": bob.phone, "text": "Hello!" });
    let jid = format!("{}@s.whatsapp.net", bob.phone);

    let sent = us.post(&session.path("/messages/text")).json(&body).send().await.expect(200);
    assert_eq!(keys(&sent), ["message_id", "timestamp", "to"], "{sent}");
    assert_eq!(sent["to"], jid.as_str());
    let seconds = sent["timestamp"].as_i64().expect("a timestamp");
    assert!((now_ms() / 1000 - 60..=now_ms() / 1000 + 60).contains(&seconds), "unix seconds: {sent}");
    assert_eq!(bob.hears_id(sent["message_id"].as_str().unwrap_or_default()).await.text, "Hello!");

    let queued = us.post(&session.path("/messages/text?async=true")).json(&body).send().await.expect(202);
    assert_eq!(keys(&queued), ["message_id", "outbox_id", "status", "to"], "{queued}");
    assert_eq!((&queued["status"], &queued["to"]), (&json!("queued"), &json!(jid)), "{queued}");
    bob.hears_id(queued["message_id"].as_str().unwrap_or_default()).await;
    bob.leave().await;
}

pub async fn an_idempotency_key_sends_once(world: Arc<World>) {
    let (us, others) = (world.organization("idem"), world.organization("idem-others"));
    let (session, theirs) = (Session::pair(&us).await, Session::pair(&others).await);
    let bob = Peer::pair(&world, "Bill").await;
    let body = json!({ "to": bob.phone, "type": "text", "text": "once" });
    let send = |who: &Session, body: &Value| {
        let request = who.owner.post(&who.path("/messages")).header("idempotency-key", "order-17");
        request.json(body).send()
    };

    let first = send(&session, &body).await.expect(200);
    let second = send(&session, &body).await.expect(200);
    assert_eq!((&first["replayed"], &second["replayed"]), (&json!(false), &json!(true)));
    for field in ["outboxId", "waMessageId", "status", "timestamp"] {
        assert_eq!(first[field], second[field], "{field}");
    }
    let other = json!({ "to": bob.phone, "type": "text", "text": "twice" });
    send(&session, &other).await.expect_error(409, "conflict");
    // The key is the organization's: another one's use of it is another send.
    let elsewhere = send(&theirs, &body).await.expect(200);
    assert_ne!(elsewhere["waMessageId"], first["waMessageId"]);

    // Many at once, while the first still runs.
    let body = json!({ "to": bob.phone, "type": "text", "text": "at once" });
    let at_once = futures::future::join_all((0..8).map(|_| {
        let request = us.post(&session.path("/messages")).header("idempotency-key", "order-18");
        request.json(&body).send()
    }));
    let replies: Vec<Value> = at_once.await.iter().map(|reply| reply.expect(200)).collect();
    assert!(replies.iter().all(|r| r["waMessageId"] == replies[0]["waMessageId"]), "{replies:#?}");
    assert_eq!(replies.iter().filter(|r| r["replayed"] == false).count(), 1, "{replies:#?}");

    bob.hears("at once").await;
    for sent in [&first, &replies[0]] {
        let id = sent["waMessageId"].as_str().expect("an id");
        assert_eq!(world.sandbox().times_seen(id).await, 1);
    }
    bob.leave().await;
}

pub async fn receipts_come_back_as_message_status(world: Arc<World>) {
    let us = world.organization("receipts");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bud").await;
    let mut events = us.events(&format!("?session={}&events=message.status", session.id)).await;
    let sent = session.send_text(&bob.phone, "have you seen it?").await;
    let id = sent["waMessageId"].as_str().expect("an id");
    let of = |status: &'static str| move |p: &Value| p["message_id"] == id && p["status"] == status;
    events.next("message.status", of("sent")).await;
    let delivered = events.next("message.status", of("delivered")).await["payload"].clone();
    assert_eq!(delivered["outbox_id"], sent["outboxId"]);
    let heard = bob.hears_id(id).await;
    bob.reads(&heard).await;
    let read = events.next("message.status", of("read")).await["payload"].clone();
    assert!(read["timestamp"].as_i64() >= delivered["timestamp"].as_i64(), "{read} after {delivered}");
    bob.leave().await;
}

pub async fn a_refused_text_says_so(world: Arc<World>) {
    let us = world.organization("refused");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bo").await;
    let mut events = us.events(&format!("?session={}&events=message.status", session.id)).await;
    let nack = json!({ "phone": session.phone, "nack": { "error": 463, "count": 1 } });
    world.sandbox().post("faults", nack).await;
    let body = json!({ "to": bob.phone, "type": "text", "text": "no" });
    let reply = us.post(&session.path("/messages")).json(&body).send().await;
    let error = reply.expect_error(422, "recipient_unavailable");
    assert_eq!(error["details"]["ack_error"], 463, "{error}");
    let failed = events.next("message.status", |p| p["status"] == "failed").await["payload"].clone();
    assert!(failed["error"].is_object(), "{failed}");
    // The refusal was for that message; the session is as good as before.
    session.send_text(&bob.phone, "yes").await;
    bob.leave().await;
}

pub async fn a_reply_quotes(world: Arc<World>) {
    let us = world.organization("reply");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bart").await;
    let question = bob.writes(&session.phone, "when?").await;
    let body = json!({ "to": bob.phone, "type": "text", "text": "now", "replyTo": question });
    let sent = us.post(&session.path("/messages")).json(&body).send().await.expect(200);
    let heard = bob.hears_id(sent["waMessageId"].as_str().unwrap_or_default()).await;
    assert_eq!((heard.text.as_str(), heard.quoted), ("now", Some(question)));
    bob.leave().await;
}

async fn outbox(us: &harness::Organization, id: &Value) -> Value {
    let path = format!("/api/v1/outbox/{}", id.as_str().expect("an outbox id"));
    wait_until("the outcome", || async {
        let outcome = us.get(&path).send().await.expect(200);
        if outcome["status"] == "queued" { Err(outcome.to_string()) } else { Ok(outcome) }
    })
    .await
}

fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_millis() as i64
}
