//! Listing sessions.

use super::*;

fn ids(answer: &Value) -> Vec<String> {
    let sessions = answer["sessions"].as_array().unwrap();
    sessions.iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect()
}

fn five() -> FakeGateway {
    let gateway = gateway();
    for id in ["b", "c", "d"] {
        gateway.env.pass(1);
        gateway.bus.add_session(id, "acme");
    }
    gateway.bus.add_session("a", "acme"); // of the same millisecond as d
    gateway
}

#[test]
fn pages_follow_one_another() {
    let gateway = five();
    let first = ask(&gateway, "GET /api/v1/sessions?limit=2", "").json();
    assert_eq!((ids(&first), &first["total"]), (vec!["main".into(), "b".into()], &json!(5)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ask(&gateway, &format!("GET /api/v1/sessions?limit=3&cursor={cursor}"), "").json();
    assert_eq!(ids(&second), ["c", "a", "d"]);
    assert_eq!(second["next_cursor"], Value::Null);
}

#[test]
fn a_status_filters_and_counts() {
    let gateway = five();
    gateway.bus.change_session("b", |view| view.owner = None);
    gateway.bus.change_session("d", |view| view.record.status = SessionStatus::Banned);
    let told = ask(&gateway, "GET /api/v1/sessions?status=connected&limit=2", "").json();
    assert_eq!((ids(&told), &told["total"]), (vec!["main".into(), "c".into()], &json!(3)));
    let cursor = told["next_cursor"].as_str().unwrap();
    let line = format!("GET /api/v1/sessions?status=connected&limit=2&cursor={cursor}");
    assert_eq!(ids(&ask(&gateway, &line, "").json()), ["a"]);
    assert_eq!(ids(&ask(&gateway, "GET /api/v1/sessions?status=reconnecting", "").json()), ["b"]);
}

#[test]
fn a_token_for_some_sessions_sees_those() {
    let gateway = five();
    gateway.bus.change_token("wa_all", |token| token.sessions = Some(vec![SessionId::parse("c").unwrap()]));
    let told = ask(&gateway, "GET /api/v1/sessions", "").json();
    assert_eq!((ids(&told), &told["total"]), (vec!["c".into()], &json!(1)));
}

#[test]
fn a_session_that_is_gone_is_left_out_and_swept() {
    let gateway = five();
    let gone = SessionId::parse("c").unwrap();
    gateway.bus.with(|state| state.sessions.remove(&gone));
    let told = ask(&gateway, "GET /api/v1/sessions", "").json();
    assert_eq!((ids(&told).len(), &told["total"]), (4, &json!(4)));
    assert!(gateway.bus.with(|state| state.index["acme"].contains_key(&gone)), "it may just be being made");
    gateway.env.pass(120_000);
    ask(&gateway, "GET /api/v1/sessions", "");
    assert!(!gateway.bus.with(|state| state.index["acme"].contains_key(&gone)));
}

#[test]
fn bad_parameters_are_named() {
    let answer = ask(&gateway(), "GET /api/v1/sessions?status=asleep&limit=0&cursor=zz", "");
    assert_eq!(
        (answer.status, answer.bad_fields()),
        (400, vec!["query.limit".into(), "query.status".into(), "query.cursor".into()])
    );
}
