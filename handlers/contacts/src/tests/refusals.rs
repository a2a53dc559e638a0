//! What is refused, and how.

use super::*;

#[test]
fn every_route_is_asked_once() {
    let asked: Vec<String> = ALL
        .iter()
        .map(|case| {
            let line = case.line.split('?').next().unwrap();
            line.replace("{s}", "{session}").replace("628123456789", "{jid}")
        })
        .collect();
    let routes: Vec<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(asked, routes);
}

#[test]
fn strangers_and_trouble_are_told_so_on_every_route() {
    COMPONENT.refuses(&ALL);
}

#[test]
fn every_bad_body_is_refused() {
    COMPONENT.refuses_bodies(&CHECK, &check::Check::schema());
    COMPONENT.refuses_bodies(&PRESENCE, &presence::PresenceUpdate::schema());
    COMPONENT.refuses_bodies(&TYPING, &typing::Typing::schema());
}

#[test]
fn every_bad_number_is_named() {
    let body = r#"{"phones":["628123456789","12","x@g.us",628123456789]}"#;
    let answer = ask(&hosted(), CHECK.line, body);
    assert_eq!(
        (answer.status, answer.bad_fields()),
        (400, vec!["phones[1]".into(), "phones[2]".into(), "phones[3]".into()])
    );
}

#[test]
fn who_cannot_be_meant_is_named() {
    let gateway = hosted();
    for (line, bad) in [
        ("GET /api/v1/sessions/{s}/contacts/{jid}/picture", ["nobody", "1@newsletter", "status@broadcast"]),
        ("POST /api/v1/sessions/{s}/contacts/{jid}/block", ["nobody", "1@g.us", "status@broadcast"]),
        ("POST /api/v1/sessions/{s}/contacts/{jid}/unblock", ["12", "1@g.us", "1@newsletter"]),
        ("POST /api/v1/sessions/{s}/chats/{jid}/typing", ["nobody", "1@newsletter", "status@broadcast"]),
    ] {
        for jid in bad {
            let answer = ask(&gateway, &line.replace("{jid}", jid), TYPING.body);
            assert_eq!(
                (answer.status, answer.bad_fields()),
                (400, vec!["path.jid".to_owned()]),
                "{line} {jid}"
            );
        }
    }
    assert!(asked(&gateway).is_empty());
}

#[test]
fn bad_fields_are_named_wherever_they_are() {
    let gateway = hosted();
    let answer = ask(&gateway, "GET /api/v1/sessions/{s}/contacts/nobody/picture?preview=1", "");
    assert_eq!(answer.bad_fields(), ["query.preview", "path.jid"]);
    let answer = ask(&gateway, "POST /api/v1/sessions/{s}/chats/nobody/typing", r#"{"state":"asleep"}"#);
    assert_eq!(answer.bad_fields(), ["path.jid", "state"]);
}
