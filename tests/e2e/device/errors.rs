//! What is refused, in the family's own form.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use edgewire_contract::fault::FaultCode;
use edgewire_contract::token::Capability;
use harness::{Peer, Session, World};
use http::Method;
use serde_json::json;

use super::{ask, bad_fields, get, post, refused};

pub async fn each_refusal_has_the_familys_form(world: Arc<World>) {
    let us = world.organization("dev-no");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Nora").await;
    let hello = json!({ "number": bob.phone, "text": "no" });

    refused(&us.get("/devices").anonymous().send().await, FaultCode::Unauthorized);
    refused(&us.get("/status").bearer("wa_nobody_ever_made_this").send().await, FaultCode::Unauthorized);
    let reader = us.limited_key(&[Capability::Read], None).await;
    let reply = us.post("/send/text").bearer(&reader).json(&hello).send().await;
    refused(&reply, FaultCode::Forbidden);
    refused(&get(&us, "/jobs/01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1").await, FaultCode::NotFound);
    refused(&ask(&us, Method::PUT, "/send/text").send().await, FaultCode::MethodNotAllowed);

    let bad = json!({ "number": "nobody", "text": "", "delay": 60_001, "quoted": { "sender": 5 } });
    let told = bad_fields(
        &post(&us, "/send/text", &bad).await,
        &["number", "quoted.message_id", "quoted.sender", "delay", "text"],
    );
    assert_eq!(
        (&told["validation"][0]["value"], &told["validation"][3]["value"]),
        (&json!("nobody"), &json!(60_001))
    );
    bad_fields(&ask(&us, Method::POST, "/send/text").raw("{").send().await, &["body"]);
    bad_fields(&post(&us, "/send/image", &json!({ "number": bob.phone })).await, &["image"]);
    let inside = json!({ "number": bob.phone, "image_url": "http://127.0.0.1:1/x.png" });
    refused(&post(&us, "/send/image", &inside).await, FaultCode::ValidationError);

    let file = |bytes: &[u8]| json!({ "number": bob.phone, "image": BASE64_STANDARD.encode(bytes) });
    refused(&post(&us, "/send/image", &file(b"a text")).await, FaultCode::UnsupportedMediaType);
    refused(&post(&us, "/send/image", &file(&vec![0; (16 << 20) + 1])).await, FaultCode::PayloadTooLarge);

    let send =
        |body| ask(&us, Method::POST, "/send/text").header("idempotency-key", "no-1").json(body).send();
    let first = send(&hello).await.expect(200);
    let again = send(&hello).await;
    assert_eq!(
        (again.expect(200), &again.headers["idempotent-replayed"]),
        (first, &"true".parse().expect("a value"))
    );
    refused(&send(&json!({ "number": bob.phone, "text": "yes" })).await, FaultCode::Conflict);

    let nack = json!({ "phone": session.phone, "nack": { "error": 463, "count": 1 } });
    world.sandbox().post("faults", nack).await;
    refused(&post(&us, "/send/text", &hello).await, FaultCode::RecipientUnavailable);
    post(&us, "/send/text", &hello).await.expect(200);
    bob.leave().await;
}

pub async fn what_belongs_to_others_is_no_device(world: Arc<World>) {
    let (us, others) = (world.organization("dev-we"), world.organization("dev-they"));
    let theirs = Session::pair(&others).await;
    let _ours = Session::create(&us).await;
    let device = format!("device_id={}", theirs.id);
    refused(&get(&us, &format!("/status?{device}")).await, FaultCode::NotFound);
    refused(&get(&us, &format!("/qr?{device}")).await, FaultCode::NotFound);
    let hello = json!({ "number": "4915200000001", "text": "no", "device_id": theirs.id });
    refused(&post(&us, "/send/text", &hello).await, FaultCode::NotFound);
    let file = json!({ "number": "4915200000001", "document": BASE64_STANDARD.encode([7; 200]), "device_id": theirs.id });
    refused(&post(&us, "/send/document", &file).await, FaultCode::NotFound);
    for path in ["/connect", "/disconnect"] {
        refused(&ask(&us, Method::POST, &format!("{path}?{device}")).send().await, FaultCode::NotFound);
    }
    theirs.wait_for_status("connected").await;
}
