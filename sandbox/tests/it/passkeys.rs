//! Linking a client that has to show a passkey.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use whatsapp_rust::passkey::{Assertion, parse_request_options};
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{eventually, post, post_text, sandbox, unlinked};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_linked_with_a_passkey() {
    let sandbox = sandbox().await;
    let anna = unlinked(&sandbox, "").await;
    let qr = anna.qr().await;
    post(&sandbox, "mock-phone/passkey", json!({ "phone": "491701234567", "qr": qr })).await;
    let options = anna
        .log
        .wait("the request for a passkey", |e| match e {
            Event::PairPasskeyRequest(asked) => Some(asked.request_options_json.clone()),
            _ => None,
        })
        .await;
    let asked = parse_request_options(&options).unwrap();
    assert_eq!(asked.challenge.len(), 32);
    let assertion = Assertion { assertion_json: br#"{"id":"abc"}"#.to_vec(), credential_id: b"abc".to_vec() };
    anna.client.send_passkey_response(assertion).await.unwrap();
    let code = anna
        .log
        .wait("the code to compare", |e| match e {
            Event::PairPasskeyConfirmation(shown) => Some(shown.code.clone()),
            _ => None,
        })
        .await;
    let on_phone = eventually(&sandbox, "mock-phone/passkey", |all: &Value| {
        (all[0]["stage"] == "compare").then(|| all[0].clone())
    })
    .await;
    assert_eq!(on_phone["code"], code);
    assert_eq!(on_phone["credential_id"], BASE64_STANDARD.encode(b"abc"));
    assert_eq!(on_phone["assertion"], r#"{"id":"abc"}"#);
    let confirm = format!("{}/admin/mock-phone/passkey/confirm", sandbox.url());
    let wrong = json!({ "phone": "491701234567", "code": "AAAA-AAAA" }).to_string();
    assert_eq!(post_text(&confirm, &wrong).await.0, 422);
    anna.client.send_passkey_confirmation().await.unwrap();
    let body = json!({ "phone": "491701234567", "code": code });
    let linked = post(&sandbox, "mock-phone/passkey/confirm", body).await;
    assert_eq!((&linked["phone"], &linked["device"]), (&json!("491701234567"), &json!(1)));
    anna.connected().await;
    assert_eq!(anna.phone(), "491701234567");
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_can_be_refused() {
    let sandbox = sandbox().await;
    for trouble in ["refused", "garbled"] {
        let anna = unlinked(&sandbox, "").await;
        let qr = anna.qr().await;
        let body = json!({ "phone": "491701234567", "qr": qr, "trouble": trouble });
        post(&sandbox, "mock-phone/passkey", body).await;
        anna.log.wait("the request", |e| matches!(e, Event::PairPasskeyRequest(_)).then_some(())).await;
        let assertion = Assertion { assertion_json: b"{}".to_vec(), credential_id: b"abc".to_vec() };
        let answered = anna.client.send_passkey_response(assertion).await;
        assert_eq!(answered.is_err(), trouble == "refused");
        if trouble == "garbled" {
            anna.log
                .wait("PairPasskeyError", |e| matches!(e, Event::PairPasskeyError(_)).then_some(()))
                .await;
        }
        anna.stop().await;
    }
    sandbox.stop().await.unwrap();
}
