//! What is done to one message.

use edgewire_contract::jid::Jid;
use edgewire_edge::bus::MessageView;
use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::testing::breaks::breaks;

use super::*;
use crate::mid::Change;

const ANA: &str = "628111111111@s.whatsapp.net";
const GROUP: &str = "120363000000000000@g.us";

fn view(chat: &str, from_me: bool, kind: &str) -> MessageView {
    let chat = Jid::parse_recipient(chat).unwrap();
    let sender = (!from_me).then(|| Jid::parse_recipient(ANA).unwrap());
    MessageView { chat, from_me, kind: Some(kind.into()), sender, at: Some(NOON), has_body: true }
}

/// A gateway that knows a text and a poll of ours, and a text and a poll of Ana's, all in the chat with her.
fn knowing() -> FakeGateway {
    let gateway = gateway();
    gateway.bus.host(sends);
    for (id, from_me, kind) in [
        ("OURS", true, "text"),
        ("OURPOLL", true, "poll"),
        ("HERS", false, "text"),
        ("HERPOLL", false, "poll"),
    ] {
        gateway.bus.add_message("main", id, view(ANA, from_me, kind));
    }
    gateway
}

fn line(change: Change, mid: &str) -> String {
    let (method, rest) = match change {
        Change::Edit => ("PATCH", ""),
        Change::Revoke => ("DELETE", ""),
        Change::React => ("POST", "/reactions"),
        Change::Forward => ("POST", "/forward"),
        Change::Vote => ("POST", "/vote"),
    };
    format!("{method} /api/v1/sessions/main/messages/{mid}{rest}")
}

fn good(change: Change) -> Value {
    match change {
        Change::Edit => json!({"chat": ANA, "text": "New", "mentions": ["1@lid"]}),
        Change::Revoke => json!({"chat": ANA}),
        Change::React => json!({"chat": ANA, "emoji": "👍"}),
        Change::Forward => json!({"chat": ANA, "to": GROUP}),
        Change::Vote => json!({"chat": ANA, "sender": ANA, "options": ["Red", "Blue"]}),
    }
}

/// A message that it can be done to.
fn target(change: Change) -> &'static str {
    if change == Change::Vote { "HERPOLL" } else { "OURS" }
}

fn status(gateway: &FakeGateway, change: Change, mid: &str, body: &Value) -> u16 {
    ask(gateway, &line(change, mid), &[], &body.to_string()).status
}

#[test]
fn each_becomes_its_command() {
    for change in Change::ALL {
        let gateway = knowing();
        let mid = target(change);
        let answer = ask(&gateway, &line(change, mid), &[], &good(change).to_string());
        assert_eq!(answer.status, 200, "{change:?} {}", answer.text);
        let send = sent(&gateway);
        assert_eq!(answer.json()["waMessageId"], json!(send.message_id));
        assert_ne!(send.message_id.as_str(), mid);
        let expected = match change {
            Change::Edit => json!({"type": "edit", "message_id": mid, "text": "New"}),
            Change::Revoke => json!({"type": "revoke", "message_id": mid, "original_sender": null}),
            Change::React => json!({"type": "react", "message_id": mid, "emoji": "👍", "sender": null}),
            Change::Forward => json!({"type": "forward-stored", "chat": ANA, "message_id": mid}),
            Change::Vote => {
                json!({"type": "poll-update", "poll_message_id": mid, "selected_options": ["Red", "Blue"], "poll_sender": ANA, "enc_iv": null, "enc_payload": null})
            }
        };
        assert_eq!(serde_json::to_value(&send.content).unwrap(), expected);
        assert_eq!(send.to.as_str(), if change == Change::Forward { GROUP } else { ANA });
        assert_eq!(send.mentions.len(), usize::from(change == Change::Edit));
    }
}

#[test]
fn each_is_queued_and_replayed() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    for change in Change::ALL {
        let gateway = knowing();
        let line = line(change, target(change)) + "?async=true";
        let once = || ask(&gateway, &line, &["idempotency-key: k"], &good(change).to_string());
        let first = once();
        assert_eq!((first.status, &first.json()["status"]), (202, &json!("queued")), "{change:?}");
        assert_eq!(
            schemas.faults(&json!({"$ref": "#/components/schemas/SendResult"}), &first.json()),
            [""; 0]
        );
        // What it was about may be gone by then.
        gateway.bus.with(|state| state.messages.clear());
        let again = once();
        assert_eq!((again.status, &again.json()["replayed"]), (202, &json!(true)), "{change:?}");
        assert_eq!(again.json()["outboxId"], first.json()["outboxId"]);
        assert_eq!(commands(&gateway).len(), 1);
    }
}

#[test]
fn a_repeated_request_that_got_nowhere_is_judged_again() {
    let gateway = knowing();
    let once = || {
        ask(&gateway, &line(Change::Edit, "LATER"), &["idempotency-key: k"], &good(Change::Edit).to_string())
    };
    assert_eq!((once().status, once().status), (404, 404));
    gateway.bus.add_message("main", "LATER", view(ANA, true, "text"));
    assert_eq!((once().status, once().status), (200, 200));
    assert_eq!(commands(&gateway).len(), 1);
}

#[test]
fn each_must_be_about_what_it_can_be_about() {
    use Change::{Edit, Forward, React, Revoke, Vote};
    for (change, mid, expected) in [
        (Edit, "OURS", 200),
        (Edit, "OURPOLL", 400),
        (Edit, "HERS", 404),
        (Edit, "HERPOLL", 404),
        (Edit, "NONE", 404),
        (Revoke, "OURS", 200),
        (Revoke, "OURPOLL", 200),
        (Revoke, "HERS", 404),
        (Revoke, "NONE", 404),
        (React, "HERS", 200),
        (React, "NONE", 200),
        (Forward, "HERS", 200),
        (Forward, "NONE", 404),
        (Vote, "OURPOLL", 200),
        (Vote, "HERPOLL", 200),
        (Vote, "HERS", 400),
        (Vote, "NONE", 404),
    ] {
        let gateway = knowing();
        let answer = ask(&gateway, &line(change, mid), &[], &good(change).to_string());
        assert_eq!(answer.status, expected, "{change:?} {mid}");
        assert_eq!(commands(&gateway).is_empty(), expected != 200);
        if expected == 400 {
            assert_eq!(answer.bad_fields(), ["mid"]);
        }
    }
}

#[test]
fn a_message_stands_in_its_chat() {
    for (chat, expected) in [
        ("+62 8111-111-111", 200),
        ("100000000000001@lid", 200),
        ("628222222222", 404),
        (GROUP, 404),
        ("1@newsletter", 404),
    ] {
        for change in [Change::Edit, Change::Revoke, Change::Forward] {
            let mut body = good(change);
            body["chat"] = json!(chat);
            assert_eq!(status(&knowing(), change, "OURS", &body), expected, "{change:?} {chat}");
        }
    }
}

#[test]
fn a_message_on_its_way_can_be_edited() {
    let gateway = gateway();
    gateway.bus.host(sends);
    let queued = ask(&gateway, &format!("{MESSAGES}?async=true"), &[], HELLO).json();
    let body = json!({"chat": "6281234567890", "text": "Bye"});
    assert_eq!(status(&gateway, Change::Edit, queued["waMessageId"].as_str().unwrap(), &body), 200);
}

#[test]
fn an_administrator_deletes_the_messages_of_others() {
    let gateway = knowing();
    gateway.bus.add_message("main", "THEIRS", view(GROUP, false, "text"));
    assert_eq!(status(&gateway, Change::Revoke, "THEIRS", &json!({"chat": GROUP})), 404);
    for mid in ["THEIRS", "NONE"] {
        let body = json!({"chat": GROUP, "sender": ANA});
        assert_eq!(status(&gateway, Change::Revoke, mid, &body), 200);
        let Content::Revoke(revoke) = sent(&gateway).content else { panic!("no revoke") };
        assert_eq!(revoke.original_sender.unwrap().as_str(), ANA);
    }
    // With one person there is no administrator.
    assert_eq!(status(&gateway, Change::Revoke, "HERS", &json!({"chat": ANA, "sender": ANA})), 404);
}

#[test]
fn what_is_not_kept_is_not_forwarded() {
    let gateway = knowing();
    gateway.bus.add_message("main", "BARE", MessageView { has_body: false, ..view(ANA, true, "text") });
    assert_eq!(status(&gateway, Change::Forward, "BARE", &good(Change::Forward)), 404);
}

#[test]
fn a_vote_can_be_taken_back() {
    let gateway = knowing();
    assert_eq!(status(&gateway, Change::Vote, "HERPOLL", &json!({"chat": ANA, "options": []})), 200);
}

#[test]
fn nobody_learns_what_others_keep() {
    let gateway = knowing();
    gateway.bus.add_message("other", "THEIRS", view(ANA, true, "poll"));
    for change in Change::ALL {
        for mid in ["THEIRS", "NONE"] {
            let line = line(change, mid).replace("/main/", "/other/");
            let answer = ask(&gateway, &line, &[], &good(change).to_string());
            assert_eq!(
                (answer.status, answer.json()["error"]["message"].as_str()),
                (404, Some("session not found"))
            );
        }
    }
}

#[test]
fn every_broken_field_is_named_and_nothing_is_sent() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    for change in Change::ALL {
        let line_of = line(change, "{mid}").replace("/main/", "/{session}/");
        let (method, path) = line_of.split_once(' ').unwrap();
        let operation = description.operations.iter().find(|o| o.method == method && o.path == path).unwrap();
        let schema = &operation.body.as_ref().unwrap().content[0].schema;
        let all = breaks(&schemas, schema, &good(change));
        assert!(all.len() > 10);
        for broken in all {
            let what = format!("{change:?}: {} {}", broken.field, broken.how);
            let gateway = knowing();
            let answer = ask(&gateway, &line(change, target(change)), &[], &broken.body.to_string());
            assert_eq!((answer.status, answer.bad_fields()), (400, vec![broken.field]), "{what}");
            assert!(commands(&gateway).is_empty(), "{what}");
        }
    }
}

#[test]
fn what_is_no_id_is_not_found() {
    for change in Change::ALL {
        for mid in ["a%20b", &"x".repeat(65), "%C3%A4"] {
            assert_eq!(status(&knowing(), change, mid, &good(change)), 404, "{change:?} {mid}");
        }
    }
}
