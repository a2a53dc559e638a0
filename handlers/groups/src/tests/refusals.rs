//! What is refused, and how.

use super::*;

#[test]
fn every_route_is_asked_once() {
    let asked: Vec<String> = ALL
        .iter()
        .map(|case| {
            let (method, path) = case.line.split_once(' ').unwrap();
            let path = path.split('?').next().unwrap().replace("{s}", "{session}").replace("%40", "@");
            let path =
                path.replace("120363000000000000@g.us", "{gid}").replace("120363000000000000", "{gid}");
            format!("{method} {}", path.replace(&format!("invites/{CODE}"), "invites/{code}"))
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
    COMPONENT.refuses_bodies(&CREATE, &create::CreateGroup::schema());
    COMPONENT.refuses_bodies(&UPDATE, &update::GroupUpdate::schema());
    COMPONENT.refuses_bodies(&JOIN, &join::JoinGroup::schema());
    for case in ALL.iter().filter(|case| case.body == PEOPLE) {
        COMPONENT.refuses_bodies(case, &participants::Participants::schema());
    }
}

#[test]
fn a_change_changes_something() {
    for body in ["{}", r#"{"subject":null,"name":"x"}"#] {
        let answer = ask(&hosted(), UPDATE.line, body);
        assert_eq!((answer.status, answer.bad_fields()), (400, vec!["body".to_owned()]), "{body}");
    }
}

#[test]
fn what_is_no_group_is_not_found() {
    let gateway = hosted();
    for case in ALL.iter().filter(|case| case.line.contains("120363000000000000")) {
        for gid in ["none", "628123456789@s.whatsapp.net", "1@newsletter", "1-2-3", "-", "%2F"] {
            let line =
                case.line.replace("%40g.us", "").replace("@g.us", "").replace("120363000000000000", gid);
            let answer = ask(&gateway, &line, case.body);
            assert_eq!((answer.status, answer.error()), (404, "not_found".into()), "{line}");
            assert_eq!(answer.json()["error"]["message"], "group not found", "{line}");
        }
    }
    assert!(asked(&gateway).is_empty());
}

fn fails(_: &Command) -> Ending {
    Ending::Failed(Fault::new(FaultCode::SessionNotConnected, "the socket was lost"))
}

#[test]
fn a_session_that_is_lost_meanwhile_is_as_one_that_was() {
    let gateway = gateway();
    gateway.bus.host(fails);
    let answer = ask(&gateway, "GET /api/v1/sessions/{s}/groups", "");
    assert_eq!((answer.status, answer.error()), (501, "not_implemented".into()));
}

fn gives_nothing(_: &Command) -> Ending {
    Ending::Done(None)
}

#[test]
fn an_answer_that_is_none_is_a_fault_of_ours() {
    let gateway = gateway();
    gateway.bus.host(gives_nothing);
    for line in ["GET /api/v1/sessions/{s}/groups", "GET /api/v1/sessions/{s}/groups/1"] {
        assert_eq!(ask(&gateway, line, "").status, 500);
    }
    assert!(gateway.env.lines()[0].ends_with("internal_error: groups.list gave no list"));
}

#[test]
fn other_methods_are_told_which_there_are() {
    let gateway = gateway();
    let answer = ask(&gateway, "PUT /api/v1/sessions/{s}/groups/1/participants", "");
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST, DELETE"));
    let answer = ask(&gateway, "POST /api/v1/sessions/{s}/groups/invite", "");
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "GET, PATCH"));
}
