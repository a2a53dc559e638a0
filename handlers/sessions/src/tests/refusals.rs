//! What is refused, and how.

use super::*;

fn lines(id: &str) -> Vec<String> {
    ROUTES
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/sessions/"))
        .map(|route| format!("{} {}", route.method, route.path.replace("{session}", id)))
        .collect()
}

/// Good for every route.
const BODY: &str = r#"{
    "phone_number": "628123456789", "id": "YWJj", "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "AQID", "signature": "BAUG"}
}"#;

#[test]
fn who_may_not_is_told_so_on_every_route() {
    let gateway = gateway();
    for line in
        lines("main").iter().map(String::as_str).chain(["GET /api/v1/sessions", "POST /api/v1/sessions"])
    {
        assert_eq!(ask_as(&gateway, "wrong", line, BODY).status, 401, "{line}");
        assert_eq!(ask_as(&gateway, "wa_none", line, BODY).status, 403, "{line}");
    }
    gateway.bus.add_token("wa_read", "acme", &[Capability::Read]);
    assert_eq!(ask_as(&gateway, "wa_read", "DELETE /api/v1/sessions/main", "").status, 403);
    assert!(actions(&gateway).is_empty());
}

#[test]
fn what_is_not_ones_own_is_not_found_on_every_route() {
    let gateway = gateway();
    for id in ["none", "other", "a%20b", "x%2Fy"] {
        for line in lines(id) {
            let answer = ask(&gateway, &line, BODY);
            assert_eq!((answer.status, code(&answer)), (404, "not_found".into()), "{line}");
        }
    }
    assert!(actions(&gateway).is_empty());
}

#[test]
fn redis_being_away_is_said_on_every_route() {
    let gateway = gateway();
    gateway.bus.with(|state| state.down = true);
    for line in lines("main") {
        let answer = ask(&gateway, &line, BODY);
        assert_eq!((answer.status, code(&answer)), (503, "gateway_unavailable".into()), "{line}");
    }
}

#[test]
fn other_methods_are_told_which_there_are() {
    let answer = ask(&gateway(), "PUT /api/v1/sessions/main", "");
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "GET, PATCH, DELETE"));
}

#[test]
fn whose_token_is_revoked_while_his_body_comes_makes_and_changes_nothing() {
    for (line, text) in
        [("POST /api/v1/sessions", r#"{"id": "new"}"#), ("PATCH /api/v1/sessions/main", r#"{"name": "New"}"#)]
    {
        let gateway = gateway();
        let before = gateway.bus.with(|state| state.sessions.clone());
        let body = SlowBody::new(&gateway, text, |state| state.tokens.clear());
        let head = request(line, &[], "").head;
        let answer = Answer::read(run(handle(gateway.clone(), Request { head, body })));
        assert_eq!((answer.status, code(&answer)), (401, "unauthorized".into()), "{line}");
        assert!(gateway.bus.with(|state| state.sessions == before && state.commands.is_empty()), "{line}");
    }
}

#[test]
fn of_a_stranger_no_body_is_read() {
    for line in ["POST /api/v1/sessions", "PATCH /api/v1/sessions/main"] {
        let gateway = gateway();
        let body = SlowBody::new(&gateway, "{}", |_| panic!("a stranger's body is read"));
        let head = request(line, &["x-api-key: wrong"], "").head;
        assert_eq!(run(handle(gateway, Request { head, body })).status, 401, "{line}");
    }
}
