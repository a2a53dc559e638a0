//! The Device API's form.

use super::*;

fn bad(answer: &Answer) -> Vec<String> {
    let told = answer.json();
    assert_eq!((answer.status, &told["error_code"]), (400, &json!("VALIDATION_ERROR")), "{}", answer.text);
    let fields = told["validation"].as_array().cloned().unwrap_or_default();
    fields.iter().map(|field| field["field"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_device_has_one_webhook() {
    let gateway = gateway();
    let wish = json!({
        "webhook_url": URL, "enabled_events": ["message"], "retry_attempts": 3, "timeout": 20, "secret": "s3cret",
        "headers": {"X-Tenant": "7"},
    });
    let set = ask(&gateway, "POST /webhook", wish);
    assert_eq!(set.status, 200, "{}", set.text);
    let hook = kept(&gateway);
    let mut told = json!({"success": true, "message": "webhook configured", "webhook": {
        "id": hook.id, "device_id": "main", "webhook_url": URL, "enabled_events": ["message"], "enabled": true,
        "retry_attempts": 3, "timeout": 20, "has_secret": true, "headers": {"X-Tenant": "7"},
        "created_at": "2026-06-15T12:00:00Z", "updated_at": "2026-06-15T12:00:00Z",
    }});
    assert_eq!(set.json(), told);
    told.as_object_mut().unwrap().remove("message");
    assert_eq!(ask(&gateway, "GET /webhook", "").json(), told);
    assert_eq!(hook.retry, Some(Retry { attempts: 3, delay_seconds: 2 }));

    // Once more is the same webhook, and keeps the secret that is not said again.
    gateway.env.pass(60_000);
    let again = json!({"webhook_url": "https://other.example/", "enabled": false});
    let again = ask(&gateway, "POST /webhook?device_id=main", again).json();
    assert_eq!((&again["webhook"]["id"], &again["webhook"]["enabled"]), (&json!(hook.id), &json!(false)));
    assert_eq!(again["webhook"]["updated_at"], "2026-06-15T12:01:00Z");
    let now = kept(&gateway);
    assert_eq!((now.secret.as_deref(), now.events, now.retry), (Some("s3cret"), vec!["*".to_owned()], None));
    let deleted = ask(&gateway, "DELETE /webhook", "");
    assert_eq!((deleted.status, deleted.json()), (200, json!({"success": true})));
    for method in ["GET", "DELETE"] {
        let gone = ask(&gateway, &format!("{method} /webhook"), "");
        assert_eq!((gone.status, &gone.json()["error_code"]), (404, &json!("NOT_FOUND")));
    }
}

#[test]
fn the_device_is_named_where_there_are_several() {
    let gateway = gateway();
    gateway.bus.add_session("second", "acme");
    let wish = |device: Option<&str>| json!({"webhook_url": URL, "device_id": device});
    assert_eq!(bad(&ask(&gateway, "POST /webhook", wish(None))), ["device_id"]);
    assert_eq!(bad(&ask(&gateway, "GET /webhook", "")), ["device_id"]);
    let set = ask(&gateway, "POST /webhook", wish(Some("second"))).json();
    assert_eq!(set["webhook"]["device_id"], "second");
    assert_eq!(ask(&gateway, "GET /webhook?device_id=second", "").status, 200);
    assert_eq!(ask(&gateway, "GET /webhook?device_id=main", "").json()["error"], "webhook not found");
    for (line, device) in [
        ("POST /webhook?device_id=main", Some("second")),
        ("POST /webhook?device_id=other", None),
        ("POST /webhook", Some("none")),
    ] {
        let answer = ask(&gateway, line, wish(device));
        assert_eq!((answer.status, &answer.json()["error"]), (404, &json!("device not found")), "{line}");
    }
    assert_eq!(bad(&ask(&gateway, "GET /webhook?device_id=a%20b", "")), ["query.device_id", "device_id"]);
    // A token for one session needs no name.
    let token = of_main(&gateway);
    assert_eq!(ask_as(&gateway, token, "POST /webhook", wish(None)).json()["webhook"]["device_id"], "main");
    assert_eq!(ask_as(&gateway, token, "GET /webhook?device_id=second", "").status, 404);
}

#[test]
fn every_bad_field_is_named_in_the_familys_envelope() {
    let gateway = gateway();
    let all = json!({
        "webhook_url": "http://127.0.0.1/", "enabled_events": ["smoke"], "enabled": 1, "retry_attempts": 51, "timeout": 0,
        "secret": 5, "headers": {"Host": "x"}, "device_id": "a b",
    });
    let fields = [
        "enabled_events[0]",
        "enabled",
        "retry_attempts",
        "timeout",
        "secret",
        "headers.Host",
        "device_id",
        "webhook_url",
    ];
    assert_eq!(bad(&ask(&gateway, "POST /webhook", all)), fields);
    assert_eq!(bad(&ask(&gateway, "POST /webhook", "{")), ["body"]);
    assert_eq!(bad(&ask(&gateway, "POST /webhook", "{}")), ["webhook_url"]);
}

#[test]
fn strangers_are_refused() {
    let gateway = gateway();
    for line in ["POST /webhook", "GET /webhook", "DELETE /webhook", "GET /webhook/events"] {
        for (token, status, code) in [("wrong", 401, "UNAUTHORIZED"), ("wa_none", 403, "FORBIDDEN")] {
            let answer = ask_as(&gateway, token, line, json!({"webhook_url": URL}));
            assert_eq!(
                (answer.status, &answer.json()["error_code"]),
                (status, &json!(code)),
                "{token} {line}"
            );
        }
    }
    let answer = ask(&gateway, "PATCH /webhook", "");
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST, GET, DELETE"));
}

#[test]
fn the_kinds_of_events_are_listed() {
    let told = ask(&gateway(), "GET /webhook/events", "").json();
    assert!(told["events"].as_array().unwrap().contains(&json!("message.status")), "{told}");
}
