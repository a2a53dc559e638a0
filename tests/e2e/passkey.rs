//! Pairings that a passkey secures: asked for, answered, compared with the phone, confirmed.

use std::sync::Arc;

use harness::{Session, World, wait_until};
use serde_json::{Value, json};

/// What an authenticator gives, as a browser's `toJSON()` has it; the sandbox looks at none of it.
fn signed() -> Value {
    json!({
        "id": "YWJj", "rawId": "YWJj", "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": { "clientDataJSON": "e30", "authenticatorData": "AQID", "signature": "BAUG" },
    })
}

/// The handshake as the session's phone sees it, once it has come to `stage`.
async fn on_phone(world: &World, session: &Session, stage: &str) -> Value {
    wait_until(stage, || async {
        let all = world.sandbox().get("mock-phone/passkey").await;
        let own = all.as_array().into_iter().flatten().find(|link| link["phone"] == session.phone.as_str());
        own.filter(|link| link["stage"] == stage).cloned().ok_or_else(|| all.to_string())
    })
    .await
}

pub async fn a_session_is_paired_with_a_passkey(world: Arc<World>) {
    let us = world.organization("passkey");
    let session = Session::create(&us).await;
    let mut events = us.events(&format!("?session={}&since=0", session.id)).await;
    let answer = session.path("/passkey");
    let confirm = session.path("/passkey/confirm");
    let qr = session.qr().await;
    us.post(&answer).json(&signed()).send().await.expect_error(409, "conflict");
    us.post(&confirm).send().await.expect_error(409, "conflict");

    // The first answer is not the one that WhatsApp wants.
    let ask = |trouble: Value| json!({ "phone": session.phone, "qr": qr, "trouble": trouble });
    world.sandbox().post("mock-phone/passkey", ask(json!("refused"))).await;
    let first = events.next("auth.passkey", |it| it["step"] == "request").await["payload"].clone();
    assert_eq!(first["options"]["rpId"], "web.whatsapp.com", "{first}");
    session.wait_for_status("waiting_for_passkey").await;
    let bad = json!({ "id": "YWJj", "type": "password", "response": { "signature": "+", "clientDataJSON": "e30" } });
    let bad = us.post(&answer).json(&bad).send().await;
    bad.expect_bad_fields(&["response.authenticatorData", "response.signature", "type"]);
    us.post(&confirm).send().await.expect_error(409, "conflict");
    us.post(&answer).json(&signed()).send().await.expect_error(422, "recipient_unavailable");
    assert_eq!(session.status().await["status"], "waiting_for_passkey");

    world.sandbox().post("mock-phone/passkey", ask(Value::Null)).await;
    let challenge = &first["options"]["challenge"];
    let again = |it: &Value| it["step"] == "request" && it["options"]["challenge"] != *challenge;
    events.next("auth.passkey", again).await;
    let taken = us.post(&answer).json(&signed()).send().await.expect(200);
    assert_eq!(taken["success"], true, "{taken}");
    us.post(&answer).json(&signed()).send().await.expect_error(409, "conflict");
    let shown = events.next("auth.passkey", |it| it["step"] == "confirmation").await["payload"].clone();
    let phone = on_phone(&world, &session, "compare").await;
    assert_eq!((&phone["code"], &phone["credential_id"]), (&shown["code"], &json!("YWJj")), "{phone}");
    let assertion: Value = serde_json::from_str(phone["assertion"].as_str().expect("a text")).expect("JSON");
    let given = json!({
        "id": "YWJj", "rawId": "YWJj", "type": "public-key",
        "response": { "clientDataJSON": "e30", "authenticatorData": "AQID", "signature": "BAUG", "userHandle": null },
    });
    assert_eq!(assertion, given);

    us.post(&confirm).send().await.expect(200);
    let both = json!({ "phone": session.phone, "code": shown["code"] });
    world.sandbox().post("mock-phone/passkey/confirm", both).await;
    session.wait_for_status("connected").await;
    assert_eq!(session.status().await["phone_number"], session.phone.as_str());
    us.post(&answer).json(&signed()).send().await.expect_error(409, "conflict");
}

pub async fn a_passkey_that_does_not_work_leads_back_to_the_qr_code(world: Arc<World>) {
    let us = world.organization("nopasskey");
    let session = Session::create(&us).await;
    let mut events = us.events(&format!("?session={}&since=0", session.id)).await;
    let qr = session.qr().await;
    let ask = json!({ "phone": session.phone, "qr": qr, "trouble": "garbled" });
    world.sandbox().post("mock-phone/passkey", ask).await;
    session.wait_for_status("waiting_for_passkey").await;
    us.post(&session.path("/passkey")).json(&signed()).send().await.expect(200);
    let failed = events.next("auth.passkey", |it| it["step"] == "error").await;
    assert!(failed["payload"]["error"].is_string(), "{failed}");
    session.wait_for_status("waiting_for_qr").await;
    let status = session.status().await;
    assert!(status["reason"].as_str().is_some_and(|why| why.contains("passkey")), "{status}");
    let qr = session.qr().await;
    world.sandbox().scan(&qr, &session.phone).await.expect(200);
    session.wait_for_status("connected").await;
}
