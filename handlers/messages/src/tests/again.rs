//! The same send again: `Idempotency-Key`.

use super::*;

const KEY: &str = "idempotency-key: key-1";

#[test]
fn the_same_request_gives_the_same_result_and_sends_once() {
    let gateway = gateway();
    gateway.bus.host(sends);
    let first = ask(&gateway, MESSAGES, &[KEY], HELLO);
    let again =
        ask(&gateway, MESSAGES, &[KEY], r#"{ "text":"Hello", "type":"text","to":"+62 812-3456-7890"}"#);
    assert_eq!((first.status, again.status), (200, 200));
    let mut expected = first.json();
    assert_eq!(expected["replayed"], false);
    expected["replayed"] = json!(true);
    assert_eq!(again.json(), expected);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(commands(&gateway).len(), 1);
}

#[test]
fn another_request_under_the_key_is_a_conflict() {
    let gateway = gateway();
    gateway.bus.host(sends);
    ask(&gateway, MESSAGES, &[KEY], HELLO);
    let other = ask(&gateway, MESSAGES, &[KEY], &HELLO.replace("Hello", "Bye"));
    assert_eq!((other.status, code(&other)), (409, "conflict".into()));
    let route = ask(&gateway, TEXT, &[KEY], r#"{"to":"628123456789","text":"Hello"}"#);
    assert_eq!(route.status, 409);
    assert_eq!(commands(&gateway).len(), 1);
}

#[test]
fn the_key_is_the_organizations_own() {
    let gateway = gateway();
    gateway.bus.host(sends);
    gateway.bus.add_token("wa_else", "someone-else", &[Capability::Send]);
    ask(&gateway, MESSAGES, &[KEY], HELLO);
    let else_ = ask(&gateway, "POST /api/v1/sessions/other/messages", &[KEY, "x-api-key: wa_else"], HELLO);
    assert_eq!((else_.status, &else_.json()["replayed"]), (200, &json!(false)));
}

#[test]
fn while_the_first_still_runs_nothing_is_sent_twice() {
    let gateway = gateway();
    let first = ask(&gateway, MESSAGES, &[KEY], HELLO);
    assert_eq!(first.status, 504);
    let again = ask(&gateway, MESSAGES, &[KEY], HELLO);
    assert_eq!(again.status, 504);
    assert_eq!(again.json()["error"]["details"]["outboxId"], first.json()["error"]["details"]["outboxId"]);
    let queued = ask(&gateway, &format!("{MESSAGES}?async=true"), &[KEY], HELLO);
    assert_eq!(queued.status, 202);
    assert_eq!((&queued.json()["status"], &queued.json()["replayed"]), (&json!("queued"), &json!(true)));
    assert_eq!(commands(&gateway).len(), 1);
}

#[test]
fn a_crash_between_binding_and_admitting_heals() {
    let gateway = gateway();
    gateway.bus.host(sends);
    // The first request bound the key and got no further: the session could not send.
    gateway.bus.change_session("main", |view| view.record.wanted = Wanted::Stop);
    assert_eq!(ask(&gateway, MESSAGES, &[KEY], HELLO).status, 409);
    let bound = gateway.bus.with(|state| state.bindings.values().next().unwrap().clone());
    gateway.env.pass(5_000);
    gateway.bus.change_session("main", |view| view.record.wanted = Wanted::Run);
    let again = ask(&gateway, MESSAGES, &[KEY], HELLO).json();
    assert_eq!(again["outboxId"], bound.command.to_string());
    assert_eq!(again["waMessageId"], json!(bound.message_id));
    assert_eq!(again["replayed"], false, "nothing had been sent");
    // It is of the time at which it was accepted, and so is what it says.
    assert_eq!(commands(&gateway)[0].issued_at, NOON + 5_000);
    assert_eq!(super::sent(&gateway).timestamp, NOON + 5_000);
}

#[test]
fn a_failure_is_the_result_too() {
    let gateway = gateway();
    gateway.bus.host(refuses);
    assert_eq!(ask(&gateway, MESSAGES, &[KEY], HELLO).status, 422);
    assert_eq!(ask(&gateway, MESSAGES, &[KEY], HELLO).status, 422);
    assert_eq!(commands(&gateway).len(), 1);
}
