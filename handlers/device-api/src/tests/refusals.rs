//! What is refused, and how.

use edgewire_contract::media::MediaKind;
use edgewire_contract::session::SessionStatus;
use edgewire_contract::shape::Record as _;
use edgewire_edge::describe::Description;
use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::testing::breaks::breaks;
use proptest::prelude::*;

use super::*;
use crate::{delete, edit, history, receipts, wording};

/// A request of every route that is good.
fn all() -> Vec<(String, Value)> {
    let mut all = vec![
        ("POST /send/text".to_owned(), json!({"number": "5511999999999", "text": "Hello"})),
        ("PUT /messages/3EB0A1".to_owned(), json!({"to": "5511999999999", "message": "Hello"})),
        ("DELETE /messages/3EB0A1".to_owned(), json!({"chat_jid": "5511999999999"})),
        ("POST /paircode".to_owned(), json!({"phone_number": "5511999999999"})),
        ("GET /jobs/01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1".to_owned(), Value::Null),
        ("DELETE /jobs/01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1".to_owned(), Value::Null),
        ("GET /messages/3EB0A1/status".to_owned(), Value::Null),
        ("POST /messages/3EB0A1/read".to_owned(), marked()),
        ("POST /messages/3EB0A1/delivered".to_owned(), marked()),
        ("POST /messages/3EB0A1/retry".to_owned(), marked()),
        ("POST /messages/history/request".to_owned(), wanted()),
    ];
    for kind in ["image", "video", "audio", "document", "sticker"] {
        let body = json!({"number": "5511999999999", format!("{kind}_url"): "https://example.com/a"});
        all.push((format!("POST /send/{kind}"), body));
    }
    for line in ["GET /devices", "GET /status", "GET /qr", "POST /connect", "POST /disconnect"] {
        all.push((line.to_owned(), json!({})));
    }
    assert_eq!(all.len(), ROUTES.len());
    all
}

fn marked() -> Value {
    json!({"chat_jid": "1@g.us", "sender_jid": "5511999999999", "message_ids": ["3EB0A1"]})
}

fn wanted() -> Value {
    json!({
        "chat_jid": "5511999999999", "last_message_id": "3EB0A1", "last_message_from_me": false,
        "last_message_timestamp": 1_750_000_000, "count": 50,
    })
}

#[test]
fn who_may_not_is_told_so_on_every_route() {
    let gateway = hosted();
    gateway.bus.add_token("wa_events", "acme", &[Capability::Events]);
    for (line, body) in all() {
        let answer = ask_as(&gateway, "wrong", &line, &body);
        assert_eq!((answer.status, code(&answer)), (401, "UNAUTHORIZED".into()), "{line}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        for token in ["wa_none", "wa_events"] {
            let answer = ask_as(&gateway, token, &line, &body);
            assert_eq!((answer.status, code(&answer)), (403, "FORBIDDEN".into()), "{line}");
        }
    }
    assert!(commands(&gateway).is_empty());
}

#[test]
fn others_have_nothing_to_find() {
    let gateway = hosted();
    gateway.bus.add_token("wa_new", "newcomer", &Capability::ALL);
    for (line, body) in all().iter().filter(|(line, _)| line != "GET /devices") {
        assert_eq!(ask_as(&gateway, "wa_new", line, body).status, 404, "{line}");
        let named = format!("{line}?device_id=main");
        assert_eq!(ask_as(&gateway, "wa_new", &named, body).status, 404, "{line}");
    }
    assert!(commands(&gateway).is_empty());
}

#[test]
fn redis_being_away_is_said_on_every_route() {
    let gateway = hosted();
    gateway.bus.with(|state| state.down = true);
    for (line, body) in all() {
        let answer = ask(&gateway, &line, &body);
        assert_eq!((answer.status, code(&answer)), (503, "GATEWAY_UNAVAILABLE".into()), "{line}");
    }
}

#[test]
fn every_rule_of_a_body_holds() {
    let gateway = hosted();
    let mut cases = vec![
        ("POST /send/text", wording::text_schema(), json!({"number": "5511999999999", "text": "Hello"})),
        ("PUT /messages/3EB0A1", edit::Editing::schema(), json!({"to": "5511999999999", "message": "Hello"})),
        ("DELETE /messages/3EB0A1", delete::Deletion::schema(), json!({"chat_jid": "5511999999999"})),
        ("POST /messages/3EB0A1/delivered", receipts::Marked::schema(), marked()),
        ("POST /messages/3EB0A1/retry", receipts::Missed::schema(), marked()),
        ("POST /messages/history/request", history::Wanted::schema(), wanted()),
    ];
    for (kind, line) in [
        (MediaKind::Image, "POST /send/image"),
        (MediaKind::Video, "POST /send/video"),
        (MediaKind::Audio, "POST /send/audio"),
        (MediaKind::Document, "POST /send/document"),
        (MediaKind::Sticker, "POST /send/sticker"),
    ] {
        cases.push((
            line,
            wording::file_schema(kind),
            json!({"number": "5511999999999", kind.as_str(): "AAAA"}),
        ));
    }
    let description = Description::default();
    let schemas = Schemas::of(&description);
    for (line, schema, good) in cases {
        for bad_one in breaks(&schemas, &schema, &good) {
            let named = bad(&ask(&gateway, line, &bad_one.body));
            assert_eq!(named, [bad_one.field.as_str()], "{line}: {} {}", bad_one.field, bad_one.how);
        }
        for body in ["", "{", "[]", "5"] {
            assert_eq!(bad(&ask(&gateway, line, body)), ["body"], "{line}");
        }
    }
    assert!(commands(&gateway).is_empty());
}

#[test]
fn every_bad_field_is_named_with_its_value() {
    let gateway = hosted();
    let body = json!({
        "number": "nobody", "text": "", "mentions": ["1@g.us"], "quoted": {"message_id": "a b", "sender": 5},
        "delay": 60_001,
    });
    let answer = ask_with(&gateway, &["idempotency-key: a b"], "POST /send/text?async=maybe", &body);
    let named = bad(&answer);
    assert_eq!(
        named,
        [
            "query.async",
            "header.Idempotency-Key",
            "number",
            "mentions[0]",
            "quoted.message_id",
            "quoted.sender",
            "delay",
            "text"
        ]
    );
    let told = answer.json();
    assert_eq!(told["validation"][2]["value"], "nobody");
    assert!(told["validation"][2]["message"].is_string());
    assert_eq!((&told["success"], &told["timestamp"]), (&json!(false), &json!("2026-06-15T12:00:00Z")));
    for quoted in [json!(5), json!("a b"), json!({}), json!([])] {
        let body = json!({"number": "5511999999999", "text": "x", "quoted": quoted});
        assert!(bad(&ask(&gateway, "POST /send/text", body))[0].starts_with("quoted"));
    }
}

#[test]
fn a_device_that_cannot_send_is_a_conflict() {
    let gateway = hosted();
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::LoggedOut);
    let body = json!({"number": "5511999999999", "text": "Hello"});
    for line in ["POST /send/text", "POST /send/text?async=true"] {
        let answer = ask(&gateway, line, &body);
        assert_eq!((answer.status, code(&answer)), (409, "DEVICE_NOT_READY".into()));
    }
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::Connected);
    gateway.bus.with(|state| state.full = true);
    let answer = ask(&gateway, "POST /send/text", &body);
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (429, "5"));
}

#[test]
fn other_paths_and_methods_are_said_to_be() {
    let gateway = hosted();
    for line in ["POST /send/smoke", "POST /messages/3EB0A1/smoke", "GET /jobs", "GET /send", "GET /messages"]
    {
        let answer = ask_with(&gateway, &["x-request-id: r-1"], line, "");
        assert_eq!((answer.status, code(&answer)), (404, "NOT_FOUND".into()), "{line}");
        assert_eq!(
            (&answer.json()["success"], answer.headers["x-request-id"].as_str()),
            (&json!(false), "r-1")
        );
    }
    let answer = ask(&gateway, "GET /send/text", "");
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"));
    let answer = ask(&gateway, "GET /messages/3EB0A1", "");
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "PUT, DELETE"));
}

proptest! {
    #[test]
    fn no_body_panics_and_a_bad_one_does_nothing(body in "\\PC{0,80}", several: bool) {
        let gateway = if several { two() } else { hosted() };
        let takes_one = |line: &str| !line.starts_with("GET") && !line.contains("/jobs/");
        for (line, _) in all().iter().filter(|(line, _)| takes_one(line)) {
            let answer = ask(&gateway, line, body.as_str());
            let empty_is_fine = body.is_empty() && line.ends_with("connect") && !several;
            prop_assert!(answer.status == 400 || empty_is_fine, "{}: {}", line, answer.status);
        }
    }
}
