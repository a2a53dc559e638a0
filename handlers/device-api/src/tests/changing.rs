//! Edits and deletions.

use edgewire_contract::command::{DeleteForMe, Live};
use edgewire_contract::content::{Content, Edit, Revoke};
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::session::SessionStatus;

use super::*;

/// A gateway where `hello` was sent, and its message's id. No command is left of it.
fn with_message() -> (FakeGateway, MessageId) {
    let gateway = hosted();
    ask(&gateway, "POST /send/text", json!({"number": "5511999999999", "text": "Hello"}));
    let (_, send) = sent(&gateway);
    gateway.bus.with(|state| state.commands.clear());
    (gateway, send.message_id)
}

fn id(text: &str) -> MessageId {
    MessageId::parse(text).unwrap()
}

fn jid(text: &str) -> Jid {
    Jid::parse_recipient(text).unwrap()
}

#[test]
fn a_text_is_replaced() {
    let (gateway, message_id) = with_message();
    let line = format!("PUT /messages/{message_id}");
    let answer = ask(&gateway, &line, json!({"to": "5511999999999", "message": "Bye"}));
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"success": true, "message_id": message_id, "timestamp": AT, "message": "Bye"}))
    );
    let (_, send) = sent(&gateway);
    assert_eq!(send.content, Content::Edit(Edit { message_id, text: "Bye".into() }));
    assert_eq!(send.to.as_str(), PERSON);
}

#[test]
fn a_message_that_is_not_known_there_is_not_found() {
    let (gateway, message_id) = with_message();
    for (id, to) in [("3EB0FF", "5511999999999"), ("a%20b", "5511999999999"), (message_id.as_str(), "1@g.us")]
    {
        let answer = ask(&gateway, &format!("PUT /messages/{id}"), json!({"to": to, "message": "Bye"}));
        assert_eq!((answer.status, &answer.json()["error"]), (404, &json!("message not found")), "{id}");
    }
    assert!(commands(&gateway).is_empty());
}

#[test]
fn only_texts_are_edited() {
    let (gateway, message_id) = with_message();
    gateway.bus.with(|state| {
        state.messages.values_mut().for_each(|message| message.kind = Some("image".into()));
    });
    let line = format!("PUT /messages/{message_id}");
    assert_eq!(bad(&ask(&gateway, &line, json!({"to": "5511999999999", "message": "Bye"}))), ["id"]);
}

#[test]
fn a_message_is_deleted_for_everyone() {
    for (body, chat, sender) in [
        (json!({"chat_jid": PERSON}), PERSON, None),
        (json!({"chat_jid": "5511999999999", "deleteType": "for_everyone"}), PERSON, None),
        (json!({"chat_jid": "1@g.us", "sender_jid": "628111111111"}), "1@g.us", Some("628111111111")),
        (json!({"chat_jid": "1@g.us", "sender_jid": "628123456789@s.whatsapp.net"}), "1@g.us", None),
        (json!({"chat_jid": "1@g.us", "sender_jid": "100000000000001@lid"}), "1@g.us", None),
    ] {
        let gateway = hosted();
        let answer = ask(&gateway, "DELETE /messages/3EB0A1", &body);
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"success": true, "message_id": "3EB0A1", "timestamp": AT})),
            "{body}"
        );
        let (_, send) = sent(&gateway);
        let revoke = Revoke { message_id: id("3EB0A1"), original_sender: sender.map(jid) };
        assert_eq!((send.to.as_str(), send.content), (chat, Content::Revoke(revoke)), "{body}");
    }
}

#[test]
fn a_message_is_deleted_for_oneself() {
    let gateway = hosted();
    let body = json!({"chat_jid": "1@g.us", "sender_jid": "628111111111", "deleteType": "for_me"});
    let answer = ask(&gateway, "DELETE /messages/3EB0A1", &body);
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"success": true, "message_id": "3EB0A1", "timestamp": "2026-06-15T12:00:00Z"}))
    );
    let expected =
        DeleteForMe { chat: jid("1@g.us"), message_id: id("3EB0A1"), sender: Some(jid("628111111111")) };
    assert_eq!(commands(&gateway)[0].action, Action::Live(Live::DeleteForMe(expected)));

    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::Reconnecting);
    let answer = ask(&gateway, "DELETE /messages/3EB0A1", &body);
    assert_eq!((answer.status, code(&answer)), (409, "DEVICE_NOT_READY".into()));
}

#[test]
fn bad_fields_are_named() {
    let gateway = hosted();
    for (line, body, named) in [
        ("PUT /messages/3EB0A1", json!({}), vec!["to", "message"]),
        ("PUT /messages/3EB0A1", json!({"to": "x", "message": "é".repeat(4097)}), vec!["to", "message"]),
        ("PUT /messages/3EB0A1", json!({"to": 5, "message": ""}), vec!["to", "message"]),
        ("DELETE /messages/3EB0A1", json!({}), vec!["chat_jid"]),
        (
            "DELETE /messages/3EB0A1?async=x",
            json!({"chat_jid": "x", "sender_jid": "1@g.us", "deleteType": "all"}),
            vec!["query.async", "chat_jid", "sender_jid", "deleteType"],
        ),
        ("DELETE /messages/3EB0A1", json!([]), vec!["body"]),
    ] {
        assert_eq!(bad(&ask(&gateway, line, &body)), named, "{line} {body}");
    }
    assert_eq!(bad(&ask(&gateway, "DELETE /messages/3EB0A1", "")), ["body"]);
    assert!(commands(&gateway).is_empty());
}
