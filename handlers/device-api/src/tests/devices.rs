//! Devices and their life.

use edgewire_contract::command::SessionAction;
use edgewire_contract::session::{PairingStep, SessionStatus, Wanted};

use super::*;

fn waiting() -> FakeGateway {
    let gateway = hosted();
    gateway.bus.change_session("main", |view| {
        view.record.paired = false;
        view.record.status = SessionStatus::WaitingForQr;
        view.pairing = Some(PairingStep { qr: Some("2@abc".into()), code: None, expires_at: NOON + 19_500 });
    });
    gateway
}

#[test]
fn all_are_listed() {
    let gateway = two();
    gateway.bus.change_session("second", |view| {
        view.owner = None;
        view.record.name = Some("Shop".into());
    });
    let main = json!({
        "device_id": "main", "name": null, "phone_number": "628123456789", "push_name": "Ana",
        "status": "connected", "is_logged_in": true,
    });
    let second = json!({
        "device_id": "second", "name": "Shop", "phone_number": "628123456789", "push_name": "Ana",
        "status": "reconnecting", "is_logged_in": true,
    });
    let list = || ask(&gateway, "GET /devices", "").json();
    assert_eq!(list(), json!({"success": true, "devices": [main, second]}));
    gateway.bus.change_token("wa_all", |token| token.sessions = Some(vec![session("second")]));
    assert_eq!(list(), json!({"success": true, "devices": [second]}));
    gateway.bus.add_token("wa_new", "newcomer", &Capability::ALL);
    assert_eq!(ask_as(&gateway, "wa_new", "GET /devices", "").json()["devices"], json!([]));
}

#[test]
fn the_status_is_told() {
    let gateway = two();
    assert_eq!(
        ask(&gateway, "GET /status?device_id=second", "").json(),
        json!({
            "success": true, "device_id": "second", "status": "connected", "is_logged_in": true,
            "phone_number": "628123456789", "push_name": "Ana",
        })
    );
}

#[test]
fn the_qr_code_is_told() {
    let gateway = waiting();
    let answer = ask(&gateway, "GET /qr", "");
    assert_eq!(
        (answer.status, answer.json()),
        (
            200,
            json!({
                "success": true, "device_id": "main", "code": "2@abc", "qr_codes": ["2@abc"],
                "expires_at": "2026-06-15T12:00:19Z", "status": "waiting_for_qr",
            })
        )
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    gateway.env.pass(19_500);
    assert_eq!(ask(&gateway, "GET /qr", "").status, 404);
    let paired = ask(&hosted(), "GET /qr", "");
    assert_eq!((paired.status, code(&paired)), (409, "CONFLICT".into()));
}

#[test]
fn a_pair_code_is_waited_for() {
    let gateway = waiting();
    gateway.bus.host(|_| Ending::Done(Some(json!({"code": "ABCD-EFGH", "timeout_seconds": 180}))));
    let body = json!({"phone_number": "+55 11 99999-9999", "custom_code": "edge-w1re", "device_id": "main"});
    let answer = ask(&gateway, "POST /paircode", body);
    assert_eq!(answer.json(), json!({"success": true, "code": "ABCD-EFGH", "timeout_seconds": 180}));
    let Action::Session(SessionAction::PairCode(ask_for)) = &commands(&gateway)[0].action else {
        panic!("another action")
    };
    assert_eq!((ask_for.phone_number.as_str(), ask_for.show_push_notification), ("5511999999999", true));
    assert_eq!(ask_for.custom_code.as_deref(), Some("EDGEW1RE"));
    let paired = ask(&hosted(), "POST /paircode", json!({"phone_number": "5511999999999"}));
    assert_eq!(paired.status, 409);
    let body = json!({"phone_number": 5, "custom_code": "x", "show_push_notification": 1, "device_id": 1});
    let named = bad(&ask(&gateway, "POST /paircode", body));
    assert_eq!(named, ["device_id", "phone_number", "show_push_notification", "custom_code"]);
}

#[test]
fn it_connects_and_disconnects() {
    let gateway = two();
    for (line, body, action, wanted) in [
        ("POST /disconnect", json!({"device_id": "second"}), SessionAction::Stop, Wanted::Stop),
        ("POST /connect?device_id=second", json!({}), SessionAction::Start, Wanted::Run),
    ] {
        let answer = ask(&gateway, line, body);
        assert_eq!((answer.status, answer.json()), (200, json!({"success": true, "status": "connected"})));
        let command = commands(&gateway).pop().unwrap();
        assert_eq!((command.session, command.action), (session("second"), Action::Session(action)));
        let is = gateway.bus.with(|state| state.sessions[&session("second")].record.wanted);
        assert_eq!(is, wanted);
    }
    assert_eq!(ask(&hosted(), "POST /connect", "").status, 200, "a body is not needed");
}
