//! Whose body comes slowly.

use edgewire_edge::testing::SlowBody;

use super::*;

const LINES: [&str; 5] = [
    "POST /api/v1/tokens",
    "POST /api/v1/organizations",
    "PATCH /api/v1/organizations/acme",
    "POST /api/v1/organizations/acme/users",
    "PATCH /api/v1/organizations/acme/users/ada",
];

#[test]
fn whose_token_is_revoked_while_his_body_comes_does_nothing() {
    for (line, body) in [
        (LINES[0], json!({"capabilities": ["admin"]})),
        (LINES[1], json!({"name": "New"})),
        (LINES[2], json!({"name": "New"})),
        (LINES[3], json!({"name": "Eve", "role": "admin"})),
        (LINES[4], json!({"name": "Eve"})),
    ] {
        let gateway = gateway();
        made_user(&gateway, "ada", "admin");
        gateway.bus.change_token("wa_all", |token| token.deployment = true);
        let revoke = |state: &mut State| drop(state.tokens.remove(&token_hash("wa_all")));
        let body = SlowBody::new(&gateway, &body.to_string(), revoke);
        let before = gateway.bus.with(|state| state.access.acts.len());
        let head = request(line, &[], "").head;
        let answer = Answer::read(run(handle(gateway.clone(), Request { head, body })));
        assert_eq!((answer.status, code(&answer)), (401, "unauthorized".into()), "{line}");
        assert_eq!(gateway.bus.with(|state| state.access.acts.len()), before, "{line}");
    }
}

#[test]
fn of_a_stranger_no_body_is_read() {
    for line in LINES {
        for (token, status) in [("wrong", 401), ("wa_none", 403)] {
            let gateway = gateway();
            let read = |_: &mut State| panic!("a stranger's body is read");
            let body = SlowBody::new(&gateway, "{}", read);
            let head = request(line, &[&format!("x-api-key: {token}")], "").head;
            let answer = Answer::read(run(handle(gateway.clone(), Request { head, body })));
            assert_eq!(answer.status, status, "{token} {line}");
        }
    }
}
