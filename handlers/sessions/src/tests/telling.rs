//! Telling one session.

use super::*;

#[test]
fn a_session_is_told() {
    let gateway = gateway();
    let answer = ask(&gateway, "GET /api/v1/sessions/main", "");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "id": "main", "name": null, "phone_number": "628123456789", "push_name": "Ana", "status": "connected",
            "created_at": SECONDS, "updated_at": SECONDS, "last_connected_at": SECONDS, "is_logged_in": true,
        })
    );
}

#[test]
fn status_is_true_of_the_live_socket() {
    let gateway = gateway();
    gateway.bus.change_session("main", |view| view.last_event = Some(EntryId { ms: 7_999, seq: 0 }));
    let status = || ask(&gateway, "GET /api/v1/sessions/main/status", "").json();
    assert_eq!(
        status(),
        json!({
            "status": "connected", "is_logged_in": true, "phone_number": "628123456789", "push_name": "Ana",
            "lid": "100000000000001@lid", "last_event_at": 7, "owner": "host-1", "reason": null,
        })
    );
    gateway.bus.change_session("main", |view| view.owner = None);
    assert_eq!((&status()["status"], &status()["owner"]), (&json!("reconnecting"), &Value::Null));
}

#[test]
fn the_device_is_told() {
    let gateway = gateway();
    assert_eq!(
        ask(&gateway, "GET /api/v1/sessions/main/device", "").json(),
        json!({
            "device_id": "628123456789:3@s.whatsapp.net", "phone_number": "628123456789",
            "lid": "100000000000001@lid", "push_name": "Ana", "platform": "chrome",
        })
    );
}
