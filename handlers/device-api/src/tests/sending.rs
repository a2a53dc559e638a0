//! Texts, and what all sends share.

use edgewire_contract::command::Mode;
use edgewire_contract::content::{Content, Text};

use super::*;

const TEXT: &str = "POST /send/text";

fn hello() -> Value {
    json!({"number": "+55 11 99999-9999", "text": "Hello"})
}

#[test]
fn a_text_is_answered_when_whatsapp_has_acknowledged_it() {
    let gateway = hosted();
    let answer = ask(&gateway, TEXT, hello());
    let (device, send) = sent(&gateway);
    assert_eq!(
        (answer.status, answer.json()),
        (
            200,
            json!({
                "success": true, "message_id": send.message_id, "timestamp": AT, "status": "sent",
                "chat_jid": PERSON, "metadata": {"device_id": "main"},
            })
        )
    );
    assert_eq!(device.as_str(), "main");
    assert_eq!(send.to.as_str(), PERSON);
    assert_eq!(send.content, Content::Text(Text { text: "Hello".into() }));
    assert_eq!((send.reply_to, send.mentions.len(), send.timestamp), (None, 0, NOON));
    let command = &commands(&gateway)[0];
    assert_eq!((command.mode, command.deadline), (Mode::Sync, Some(NOON + 30_000)));
}

#[test]
fn quotes_and_mentions_go_along() {
    for (quoted, sender) in [
        (json!("3EB0A1"), None),
        (json!({"message_id": "3EB0A1"}), None),
        (json!({"message_id": "3EB0A1", "sender": "628111111111"}), Some("628111111111@s.whatsapp.net")),
    ] {
        let gateway = hosted();
        let body = json!({
            "number": "120363039000000000@g.us", "text": "Hi", "quoted": quoted,
            "mentions": ["628111111111", "1@lid"],
        });
        assert_eq!(ask(&gateway, TEXT, body).status, 200);
        let (_, send) = sent(&gateway);
        assert_eq!(send.to.as_str(), "120363039000000000@g.us");
        let reply_to = send.reply_to.expect("quotes");
        assert_eq!(reply_to.message_id.as_str(), "3EB0A1");
        assert_eq!(reply_to.sender.as_ref().map(|sender| sender.as_str()), sender);
        let mentions: Vec<_> = send.mentions.iter().map(|jid| jid.as_str()).collect();
        assert_eq!(mentions, ["628111111111@s.whatsapp.net", "1@lid"]);
    }
}

#[test]
fn a_delay_is_the_commands_and_nobody_waits_for_a_long_one() {
    for (delay, status) in [(0, 200), (1_500, 200), (15_000, 200), (15_001, 202), (60_000, 202)] {
        let gateway = hosted();
        let mut body = hello();
        body["delay"] = delay.into();
        assert_eq!(ask(&gateway, TEXT, body).status, status, "{delay}");
        let (_, send) = sent(&gateway);
        assert_eq!((send.delay_ms, send.timestamp), (delay, NOON));
        let mode = if status == 202 { Mode::Async } else { Mode::Sync };
        assert_eq!(commands(&gateway)[0].mode, mode, "{delay}");
    }
}

#[test]
fn who_does_not_wait_gets_a_job() {
    let gateway = gateway();
    let answer = ask(&gateway, "POST /send/text?async=true", hello());
    let command = &commands(&gateway)[0];
    assert_eq!(
        (answer.status, answer.json()),
        (
            202,
            json!({
                "success": true, "status": "processing", "chat_jid": PERSON, "job_id": command.id,
                "timestamp": "2026-06-15T12:00:00Z",
            })
        )
    );
    assert_eq!((command.mode, &command.reply_to), (Mode::Async, &None));
}

#[test]
fn the_same_request_under_one_key_sends_once() {
    let gateway = two();
    let key = &["idempotency-key: k-1"];
    let line = "POST /send/text?device_id=main";
    let first = ask_with(&gateway, key, line, hello());
    let again = ask_with(&gateway, key, line, hello());
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(again.json(), first.json());
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = ask_with(&gateway, key, "POST /send/text?device_id=second", hello());
    assert_eq!((other.status, code(&other)), (409, "CONFLICT".into()), "another device is another request");
    assert_eq!(commands(&gateway).len(), 1);
}

#[test]
fn what_whatsapp_refuses_is_the_senders_error() {
    let gateway = gateway();
    gateway.bus.host(refuses);
    let answer = ask(&gateway, TEXT, hello());
    assert_eq!(
        (answer.status, answer.json()),
        (
            422,
            json!({
                "success": false, "error": "refused", "error_code": "RECIPIENT_UNAVAILABLE",
                "timestamp": "2026-06-15T12:00:00Z",
            })
        )
    );
}

#[test]
fn without_a_result_in_time_the_job_is_named() {
    let gateway = gateway();
    let answer = ask(&gateway, TEXT, hello());
    assert_eq!((answer.status, code(&answer)), (504, "TIMEOUT".into()));
    let job = commands(&gateway)[0].id;
    assert!(answer.json()["error"].as_str().unwrap().ends_with(&format!("GET /jobs/{job}")));
    assert_eq!(ask(&gateway, &format!("GET /jobs/{job}"), "").json()["status"], "processing");
}
