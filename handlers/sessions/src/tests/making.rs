//! Making a session.

use super::*;

#[test]
fn a_session_is_made_and_started() {
    let gateway = gateway();
    let body = r#"{"id":"new","name":"Shop","device":{"os":"Shop","platform":"firefox"},
        "webhook":{"url":"https://example.com/hook","events":["message"],"secret":"s3"}}"#;
    let answer = ask(&gateway, &format!("POST {SESSIONS}"), body);
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.json(),
        json!({"session": {
            "id": "new", "name": "Shop", "phone_number": null, "push_name": null, "status": "connecting",
            "created_at": SECONDS, "updated_at": SECONDS, "last_connected_at": null, "is_logged_in": false,
        }})
    );
    assert_eq!(actions(&gateway), [SessionAction::Start]);
    assert_eq!(wanted(&gateway, "new"), Wanted::Run);
    let (owner, hook) = gateway.bus.with(|state| state.webhooks[0].clone());
    assert_eq!(owner.as_str(), "acme");
    assert_eq!(hook.session_id.unwrap().as_str(), "new");
    assert_eq!((hook.url.as_str(), hook.secret.as_deref()), ("https://example.com/hook", Some("s3")));
    assert_eq!((hook.events, hook.active), (vec!["message".to_owned()], true));
    let device = ask(&gateway, "GET /api/v1/sessions/new/device", "").json();
    assert_eq!((&device["platform"], &device["device_id"]), (&json!("firefox"), &Value::Null));
}

#[test]
fn an_empty_body_is_enough() {
    let gateway = gateway();
    let answer = ask(&gateway, &format!("POST {SESSIONS}"), "");
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["session"]["id"].as_str().unwrap().len(), 26);
}

#[test]
fn it_may_stay_stopped() {
    let gateway = gateway();
    let answer = ask(&gateway, &format!("POST {SESSIONS}"), r#"{"id":"new","start":false}"#);
    assert_eq!(answer.json()["session"]["status"], "stopped");
    assert!(actions(&gateway).is_empty());
    assert_eq!(wanted(&gateway, "new"), Wanted::Stop);
}

#[test]
fn an_id_is_taken_once_also_by_others() {
    let gateway = gateway();
    for id in ["main", "other"] {
        let answer = ask(&gateway, &format!("POST {SESSIONS}"), &format!(r#"{{"id":"{id}"}}"#));
        assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
    }
    let mine = ask(&gateway, &format!("GET {SESSIONS}"), "").json();
    assert_eq!(mine["total"], 1);
}

#[test]
fn every_bad_field_is_named() {
    let gateway = gateway();
    let body = r#"{"id":"a b","name":"","start":"yes","device":{"os":5,"platform":"toaster"},
        "webhook":{"url":"ftp://x","events":["message","smoke"],"secret":""}}"#;
    let answer = ask(&gateway, &format!("POST {SESSIONS}"), body);
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.bad_fields(),
        [
            "id",
            "name",
            "webhook.url",
            "webhook.events[1]",
            "webhook.secret",
            "device.os",
            "device.platform",
            "start"
        ]
    );
    for url in ["", "example.com", "http://", "https:///x", "file:///etc/passwd", "http://a b/"] {
        let body = json!({"webhook": {"url": url}}).to_string();
        assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), &body).bad_fields(), ["webhook.url"], "{url}");
    }
    let long = json!({"webhook": {"url": format!("https://a.b/{}", "x".repeat(2048))}}).to_string();
    assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), &long).bad_fields(), ["webhook.url"]);
    assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), r#"{"webhook":5}"#).bad_fields(), ["webhook"]);
}

#[test]
fn a_token_for_some_sessions_makes_no_others() {
    let gateway = gateway();
    gateway
        .bus
        .change_token("wa_all", |token| token.sessions = Some(vec![SessionId::parse("mine").unwrap()]));
    assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), r#"{"id":"new"}"#).status, 403);
    assert_eq!(ask(&gateway, &format!("POST {SESSIONS}"), r#"{"id":"mine"}"#).status, 201);
}
