//! Connect, disconnect, restart, logout, delete.

use super::*;

#[test]
fn what_is_wanted_is_said_and_answered_at_once() {
    for (route, action, wants) in [
        ("connect", SessionAction::Start, Wanted::Run),
        ("disconnect", SessionAction::Stop, Wanted::Stop),
        ("restart", SessionAction::Restart, Wanted::Run),
    ] {
        let gateway = gateway();
        let answer = ask(&gateway, &format!("POST /api/v1/sessions/main/{route}"), "");
        assert_eq!((answer.status, answer.json()), (200, json!({"success": true, "status": "connected"})));
        assert_eq!((actions(&gateway), wanted(&gateway, "main")), (vec![action], wants));
        assert_eq!(gateway.bus.with(|state| state.commands[0].mode), Mode::Async);
    }
}

#[test]
fn a_logout_is_waited_for() {
    let gateway = gateway();
    gateway.bus.host(done);
    let answer = ask(&gateway, "POST /api/v1/sessions/main/logout", "");
    assert_eq!((answer.status, answer.json()), (200, json!({"success": true, "status": "logged_out"})));
    let command = gateway.bus.with(|state| state.commands[0].clone());
    assert_eq!((command.mode, command.deadline), (Mode::Sync, Some(NOON + 30_000)));
}

#[test]
fn a_deleted_session_is_gone_with_its_webhooks() {
    let gateway = gateway();
    gateway.bus.host(done);
    let body = r#"{"id":"new","webhook":{"url":"https://example.com"}}"#;
    ask(&gateway, &format!("POST {SESSIONS}"), body);
    let answer = ask(&gateway, "DELETE /api/v1/sessions/new", "");
    assert_eq!((answer.status, answer.json()), (200, json!({"success": true})));
    assert!(gateway.bus.with(|state| state.webhooks.is_empty()));
    assert_eq!(ask(&gateway, "GET /api/v1/sessions/new", "").status, 404);
    assert_eq!(ask(&gateway, &format!("GET {SESSIONS}"), "").json()["total"], 1);
}

#[test]
fn without_a_host_it_is_carried_out_later() {
    let gateway = gateway();
    for line in ["DELETE /api/v1/sessions/main", "POST /api/v1/sessions/main/logout"] {
        let answer = ask(&gateway, line, "");
        assert_eq!((answer.status, code(&answer)), (504, "timeout".into()));
        let command = gateway.bus.with(|state| state.commands.last().unwrap().id);
        assert_eq!(answer.json()["error"]["details"]["outboxId"], command.to_string());
    }
}
