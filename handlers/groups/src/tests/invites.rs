//! Invites, good and bad.

use super::*;

fn refuses(_: &Command) -> Ending {
    Ending::Failed(Fault::not_found("group"))
}

fn pends(_: &Command) -> Ending {
    Ending::Done(Some(json!({"groupJid": GROUP, "pending": true})))
}

#[test]
fn a_preview_takes_a_code_or_a_link() {
    let link = "https%3A%2F%2Fchat.whatsapp.com%2FAbCdEfGhIjKlMnOpQrStUv";
    for line in [
        format!("GET /api/v1/sessions/{{s}}/groups/invite?code={CODE}"),
        format!("GET /api/v1/sessions/{{s}}/groups/invite?code={link}"),
        format!("GET /api/v1/sessions/{{s}}/groups/invites/{CODE}"),
        format!("GET /api/v1/sessions/{{s}}/groups/invites/{link}"),
    ] {
        let gateway = hosted();
        let answer = ask(&gateway, &line, "");
        assert_eq!((answer.status, answer.json()), (200, group(GROUP)), "{line}");
        assert_eq!(asked(&gateway), [Live::InviteInfo { code: CODE.into() }]);
    }
}

#[test]
fn what_is_no_invite_is_named() {
    let gateway = hosted();
    for (line, field) in [
        ("GET /api/v1/sessions/{s}/groups/invite", "query.code"),
        ("GET /api/v1/sessions/{s}/groups/invite?code=a%20b", "query.code"),
        ("GET /api/v1/sessions/{s}/groups/invites/a%20b", "invite"),
    ] {
        let answer = ask(&gateway, line, "");
        assert_eq!((answer.status, answer.bad_fields()), (400, vec![field.to_owned()]), "{line}");
    }
    let answer = ask(&gateway, JOIN.line, r#"{"invite":"https://example.com/x"}"#);
    assert_eq!((answer.status, answer.bad_fields()), (400, vec!["invite".to_owned()]));
    assert!(asked(&gateway).is_empty());
}

#[test]
fn an_invite_that_whatsapp_does_not_take_is_a_bad_invite() {
    let gateway = gateway();
    gateway.bus.host(refuses);
    for case in ALL.iter().filter(|case| case.line.contains("/invite?") || case.line.contains("/invites/")) {
        let answer = ask(&gateway, case.line, case.body);
        assert_eq!((answer.status, answer.bad_fields()), (400, vec!["invite".to_owned()]));
    }
    let answer = ask(&gateway, JOIN.line, JOIN.body);
    assert_eq!((answer.status, answer.error()), (400, "validation_error".into()));
    assert_eq!(answer.bad_fields(), ["invite"]);
    // Elsewhere, the same fault is what it says.
    let answer = ask(&gateway, "GET /api/v1/sessions/{s}/groups/1", "");
    assert_eq!((answer.status, answer.json()["error"]["message"].clone()), (404, json!("group not found")));
}

#[test]
fn an_administrator_may_have_to_approve() {
    let gateway = gateway();
    gateway.bus.host(pends);
    let answer = ask(&gateway, JOIN.line, JOIN.body);
    assert_eq!((answer.status, answer.json()), (200, json!({"groupJid": GROUP, "pending": true})));
}
