//! Linking that does not go straight: other codes, refusals, an answer that is not the phone's.

use std::time::Duration;

use serde_json::json;
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{post, post_text, sandbox, unlinked};

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_answer_is_refused_and_codes_are_changed() {
    let sandbox = sandbox().await;
    let anna = unlinked(&sandbox, "Anna").await;
    let qr = anna.qr().await;
    let url = |what: &str| format!("{}/admin/mock-phone/{what}", sandbox.url());
    assert_eq!(post_text(&url("rotate-qr"), &qr).await.0, 200);
    let other = anna.log.wait("another code", |e| match e {
        Event::PairingQrCode(shown) if shown.code != qr => Some(shown.code.clone()),
        _ => None,
    });
    let other = other.await;
    assert_eq!(post_text(&url("scan-qr?forged=true"), &other).await.0, 200);
    anna.log.wait("PairError", |e| matches!(e, Event::PairError(_)).then_some(())).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_code_is_refused_and_renewed() {
    let sandbox = sandbox().await;
    let anna = unlinked(&sandbox, "Anna").await;
    anna.client.wait_for_socket(Duration::from_secs(10)).await.unwrap();
    anna.qr().await;
    let options = || PairCodeOptions { phone_number: "491701234567".to_owned(), ..Default::default() };
    post(&sandbox, "faults", json!({ "pair_code": { "error": 429, "backoff": 30 } })).await;
    let refused = anna.client.pair_with_code(options()).await.expect_err("refused");
    assert_eq!(refused.backoff(), Some(Duration::from_secs(30)));
    anna.client.pair_with_code(options()).await.unwrap();
    let body = json!({ "phone": "491701234567", "by_hand": true });
    post(&sandbox, "mock-phone/refresh-code", body).await;
    let by_hand = anna.log.wait("PairingCodeRefresh", |e| match e {
        Event::PairingCodeRefresh(refresh) => Some(refresh.force_manual),
        _ => None,
    });
    assert!(by_hand.await);
    sandbox.stop().await.unwrap();
}
