//! Events pushed to the integrator's own server. This file: what a delivery is; `webhooks/routes.rs`: the routes.

mod routes;

use std::sync::Arc;

use harness::sink::Delivery;
use harness::{Organization, Session, WebhookSink, World};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::{Sha256, Sha512};

pub use self::routes::*;

const SECRET: &str = "a shared secret";

pub async fn a_text_reaches_the_webhook_signed(world: Arc<World>) {
    let us = world.organization("hook");
    let sink = WebhookSink::open().await;
    let session = pair_with_webhook(&us, &sink).await;
    let contact = format!("49165{:07}", world.next_number());
    world.sandbox().contact(&contact, "Hanna").await;
    let id = world.sandbox().write(&contact, &session.phone, "Grüße 👋").await;

    let delivery = sink.wait("the message", |d| d.event["payload"]["message_id"] == id.as_str()).await;
    assert_eq!(delivery.event["event"], "message");
    assert_eq!(delivery.event["payload"]["text"], "Grüße 👋");
    assert_eq!(delivery.header("content-type"), "application/json");
    assert_eq!(delivery.header("x-webhook-request-id"), delivery.event["id"].as_str().unwrap_or_default());
    assert_signed(&delivery);
    // Only what was asked for: the session's own changes were not.
    assert!(sink.deliveries().iter().all(|d| d.event["event"] == "message"), "{:#?}", sink.deliveries());
}

pub async fn a_failed_delivery_comes_again(world: Arc<World>) {
    let us = world.organization("hook-again");
    let sink = WebhookSink::open().await;
    let session = pair_with_webhook(&us, &sink).await;
    let contact = format!("49166{:07}", world.next_number());
    world.sandbox().contact(&contact, "Hugo").await;
    sink.answer_next(&[500, 503]);
    let first = world.sandbox().write(&contact, &session.phone, "first").await;
    let second = world.sandbox().write(&contact, &session.phone, "second").await;

    let taken = |d: &Delivery, id: &str| d.event["payload"]["message_id"] == id && d.answered == 204;
    sink.wait("the first, taken", |d| taken(d, &first)).await;
    sink.wait("the second, taken", |d| taken(d, &second)).await;
    let deliveries = sink.deliveries();
    let order: Vec<(&str, u16)> = deliveries
        .iter()
        .map(|d| (d.event["payload"]["text"].as_str().unwrap_or_default(), d.answered))
        .collect();
    assert_eq!(order, [("first", 500), ("first", 503), ("first", 204), ("second", 204)]);
    let ids: Vec<&str> = deliveries[..3].iter().map(|d| d.header("x-webhook-request-id")).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "a repetition is known by its id: {ids:?}");
    deliveries.iter().for_each(assert_signed);
}

async fn pair_with_webhook(us: &Organization, sink: &WebhookSink) -> Session {
    let world = &us.world;
    let number = world.next_number();
    let id = format!("hooked{number}");
    let webhook = json!({ "url": sink.url, "events": ["message"], "secret": SECRET });
    let made = us.post("/api/v1/sessions").json(&json!({ "id": id, "webhook": webhook })).send().await;
    let made = made.expect(201);
    assert!(!made.to_string().contains(SECRET), "a secret is never given back: {made}");
    let session = Session { owner: us.clone(), id, phone: format!("49167{number:07}") };
    session.scan().await;
    session.wait_for_status("connected").await;
    session
}

/// Both schemes, over the body as it came.
fn assert_signed(delivery: &Delivery) {
    let mut mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(&delivery.body);
    assert_eq!(delivery.header("x-webhook-hmac-algorithm"), "sha512");
    assert_eq!(delivery.header("x-webhook-hmac"), hex(&mac.finalize().into_bytes()));

    let timestamp = delivery.header("x-webhook-timestamp");
    assert!(timestamp.parse::<i64>().is_ok(), "{:?}", delivery.headers);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(&delivery.body);
    let signature = format!("sha256={}", hex(&mac.finalize().into_bytes()));
    assert_eq!(delivery.header("x-webhook-signature"), signature);
}

fn hex(bytes: &[u8]) -> String {
    edgewire_contract::token::hex(bytes)
}
