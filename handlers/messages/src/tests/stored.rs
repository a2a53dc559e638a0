//! What is kept of a message.

use super::*;

const PERSON: &str = "628123456780@s.whatsapp.net";
const LID: &str = "100000000000009@lid";

/// A text that came in by LID, whose writer's number is known; and a send that failed.
fn with_messages() -> FakeGateway {
    let gateway = gateway();
    let view = json!({
        "message_id": "3EB0AA", "chat": PERSON, "chat_phone": "628123456780", "chat_lid": LID, "is_group": false,
        "from": PERSON, "from_phone": "628123456780", "from_lid": LID, "from_me": false, "push_name": "Bob",
        "type": "text", "text": "Hi", "timestamp": NOON / 1000, "quoted_message_id": null, "quoted": null,
        "mentions": [], "mentioned": [], "media": null, "forwarded": false, "view_once": false, "offline": false,
    });
    let at = NOON.to_string();
    let record =
        [("chat", LID), ("from_me", "0"), ("kind", "text"), ("at", &at), ("view", &view.to_string())];
    gateway.bus.add_kept("main", "3EB0AA", &record);
    let error = r#"{"code":"recipient_unavailable","message":"refused","details":{"ack_error":463}}"#;
    let record = [("chat", LID), ("outbox", "01K8"), ("status", "failed"), ("error", error)];
    gateway.bus.add_kept("main", "3EB0BB", &record);
    gateway
}

fn get(gateway: &FakeGateway, tail: &str) -> Answer {
    ask(gateway, &format!("GET /api/v1/sessions/main/messages/{tail}"), &[], "")
}

#[test]
fn it_is_shown() {
    let gateway = with_messages();
    let answer = get(&gateway, "3EB0AA");
    let told = &answer.json()["message"];
    assert_eq!((answer.status, &told["text"], &told["timestamp"]), (200, &json!("Hi"), &json!(NOON)));
    assert_eq!(
        (&told["chat"], &told["chatLid"], &told["status"]),
        (&json!(PERSON), &json!(LID), &Value::Null)
    );
    let failed = get(&gateway, "3EB0BB").json();
    let failed = &failed["message"];
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&json!("failed"), &json!("recipient_unavailable"))
    );
}

#[test]
fn its_chat_may_be_named_by_either_address() {
    let gateway = with_messages();
    for chat in [PERSON, LID, "628123456780", "%2B62%20812-3456-780"] {
        assert_eq!(get(&gateway, &format!("3EB0AA?chat={chat}")).status, 200, "{chat}");
    }
    // Of the one that failed only the LID is kept: the chat's alias tells the number.
    assert_eq!(get(&gateway, &format!("3EB0BB?chat={PERSON}")).status, 404);
    gateway.bus.describe_chat("main", PERSON, &[("lid", LID)]);
    assert_eq!(get(&gateway, &format!("3EB0BB?chat={PERSON}")).status, 200);
    for tail in ["3EB0AA?chat=1@g.us", "3EB0AA?chat=628111111111", "3EB0BB?chat=2@lid"] {
        assert_eq!(get(&gateway, tail).status, 404, "{tail}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let gateway = with_messages();
    for tail in ["3EB0CC", "a%20b", "read"] {
        let answer = get(&gateway, tail);
        assert_eq!(
            (answer.status, &answer.json()["error"]["message"]),
            (404, &json!("message not found")),
            "{tail}"
        );
    }
    let other = ask(&gateway, "GET /api/v1/sessions/other/messages/3EB0AA", &[], "");
    assert_eq!((other.status, &other.json()["error"]["message"]), (404, &json!("session not found")));
    assert_eq!(get(&gateway, "3EB0AA?chat=nobody").bad_fields(), ["query.chat"]);
    let line = "GET /api/v1/sessions/main/messages/3EB0AA";
    assert_eq!(ask(&gateway, line, &["x-api-key: wa_none"], "").status, 403);
    gateway.bus.add_token("wa_send", "acme", &[Capability::Send]);
    assert_eq!(ask(&gateway, line, &["x-api-key: wa_send"], "").status, 403);
    gateway.bus.with(|state| state.down = true);
    assert_eq!(get(&gateway, "3EB0AA").status, 503);
}
