//! The files of messages that came in: from the cache, from WhatsApp, from their sender once more.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::{Session, World, wait_until};
use serde_json::{Value, json};

fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// A contact that sends documents.
struct Contact {
    phone: String,
}

impl Contact {
    async fn new(world: &World) -> Self {
        let phone = format!("49163{:07}", world.next_number());
        world.sandbox().contact(&phone, "Filer").await;
        Self { phone }
    }

    async fn sends(&self, world: &World, to: &str, bytes: &[u8]) -> String {
        let media = json!({
            "kind": "document", "base64": BASE64_STANDARD.encode(bytes), "mimetype": "application/pdf",
            "file_name": "a b.pdf",
        });
        let sent = world
            .sandbox()
            .post(&format!("accounts/{}/send", self.phone), json!({ "to": to, "media": media }))
            .await;
        sent["message_id"].as_str().expect("an id").to_owned()
    }
}

pub async fn a_received_file_is_given_in_whole_and_in_part(world: Arc<World>) {
    let us = world.organization("files-in");
    let session = Session::pair(&us).await;
    let contact = Contact::new(&world).await;
    let mut live = us.events(&format!("?session={}&events=message", session.id)).await;
    let bytes = noise(700_001);
    let id = contact.sends(&world, &session.phone, &bytes).await;
    let event = live.next("message", |p| p["message_id"] == id.as_str()).await["payload"].clone();
    assert_eq!(
        (&event["media"]["kind"], &event["media"]["file_name"]),
        (&json!("document"), &json!("a b.pdf"))
    );
    let path = session.path(&format!("/messages/{id}/media"));
    let whole = us.get(&path).send().await;
    assert_eq!((whole.status, whole.body == bytes), (200, true), "{}", whole.status);
    assert_eq!(whole.headers["content-type"], "application/pdf");
    assert_eq!(whole.headers["content-disposition"], "attachment; filename*=UTF-8''a%20b.pdf");
    let etag = whole.headers["etag"].to_str().expect("an ETag").to_owned();
    assert_eq!(etag, format!("\"{}\"", event["media"]["file_sha256"].as_str().expect("a hash")));
    let part = us.get(&path).header("range", "bytes=262140-262150").send().await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[262_140..=262_150]));
    assert_eq!(us.get(&path).header("if-none-match", &etag).send().await.status, 304);
    // It was got once, and is warm for the Device API too.
    let account = world.sandbox().get(&format!("accounts/{}", session.phone)).await;
    assert_eq!(account["media"]["downloads"], 1, "{account}");
    let device = us.get(&format!("/messages/{id}/media")).send().await;
    assert_eq!((device.status, device.body == bytes), (200, true));
}

pub async fn a_file_that_was_changed_on_its_way_is_refused(world: Arc<World>) {
    let us = world.organization("files-bad");
    let session = Session::pair(&us).await;
    let contact = Contact::new(&world).await;
    let mut live = us.events(&format!("?session={}&events=message", session.id)).await;
    let id = contact.sends(&world, &session.phone, &noise(5_000)).await;
    live.next("message", |p| p["message_id"] == id.as_str()).await;
    world.sandbox().post("media/tamper", json!({ "id": id })).await;
    let path = session.path(&format!("/messages/{id}/media"));
    let reply = us.get(&path).send().await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (502, &json!("media_fetch_failed")),
        "{}",
        reply.text()
    );
    // Nothing of it was kept.
    world.sandbox().post("media/restore", json!({ "id": id })).await;
    assert_eq!(us.get(&path).send().await.status, 200);
}

pub async fn a_file_that_is_gone_is_asked_for_at_its_sender(world: Arc<World>) {
    let us = world.organization("files-gone");
    let session = Session::pair(&us).await;
    let contact = Contact::new(&world).await;
    let mut live = us.events(&format!("?session={}", session.id)).await;
    let bytes = noise(5_000);
    let id = contact.sends(&world, &session.phone, &bytes).await;
    live.next("message", |p| p["message_id"] == id.as_str()).await;
    world.sandbox().post("media/expire", json!({ "id": id })).await;
    let path = session.path(&format!("/messages/{id}/media"));
    let reply = us.get(&path).send().await;
    assert_eq!((reply.status, &reply.json()["status"]), (202, &json!("retry_requested")), "{}", reply.text());
    let event = live.next("media.retry", |p: &Value| p["message_id"] == id.as_str()).await;
    assert_eq!(event["payload"]["status"], "available", "{event}");
    wait_until("the file to be there", || async {
        let reply = us.get(&path).send().await;
        if reply.status == 200 && reply.body == bytes { Ok(()) } else { Err(reply.status.to_string()) }
    })
    .await;
}
