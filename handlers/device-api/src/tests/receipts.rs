//! Receipts, and requests for older messages.

use edgewire_contract::command::{Live, Mark, MarkKind, RequestHistory, RequestRetry};
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::session::SessionStatus;

use super::*;

const GROUP: &str = "120363039000000000@g.us";
const HISTORY: &str = "POST /messages/history/request";

fn ids(ids: &[&str]) -> Vec<MessageId> {
    ids.iter().map(|id| MessageId::parse(id).unwrap()).collect()
}

fn jid(text: &str) -> Jid {
    Jid::parse_recipient(text).unwrap()
}

fn wanted() -> Value {
    json!({
        "chat_jid": "5511999999999", "last_message_id": "3EB0XX", "last_message_from_me": true,
        "last_message_timestamp": 1_750_000_000, "count": 20,
    })
}

#[test]
fn messages_are_marked() {
    for (name, mark) in [("read", MarkKind::Read), ("delivered", MarkKind::Delivered)] {
        let gateway = hosted();
        let line = format!("POST /messages/3EB0A1/{name}");
        let answer = ask(&gateway, &line, json!({"chat_jid": "5511999999999"}));
        let expected = json!({
            "success": true, "chat_jid": PERSON, "sender_jid": null, "message_ids": ["3EB0A1"], "receipt_type": name,
            "timestamp": "2026-06-15T12:00:00Z",
        });
        assert_eq!((answer.status, answer.json()), (200, expected));
        let one = Mark { chat: jid(PERSON), sender: None, message_ids: ids(&["3EB0A1"]), mark };
        let body = json!({"chat_jid": GROUP, "sender_jid": PERSON, "message_ids": ["3EB0B1", "3EB0B2"]});
        let told = ask(&gateway, &line, body).json();
        assert_eq!(
            (&told["sender_jid"], &told["message_ids"]),
            (&json!(PERSON), &json!(["3EB0B1", "3EB0B2"]))
        );
        let sender = Some(jid(PERSON));
        let some = Mark { chat: jid(GROUP), sender, message_ids: ids(&["3EB0B1", "3EB0B2"]), mark };
        let actions: Vec<Action> = commands(&gateway).into_iter().map(|command| command.action).collect();
        assert_eq!(actions, [Action::Mark(one), Action::Mark(some)]);
    }
}

#[test]
fn a_mark_waits_for_a_connection() {
    let gateway = hosted();
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::Reconnecting);
    let answer = ask(&gateway, "POST /messages/3EB0A1/read?async=true", json!({"chat_jid": PERSON}));
    assert_eq!((answer.status, &answer.json()["status"]), (202, &json!("processing")));
    gateway.bus.finish();
    let job = ask(&gateway, &format!("GET /jobs/{}", answer.json()["job_id"].as_str().unwrap()), "").json();
    assert_eq!(
        (&job["status"], &job["message_id"], &job["chat_jid"]),
        (&json!("sent"), &Value::Null, &json!(PERSON))
    );
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::LoggedOut);
    let answer = ask(&gateway, "POST /messages/3EB0A1/read", json!({"chat_jid": PERSON}));
    assert_eq!((answer.status, code(&answer)), (409, "DEVICE_NOT_READY".into()));
}

#[test]
fn a_writer_is_asked_once_more() {
    let gateway = hosted();
    let body = json!({"chat_jid": GROUP, "sender_jid": PERSON});
    let answer = ask(&gateway, "POST /messages/3EB0A1/retry", &body);
    let expected = json!({
        "success": true, "chat_jid": GROUP, "sender_jid": PERSON, "message_ids": ["3EB0A1"],
        "receipt_type": "retry", "timestamp": "2026-06-15T12:00:00Z",
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    let retry = RequestRetry { chat: jid(GROUP), sender: jid(PERSON), message_ids: ids(&["3EB0A1"]) };
    assert_eq!(commands(&gateway)[0].action, Action::Live(Live::RequestRetry(retry)));
    gateway.bus.host(refuses);
    assert_eq!(ask(&gateway, "POST /messages/3EB0A1/retry", &body).status, 422);
}

#[test]
fn the_phone_is_asked_for_older_messages() {
    let gateway = hosted();
    let answer = ask(&gateway, HISTORY, wanted());
    let expected = json!({
        "success": true,
        "message": "History sync requested. Messages will be delivered via webhook (event: history.sync).",
        "chat_jid": PERSON, "requested_count": 20,
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    let request = RequestHistory {
        chat: jid(PERSON),
        message_id: ids(&["3EB0XX"]).remove(0),
        from_me: true,
        timestamp: 1_750_000_000_000,
        count: 20,
    };
    assert_eq!(commands(&gateway)[0].action, Action::Live(Live::RequestHistory(request)));
    let mut body = wanted();
    body.as_object_mut().unwrap().remove("count");
    assert_eq!(ask(&gateway, HISTORY, body).json()["requested_count"], 50);
}

#[test]
fn a_device_that_is_not_connected_cannot_ask() {
    let gateway = hosted();
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::Reconnecting);
    for (line, body) in [
        (HISTORY, wanted()),
        ("POST /messages/3EB0A1/retry", json!({"chat_jid": PERSON, "sender_jid": PERSON})),
    ] {
        let answer = ask(&gateway, line, body);
        assert_eq!((answer.status, code(&answer)), (409, "DEVICE_NOT_READY".into()), "{line}");
    }
    assert!(commands(&gateway).is_empty());
}

#[test]
fn the_device_may_be_named() {
    let gateway = two();
    let body = json!({"chat_jid": PERSON});
    assert_eq!(bad(&ask(&gateway, "POST /messages/3EB0A1/read", &body)), ["device_id"]);
    assert_eq!(ask(&gateway, "POST /messages/3EB0A1/read?device_id=second", &body).status, 200);
    let mut body = wanted();
    body["device_id"] = json!("second");
    assert_eq!(ask(&gateway, HISTORY, &body).status, 200);
    assert!(commands(&gateway).iter().all(|command| command.session == session("second")));
    assert_eq!(ask(&gateway, &format!("{HISTORY}?device_id=main"), &body).status, 404);
}

#[test]
fn bad_fields_are_named() {
    let gateway = hosted();
    for (line, body, named) in [
        ("POST /messages/3EB0A1/read", json!({}), vec!["chat_jid"]),
        ("POST /messages/3EB0A1/read", json!({"chat_jid": GROUP}), vec!["sender_jid"]),
        (
            "POST /messages/3EB0A1/delivered?async=x",
            json!({"chat_jid": "x", "sender_jid": GROUP, "message_ids": []}),
            vec!["query.async", "chat_jid", "sender_jid", "message_ids"],
        ),
        ("POST /messages/3EB0A1/retry", json!({"chat_jid": PERSON}), vec!["sender_jid"]),
        (
            "POST /messages/3EB0A1/retry",
            json!({"chat_jid": 5, "sender_jid": PERSON, "message_ids": ["a b"]}),
            vec!["chat_jid", "message_ids[0]"],
        ),
        (
            HISTORY,
            json!({"last_message_from_me": "x", "count": 51}),
            vec!["chat_jid", "last_message_id", "last_message_from_me", "last_message_timestamp", "count"],
        ),
        (HISTORY, json!([]), vec!["body"]),
    ] {
        assert_eq!(bad(&ask(&gateway, line, &body)), named, "{line} {body}");
    }
    assert_eq!(ask(&gateway, "POST /messages/a%20b/read", json!({"chat_jid": PERSON})).status, 404);
    assert!(commands(&gateway).is_empty());
}
