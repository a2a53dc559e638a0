//! What is refused, and how.

use super::*;

#[test]
fn every_bad_field_is_named_wherever_it_is() {
    let gateway = gateway();
    let line = format!("{MESSAGES}?async=maybe");
    let body =
        r#"{"to":"nobody","type":"text","text":"","replyTo":"a b","mentions":["628123456789","1@g.us"]}"#;
    let answer = ask(&gateway, &line, &["idempotency-key: a b"], body);
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.bad_fields(),
        ["query.async", "header.Idempotency-Key", "to", "text", "replyTo", "mentions[1]"]
    );
    assert!(commands(&gateway).is_empty());
}

#[test]
fn bodies_are_checked() {
    let gateway = gateway();
    let long = "x".repeat(4097);
    for (body, bad) in [
        ("", vec!["body"]),
        ("[]", vec!["body"]),
        ("{", vec!["body"]),
        ("{}", vec!["type", "to"]),
        (r#"{"type":"smoke","to":7}"#, vec!["type", "to"]),
        (r#"{"type":"text","to":"628123456789","text":5}"#, vec!["text"]),
        (&format!(r#"{{"type":"text","to":"628123456789","text":"{long}"}}"#), vec!["text"]),
    ] {
        let answer = ask(&gateway, MESSAGES, &[], body);
        assert_eq!((answer.status, answer.bad_fields()), (400, bad.into_iter().map(str::to_owned).collect()));
    }
    assert_eq!(ask(&gateway, TEXT, &[], r#"{"text":""}"#).bad_fields(), ["to", "text"]);
}

#[test]
fn who_may_not_is_told_so() {
    let gateway = gateway();
    let status = |line: &str, header: &str| ask(&gateway, line, &[header], HELLO).status;
    assert_eq!(status(MESSAGES, "authorization: Bearer wrong"), 401);
    assert_eq!(status(MESSAGES, "x-api-key: wa_none"), 403);
    assert_eq!(status("POST /api/v1/sessions/none/messages", "x-api-key: wa_all"), 404);
    assert_eq!(status("POST /api/v1/sessions/other/messages", "x-api-key: wa_all"), 404);
    assert_eq!(status("POST /api/v1/sessions/a%20b/messages", "x-api-key: wa_all"), 404);
    assert!(commands(&gateway).is_empty());
    let answer = ask(&gateway, MESSAGES, &["authorization: nobody"], HELLO);
    assert_eq!(code(&answer), "unauthorized");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[test]
fn a_session_that_cannot_send_is_a_conflict() {
    let gateway = gateway();
    gateway.bus.change_session("main", |view| {
        view.record.status = SessionStatus::Banned;
        view.record.reason = Some("for a day".into());
    });
    for line in [MESSAGES, "POST /api/v1/sessions/main/messages?async=true"] {
        let answer = ask(&gateway, line, &[], HELLO);
        assert_eq!((answer.status, code(&answer)), (409, "session_not_connected".into()));
        assert_eq!(answer.json()["error"]["details"], json!({"status": "banned", "reason": "for a day"}));
    }
    gateway.bus.change_session("main", |view| {
        view.record.status = SessionStatus::Reconnecting;
    });
    assert_eq!(ask(&gateway, "POST /api/v1/sessions/main/messages?async=true", &[], HELLO).status, 202);
    gateway.bus.change_session("main", |view| view.record.wanted = Wanted::Stop);
    assert_eq!(ask(&gateway, MESSAGES, &[], HELLO).status, 409);
}

#[test]
fn a_full_shard_asks_for_patience() {
    let gateway = gateway();
    gateway.bus.with(|state| state.full = true);
    let answer = ask(&gateway, MESSAGES, &[], HELLO);
    assert_eq!((answer.status, code(&answer)), (429, "rate_limited".into()));
    assert_eq!(answer.headers["retry-after"], "5");
    assert_eq!(answer.json()["error"]["details"]["retryAfterSeconds"], 5);
}

#[test]
fn a_body_over_the_limit_is_not_read() {
    let gateway = gateway();
    let answer = ask(&gateway, MESSAGES, &["content-length: 33554433"], "{}");
    assert_eq!((answer.status, code(&answer)), (413, "payload_too_large".into()));
    let answer = ask(&gateway, TEXT, &[], &" ".repeat((1 << 20) + 1));
    assert_eq!(answer.status, 413);
}

#[test]
fn redis_being_away_is_said_and_logged() {
    let gateway = gateway();
    gateway.bus.with(|state| state.down = true);
    let answer = ask(&gateway, MESSAGES, &["x-request-id: r-7"], HELLO);
    assert_eq!((answer.status, code(&answer)), (503, "gateway_unavailable".into()));
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(gateway.env.lines(), ["request r-7 gateway_unavailable: down"]);
}

#[test]
fn other_paths_and_methods_are_said_to_be() {
    let gateway = gateway();
    let answer = ask(&gateway, "GET /api/v1/sessions/main/messages", &[], "");
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"));
    let answer = ask(&gateway, "POST /api/v1/sessions/main/messages/smoke", &["x-request-id: a b"], "");
    assert_eq!((answer.status, code(&answer)), (404, "not_found".into()));
    assert_eq!(answer.headers["x-request-id"].len(), 26, "ours, since theirs is none");
}
