//! Asynchronous sends.

use super::*;

#[test]
fn a_send_is_answered_when_it_is_queued_though_no_host_is_alive() {
    let gateway = gateway();
    let answer = ask(&gateway, &format!("{MESSAGES}?async=true"), &[], HELLO);
    assert_eq!(answer.status, 202);
    let told = answer.json();
    assert_eq!((&told["mode"], &told["status"]), (&json!("async"), &json!("queued")));
    let command = &commands(&gateway)[0];
    assert_eq!((command.mode, command.deadline, &command.reply_to), (Mode::Async, None, &None));
    let event: serde_json::Value =
        serde_json::from_str(&gateway.bus.with(|state| state.queued_events[0].clone())).unwrap();
    assert_eq!(event["event"], "message.status");
    assert_eq!(event["payload"]["outbox_id"], told["outboxId"]);
    assert_eq!(event["payload"]["message_id"], told["waMessageId"]);
}

#[test]
fn the_route_of_texts_gives_both_ids() {
    let gateway = gateway();
    let answer = ask(&gateway, &format!("{TEXT}?async=true"), &[], r#"{"to":"1@g.us","text":"x"}"#);
    assert_eq!(answer.status, 202);
    let told = answer.json();
    assert_eq!((&told["status"], &told["to"]), (&json!("queued"), &json!("1@g.us")));
    assert_eq!(told["outbox_id"], commands(&gateway)[0].id.to_string());
    assert!(told["message_id"].as_str().unwrap().starts_with("3EB0"));
}
