//! A message's status.

use super::*;

const SENT: &str = "1781524800000";
const LATER: &str = "1781524860000";

fn keep(gateway: &FakeGateway, device: &str, id: &str, more: &[(&str, &str)]) {
    let mut record = vec![("chat", PERSON)];
    record.extend_from_slice(more);
    gateway.bus.add_kept(device, id, &record);
}

fn status(gateway: &FakeGateway, id: &str) -> Answer {
    ask(gateway, &format!("GET /messages/{id}/status"), "")
}

#[test]
fn each_step_is_told() {
    for (steps, expected) in [
        (vec![("status", "queued")], json!({"status": "pending"})),
        (vec![("status", "sent"), ("sent_at", SENT)], json!({"status": "pending"})),
        (
            vec![("status", "delivered"), ("delivered_at", SENT)],
            json!({"status": "delivered", "delivered_at": "2026-06-15T12:00:00Z"}),
        ),
        (
            vec![("status", "played"), ("delivered_at", SENT), ("read_at", SENT), ("played_at", LATER)],
            json!({
                "status": "played", "delivered_at": "2026-06-15T12:00:00Z", "read_at": "2026-06-15T12:00:00Z",
                "played_at": "2026-06-15T12:01:00Z",
            }),
        ),
        // Written on the phone.
        (vec![("from_me", "1"), ("kind", "text")], json!({"status": "pending"})),
    ] {
        let gateway = gateway();
        keep(&gateway, "main", "3EB0A1", &steps);
        let answer = status(&gateway, "3EB0A1");
        let mut whole = json!({
            "success": true, "message_id": "3EB0A1", "chat_jid": PERSON, "is_group": false, "delivered_at": null,
            "read_at": null, "played_at": null,
        });
        whole.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
        assert_eq!((answer.status, answer.json()), (200, whole), "{steps:?}");
    }
}

#[test]
fn a_message_that_failed_says_why() {
    let gateway = gateway();
    let error = r#"{"code":"recipient_unavailable","message":"refused","details":{"ack_error":463}}"#;
    gateway.bus.add_kept("main", "3EB0A1", &[("chat", "1@g.us"), ("status", "failed"), ("error", error)]);
    let told = status(&gateway, "3EB0A1").json();
    assert_eq!((&told["status"], &told["is_group"]), (&json!("failed"), &json!(true)));
    assert_eq!(
        (&told["error"], &told["error_code"], &told["ack_error"]),
        (&json!("refused"), &json!("RECIPIENT_UNAVAILABLE"), &json!(463))
    );
}

#[test]
fn it_is_looked_for_on_all_devices() {
    let gateway = two();
    keep(&gateway, "main", "3EB0A1", &[("from_me", "0"), ("sender", PERSON)]);
    keep(&gateway, "second", "3EB0A1", &[("status", "read")]);
    keep(&gateway, "other", "3EB0A2", &[("status", "read")]);
    assert_eq!(status(&gateway, "3EB0A1").json()["status"], "read");
    assert_eq!(ask(&gateway, "GET /messages/3EB0A1/status?device_id=second", "").status, 200);
    for line in [
        // What came in has no status.
        "GET /messages/3EB0A1/status?device_id=main",
        // Another organization's.
        "GET /messages/3EB0A2/status",
        "GET /messages/3EB0A2/status?device_id=other",
        "GET /messages/3EB0A3/status",
        "GET /messages/a%20b/status",
    ] {
        assert_eq!(ask(&gateway, line, "").status, 404, "{line}");
    }
    gateway.bus.change_token("wa_all", |token| token.sessions = Some(vec![session("main")]));
    assert_eq!(status(&gateway, "3EB0A1").status, 404);
}

#[test]
fn strangers_are_refused() {
    let gateway = gateway();
    keep(&gateway, "main", "3EB0A1", &[("status", "read")]);
    for (token, expected) in [("wrong", 401), ("wa_none", 403)] {
        assert_eq!(ask_as(&gateway, token, "GET /messages/3EB0A1/status", "").status, expected);
    }
    assert_eq!(bad(&ask(&gateway, "GET /messages/3EB0A1/status?device_id=a%20b", "")), ["query.device_id"]);
}

#[test]
fn an_index_that_names_anothers_device_leads_nowhere() {
    let gateway = gateway();
    keep(&gateway, "other", "3EB0A1", &[("status", "read")]);
    // As it is while a session is being made whose id is taken.
    gateway.bus.with(|state| state.index.entry("acme".into()).or_default().insert(session("other"), NOON));
    assert_eq!(status(&gateway, "3EB0A1").status, 404);
    keep(&gateway, "main", "3EB0A1", &[("from_me", "1")]);
    assert_eq!(status(&gateway, "3EB0A1").json()["status"], "pending");
}
