//! How fast a session may send.

use super::*;

const RATE: &str =
    r#"{"per_minute":20,"per_hour":600,"new_contacts_per_day":50,"jitter_ms":1500,"typing":true}"#;

#[test]
fn it_is_said_when_the_session_is_made() {
    let gateway = gateway();
    let answer = ask(&gateway, &format!("POST {SESSIONS}"), &format!(r#"{{"id":"new","rate":{RATE}}}"#));
    let rate: Value = serde_json::from_str(RATE).unwrap();
    assert_eq!((answer.status, &answer.json()["session"]["rate"]), (201, &rate));
    assert_eq!(ask(&gateway, "GET /api/v1/sessions/new", "").json()["rate"], rate);
    assert_eq!(ask(&gateway, "GET /api/v1/sessions/main", "").json().get("rate"), None, "it has no limit");
}

#[test]
fn it_can_be_changed_and_lifted() {
    let gateway = gateway();
    let change = |body: &str| ask(&gateway, "PATCH /api/v1/sessions/main", body);
    let told = change(r#"{"rate":{"per_minute":5}}"#);
    assert_eq!((told.status, &told.json()["rate"]), (200, &json!({"per_minute": 5})));
    assert_eq!(actions(&gateway), [SessionAction::RateChanged], "what waits asks again");
    gateway.env.pass(7_000);
    let told = change(r#"{"name":"Shop"}"#).json();
    assert_eq!((&told["name"], &told["rate"]), (&json!("Shop"), &json!({"per_minute": 5})));
    assert_eq!(told["updated_at"], SECONDS + 7);
    assert_eq!(actions(&gateway).len(), 1);
    assert_eq!(change(r#"{"rate":{}}"#).json().get("rate"), None);
    assert_eq!(ask_as(&gateway, "wa_none", "PATCH /api/v1/sessions/main", "{}").status, 403);
    gateway.bus.add_token("wa_else", "someone-else", &[Capability::Manage]);
    assert_eq!(ask_as(&gateway, "wa_else", "PATCH /api/v1/sessions/main", "{}").status, 404);
}

#[test]
fn every_bad_limit_is_named() {
    let gateway = gateway();
    let rate =
        r#"{"rate":{"per_minute":0,"per_hour":1.5,"new_contacts_per_day":"5","jitter_ms":10001,"typing":1}}"#;
    let bad = ["per_minute", "per_hour", "new_contacts_per_day", "jitter_ms", "typing"];
    for line in ["POST /api/v1/sessions", "PATCH /api/v1/sessions/main"] {
        let answer = ask(&gateway, line, rate);
        assert_eq!((answer.status, answer.bad_fields()), (400, bad.map(|it| format!("rate.{it}")).to_vec()));
    }
}
