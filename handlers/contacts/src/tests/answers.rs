//! What each route asks of WhatsApp, and what it answers.

use edgewire_contract::answer::{ContactCheck, Picture};

use super::*;

fn told(line: &str, body: &str) -> (u16, Value, Vec<Live>) {
    let gateway = hosted();
    let answer = ask(&gateway, line, body);
    (answer.status, answer.json(), asked(&gateway))
}

#[test]
fn numbers_are_checked() {
    let body = r#"{"phones":["+62 812-3456-789","5511999999999","628123456789","9999999"]}"#;
    let (status, answer, asked) = told(CHECK.line, body);
    let expected =
        json!([found("628123456789"), found("5511999999999"), found("628123456789"), missing("9999999")]);
    assert_eq!((status, &answer), (200, &expected));
    // Each is asked for once.
    let phones = ["628123456789", "5511999999999", "9999999"].map(str::to_owned).into();
    assert_eq!(asked, [Live::CheckContacts(CheckContacts { phones })]);
    serde_json::from_value::<Vec<ContactCheck>>(answer).unwrap();
}

#[test]
fn a_picture_is_told() {
    for (path, of, preview) in [
        ("628123456789/picture?preview=true", "628123456789@s.whatsapp.net", true),
        ("%2B62%20812-3456-789/picture", "628123456789@s.whatsapp.net", false),
        ("100000000000001@lid/picture?preview=false", "100000000000001@lid", false),
        ("120363000000000000%40g.us/picture", "120363000000000000@g.us", false),
    ] {
        let (status, answer, asked) = told(&format!("GET /api/v1/sessions/{{s}}/contacts/{path}"), "");
        assert_eq!((status, &answer), (200, &picture()), "{path}");
        assert_eq!(asked, [Live::ContactPicture(ContactPicture { jid: jid(of), preview })]);
        serde_json::from_value::<Picture>(answer).unwrap();
    }
}

fn hides(_: &Command) -> Ending {
    Ending::Failed(Fault::not_found("picture"))
}

#[test]
fn a_picture_that_is_hidden_is_not_there() {
    let gateway = gateway();
    gateway.bus.host(hides);
    let answer = ask(&gateway, "GET /api/v1/sessions/{s}/contacts/628123456789/picture", "");
    assert_eq!((answer.status, answer.json()["error"]["message"].clone()), (404, json!("picture not found")));
}

#[test]
fn somebody_is_blocked_and_unblocked() {
    for (line, block) in [
        ("POST /api/v1/sessions/{s}/contacts/628123456789/block", true),
        ("POST /api/v1/sessions/{s}/contacts/628123456789%40s.whatsapp.net/unblock", false),
    ] {
        let (status, answer, asked) = told(line, "");
        assert_eq!((status, answer), (200, json!({"success": true})));
        assert_eq!(asked, [Live::BlockContact(BlockContact { jid: jid("628123456789"), block })]);
    }
}

#[test]
fn who_is_blocked_is_told() {
    let (status, answer, asked) = told("GET /api/v1/sessions/{s}/contacts/blocked", "");
    assert_eq!(
        (status, answer),
        (200, json!({"data": ["628123456789@s.whatsapp.net", "100000000000001@lid"]}))
    );
    assert_eq!(asked, [Live::Blocked]);
}

#[test]
fn presence_is_set() {
    for (presence, available) in [("available", true), ("unavailable", false)] {
        let (status, answer, asked) = told(PRESENCE.line, &json!({"presence": presence}).to_string());
        assert_eq!((status, answer), (200, json!({"success": true})));
        assert_eq!(asked, [Live::SetPresence(SetPresence { available })]);
    }
}

#[test]
fn somebody_is_watched_and_no_longer() {
    for (method, watch) in [("POST", true), ("DELETE", false)] {
        for who in ["628123456789", "100000000000001@lid"] {
            let line = format!("{method} /api/v1/sessions/{{s}}/presence/{who}/subscribe");
            let (status, answer, asked) = told(&line, "");
            assert_eq!((status, answer), (200, json!({"success": true})));
            assert_eq!(asked, [Live::WatchPresence(WatchPresence { jid: jid(who), watch })]);
        }
    }
}

#[test]
fn typing_is_shown() {
    for (name, state) in [
        ("composing", TypingState::Composing),
        ("recording", TypingState::Recording),
        ("paused", TypingState::Paused),
    ] {
        for chat in ["628123456789", "120363000000000000@g.us"] {
            let line = format!("POST /api/v1/sessions/{{s}}/chats/{chat}/typing");
            let (status, answer, asked) = told(&line, &json!({"state": name}).to_string());
            assert_eq!((status, answer), (200, json!({"success": true})));
            assert_eq!(asked, [Live::Typing(command::Typing { chat: jid(chat), state })]);
        }
    }
}
