//! What is refused, and how.

use super::*;

#[test]
fn every_route_is_asked_once() {
    let asked: Vec<String> = ALL
        .iter()
        .map(|case| {
            let line = case.line.replace("{s}", "{session}").replace("120363000000000000", "{nid}");
            line.replace("/42/", "/{serverId}/").replace("0029VaExample", "{code}")
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
    COMPONENT.refuses_bodies(&CREATE, &create::CreateNewsletter::schema());
    COMPONENT.refuses_bodies(&REACT, &react::Reaction::schema());
}

#[test]
fn bad_parameters_are_named() {
    let gateway = hosted();
    let line = "GET /api/v1/sessions/{s}/newsletters/120363000000000000/messages";
    for query in ["count=0&before=0", "count=101&before=-1", "count=x&before=x", "count=1.5&before=%2B7"] {
        let answer = ask(&gateway, &format!("{line}?{query}"), "");
        let fields = vec!["query.count".to_owned(), "query.before".into()];
        assert_eq!((answer.status, answer.bad_fields()), (400, fields), "{query}");
    }
    assert!(asked(&gateway).is_empty());
}

#[test]
fn what_is_none_is_not_found() {
    let gateway = hosted();
    for case in ALL.iter().filter(|case| case.line.contains("120363000000000000")) {
        for nid in ["none", "628123456789@s.whatsapp.net", "1@g.us", "1-2", "%2F"] {
            let line = case.line.replace("120363000000000000", nid);
            let answer = ask(&gateway, &line, case.body);
            assert_eq!((answer.status, answer.error()), (404, "not_found".into()), "{line}");
            assert_eq!(answer.json()["error"]["message"], "newsletter not found", "{line}");
        }
    }
    for server_id in ["0", "x", "-1", "99999999999999999999"] {
        let answer = ask(&gateway, &REACT.line.replace("/42/", &format!("/{server_id}/")), REACT.body);
        assert_eq!(
            (answer.status, answer.json()["error"]["message"].clone()),
            (404, json!("post not found"))
        );
    }
    assert_eq!(ask(&gateway, "GET /api/v1/sessions/{s}/newsletters/invites/a%20b", "").status, 404);
    assert!(asked(&gateway).is_empty());
}

fn forgets(_: &Command) -> Ending {
    Ending::Failed(Fault::not_found("newsletter"))
}

#[test]
fn one_that_whatsapp_does_not_know_is_not_found() {
    let gateway = gateway();
    gateway.bus.host(forgets);
    let answer = ask(&gateway, "GET /api/v1/sessions/{s}/newsletters/invites/0029VaExample", "");
    assert_eq!((answer.status, answer.error()), (404, "not_found".into()));
}
