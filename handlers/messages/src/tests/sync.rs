//! Synchronous sends.

use super::*;

#[test]
fn a_send_is_answered_when_whatsapp_has_acknowledged_it() {
    let gateway = gateway();
    gateway.bus.host(sends);
    let answer = ask(&gateway, MESSAGES, &["x-request-id: r-1"], HELLO);
    assert_eq!(answer.status, 200);
    let command = &commands(&gateway)[0];
    let Action::Send(send) = &command.action else { panic!("no send") };
    assert_eq!(
        answer.text,
        format!(
            r#"{{"mode":"sync","outboxId":"{}","waMessageId":"{}","status":"sent","timestamp":{},"replayed":false}}"#,
            command.id,
            send.message_id,
            NOON + 1_234
        )
    );
    assert_eq!(answer.headers["x-request-id"], "r-1");
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(command.request_id.as_str(), "r-1");
    assert_eq!(command.deadline, Some(NOON + 30_000));
    assert_eq!(command.reply_to.as_deref(), Some("ew1:{r:test}:replies"));
    assert_eq!(command.id.shard(), Shard::of(&SessionId::parse("main").unwrap(), 64));
    assert_eq!(send.to.as_str(), "6281234567890@s.whatsapp.net");
    assert_eq!(send.timestamp, NOON);
}

#[test]
fn the_route_of_texts_answers_in_its_own_shape() {
    let gateway = gateway();
    gateway.bus.host(sends);
    let body = r#"{"to":"628123456789","text":"Hi","reply_to":"3EB0AA","mentions":["628111111111","1@lid"]}"#;
    let answer = ask(&gateway, TEXT, &[], body);
    let commands = commands(&gateway);
    let Action::Send(send) = &commands[0].action else { panic!("no send") };
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"message_id": send.message_id, "timestamp": NOON / 1000 + 1, "to": "628123456789@s.whatsapp.net"})
    );
    let Content::Text(text) = &send.content else { panic!("no text") };
    assert_eq!(text.text, "Hi");
    assert_eq!(send.reply_to.as_ref().unwrap().message_id.as_str(), "3EB0AA");
    assert_eq!(send.mentions.len(), 2);
}

#[test]
fn what_whatsapp_refuses_is_the_senders_error() {
    let gateway = gateway();
    gateway.bus.host(refuses);
    let answer = ask(&gateway, MESSAGES, &[], HELLO);
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json(),
        json!({"error": {"code": "recipient_unavailable", "message": "refused", "details": {"ack_error": 463}}})
    );
}

#[test]
fn without_a_result_in_time_the_caller_can_ask_later() {
    let gateway = gateway();
    let answer = ask(&gateway, TEXT, &[], r#"{"to":"628123456789","text":"x"}"#);
    assert_eq!((answer.status, code(&answer)), (504, "timeout".into()));
    let id = commands(&gateway)[0].id.to_string();
    assert_eq!(answer.json()["error"]["details"]["outboxId"], id);
    let later = ask(&gateway, &format!("GET /api/v1/outbox/{id}"), &[], "");
    assert_eq!((later.status, later.json()["status"].as_str()), (200, Some("queued")));
}
