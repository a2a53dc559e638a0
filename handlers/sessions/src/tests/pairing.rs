//! QR codes, pair codes and passkeys.

use super::*;

fn waiting() -> FakeGateway {
    let gateway = gateway();
    gateway.bus.change_session("main", |view| {
        view.record.paired = false;
        view.record.status = SessionStatus::WaitingForQr;
        view.pairing = Some(PairingStep { qr: Some("2@abc".into()), code: None, expires_at: NOON + 19_500 });
    });
    gateway
}

#[test]
fn the_code_is_told() {
    let answer = ask(&waiting(), "GET /api/v1/sessions/main/qr", "");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "qr_codes": ["2@abc"], "code": "2@abc", "expires_at": SECONDS + 19, "timeout_seconds": 20,
            "status": "waiting_for_qr",
        })
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[test]
fn and_drawn() {
    let gateway = waiting();
    let svg = ask(&gateway, "GET /api/v1/sessions/main/qr.svg", "");
    assert_eq!((svg.status, svg.headers["content-type"].as_str()), (200, "image/svg+xml"));
    assert!(svg.text.starts_with("<svg"));
    let png = ask(&gateway, "GET /api/v1/sessions/main/qr.png", "");
    assert_eq!((png.status, png.headers["content-type"].as_str()), (200, "image/png"));
}

#[test]
fn there_is_none_before_it_is_there_and_after_its_time() {
    let gateway = waiting();
    gateway.env.pass(19_500);
    let answer = ask(&gateway, "GET /api/v1/sessions/main/qr", "");
    assert_eq!(
        (answer.status, &answer.json()["error"]["details"]["status"]),
        (404, &json!("waiting_for_qr"))
    );
    gateway.bus.change_session("main", |view| view.pairing = None);
    assert_eq!(ask(&gateway, "GET /api/v1/sessions/main/qr.png", "").status, 404);
}

#[test]
fn a_paired_session_is_a_conflict() {
    let gateway = gateway();
    assert_eq!(code(&ask(&gateway, "GET /api/v1/sessions/main/qr", "")), "conflict");
    let answer = ask(&gateway, "POST /api/v1/sessions/main/pair", r#"{"phone_number":"628123456789"}"#);
    assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
}

#[test]
fn a_pair_code_is_waited_for() {
    let gateway = waiting();
    gateway.bus.host(done);
    let body =
        r#"{"phone_number":"+62 812 3456 789","show_push_notification":false,"custom_code":"edge-w1re"}"#;
    let answer = ask(&gateway, "POST /api/v1/sessions/main/pair", body);
    assert_eq!((answer.status, answer.json()), (200, json!({"code": "ABCD-EFGH", "timeout_seconds": 180})));
    let SessionAction::PairCode(ask) = &actions(&gateway)[0] else { panic!("another action") };
    assert_eq!(ask.phone_number, "628123456789");
    assert_eq!((ask.show_push_notification, ask.custom_code.as_deref()), (false, Some("EDGEW1RE")));
}

#[test]
fn bad_fields_of_a_pairing_are_named() {
    let body = r#"{"phone_number":"12","custom_code":"SHORT","show_push_notification":1}"#;
    let answer = ask(&waiting(), "POST /api/v1/sessions/main/pair", body);
    assert_eq!(answer.bad_fields(), ["phone_number", "show_push_notification", "custom_code"]);
}

/// What a browser gives: more than is needed, and with padding.
const SIGNED: &str = r#"{
    "id": "YWJj", "rawId": "YWJj", "type": "public-key", "authenticatorAttachment": "platform",
    "clientExtensionResults": {}, "response": {
        "clientDataJSON": "e30=", "authenticatorData": "AQID", "signature": "BAUG", "userHandle": null
    }
}"#;

fn asked_for_a_passkey() -> FakeGateway {
    let gateway = waiting();
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::WaitingForPasskey);
    gateway.bus.host(done);
    gateway
}

#[test]
fn a_passkeys_answer_and_its_confirmation_are_handed_on() {
    let gateway = asked_for_a_passkey();
    for (tail, body) in [("passkey", SIGNED), ("passkey/confirm", "")] {
        let answer = ask(&gateway, &format!("POST /api/v1/sessions/main/{tail}"), body);
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"success": true, "status": "waiting_for_passkey"}))
        );
    }
    let actions = actions(&gateway);
    let SessionAction::AnswerPasskey(assertion) = &actions[0] else { panic!("another action") };
    assert_eq!((assertion.id.as_str(), assertion.raw_id.as_deref()), ("YWJj", Some("YWJj")));
    assert_eq!(assertion.response.client_data_json, "e30");
    assert_eq!((assertion.response.signature.as_str(), &assertion.response.user_handle), ("BAUG", &None));
    assert_eq!(actions[1], SessionAction::ConfirmPasskey);
}

#[test]
fn a_passkey_that_nobody_asks_for_is_a_conflict() {
    for gateway in [gateway(), waiting()] {
        for (tail, body) in [("passkey", SIGNED), ("passkey/confirm", "")] {
            let answer = ask(&gateway, &format!("POST /api/v1/sessions/main/{tail}"), body);
            assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
            assert!(answer.json()["error"]["details"]["status"].is_string());
        }
        assert!(actions(&gateway).is_empty());
    }
}

#[test]
fn bad_fields_of_a_passkeys_answer_are_named() {
    let gateway = asked_for_a_passkey();
    let body =
        r#"{"id":"a+b","rawId":7,"type":"password","response":{"clientDataJSON":"","signature":"BAUG"}}"#;
    let answer = ask(&gateway, "POST /api/v1/sessions/main/passkey", body);
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.bad_fields(),
        ["id", "rawId", "type", "response.clientDataJSON", "response.authenticatorData"]
    );
    let other = SIGNED.replace(r#""rawId": "YWJj""#, r#""rawId": "YWJk""#);
    let answer = ask(&gateway, "POST /api/v1/sessions/main/passkey", &other);
    assert_eq!(answer.bad_fields(), ["rawId"]);
}
