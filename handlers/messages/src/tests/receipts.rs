//! Read receipts.

use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::testing::breaks::breaks;

use super::*;

const READ: &str = "POST /api/v1/sessions/main/messages/read";
const BODY: &str = r#"{"chat_jid":"+62 8123456789","message_ids":["A1","A2"]}"#;

fn carries_out(_: &Command) -> Ending {
    Ending::Done(None)
}

#[test]
fn they_are_sent() {
    let gateway = gateway();
    gateway.bus.host(carries_out);
    let answer = ask(&gateway, READ, &[], BODY);
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"message_id": "A1", "timestamp": NOON / 1000, "to": "628123456789@s.whatsapp.net"}))
    );
    let Action::Mark(mark) = &commands(&gateway)[0].action else { panic!("no mark") };
    assert_eq!((mark.chat.as_str(), mark.message_ids.len()), ("628123456789@s.whatsapp.net", 2));
}

#[test]
fn they_are_queued_and_replayed() {
    let gateway = gateway();
    let once = || ask(&gateway, &format!("{READ}?async=true"), &["idempotency-key: k"], BODY);
    let (first, again) = (once(), once());
    let told = first.json();
    assert_eq!((first.status, &told["status"], &told["message_id"]), (202, &json!("queued"), &json!("A1")));
    assert_eq!(told["outbox_id"], json!(commands(&gateway)[0].id));
    assert_eq!(again.json(), told);
    assert_eq!((again.headers["idempotent-replayed"].as_str(), commands(&gateway).len()), ("true", 1));
    assert!(gateway.bus.with(|state| state.queued_events.is_empty()), "no message is queued");
}

#[test]
fn a_group_needs_the_sender() {
    let body = json!({"chat_jid": "1@g.us", "message_ids": ["A1"]});
    refused(READ, &body, "sender", "without");
    let mut body = body;
    body["sender"] = json!("1@lid");
    assert_eq!(ask(&gateway(), &format!("{READ}?async=true"), &[], &body.to_string()).status, 202);
}

#[test]
fn every_broken_field_is_named_and_nothing_is_sent() {
    let description = crate::describe::describe();
    let schemas = Schemas::of(&description);
    let operation = description.operations.iter().find(|o| o.id == "markRead").unwrap();
    let schema = &operation.body.as_ref().unwrap().content[0].schema;
    for broken in breaks(&schemas, schema, &serde_json::from_str(BODY).unwrap()) {
        refused(READ, &broken.body, &broken.field, broken.how);
    }
}
