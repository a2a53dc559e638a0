//! Sends that wait for their time.

use super::*;

const HOUR: i64 = 3_600_000;
const LIST: &str = "GET /api/v1/sessions/main/scheduled";

/// The id of a send that is scheduled at `at` (unix ms).
fn schedule(gateway: &FakeGateway, at: i64) -> String {
    let body = json!({"to": "628123456789", "type": "text", "text": "Hello", "sendAt": at});
    let answer = ask(gateway, MESSAGES, &[], &body.to_string());
    assert_eq!(answer.status, 202);
    answer.json()["outboxId"].as_str().unwrap().to_owned()
}

fn scheduled(gateway: &FakeGateway) -> Vec<(i64, SendMessage)> {
    let all = gateway.bus.with(|state| state.scheduled.values().cloned().collect::<Vec<_>>());
    let send = |(at, command): (i64, Command)| match command.action {
        Action::Send(send) => (at, *send),
        other => panic!("no send: {}", other.name()),
    };
    all.into_iter().map(send).collect()
}

#[test]
fn each_family_says_when_in_its_own_unit() {
    let at = NOON + HOUR;
    for (line, field, value, told) in [
        (MESSAGES, "sendAt", json!(at), json!(at)),
        (MESSAGES, "sendAt", json!("2026-06-15T13:00:00Z"), json!(at)),
        (TEXT, "send_at", json!(at / 1000), json!(at / 1000)),
        (TEXT, "send_at", json!("2026-06-15T15:00:00+02:00"), json!(at / 1000)),
    ] {
        let gateway = gateway();
        gateway.bus.host(sends);
        let mut body = json!({"to": "628123456789", "type": "text", "text": "Hello"});
        body[field] = value;
        let answer = ask(&gateway, line, &[], &body.to_string());
        assert_eq!((answer.status, &answer.json()["status"]), (202, &json!("queued")));
        assert_eq!(answer.json()[field], told);
        let (due, send) = scheduled(&gateway).remove(0);
        assert_eq!((due, send.send_at, send.timestamp), (at, Some(at), at));
        assert!(commands(&gateway).is_empty(), "it is in no queue yet");
    }
}

#[test]
fn every_kind_and_every_change_takes_a_time() {
    let at = NOON + HOUR;
    for kind in edgewire_contract::content::Kind::ALL {
        let gateway = gateway();
        let mut body: Value = serde_json::from_str(kind.about().example).unwrap();
        body["send_at"] = json!(at / 1000);
        let line = format!("POST /api/v1/sessions/main/messages/{}", kind.name());
        assert_eq!(ask(&gateway, &line, &[], &body.to_string()).status, 202, "{}", kind.name());
        assert_eq!(scheduled(&gateway)[0].0, at, "{}", kind.name());
    }
    let gateway = gateway();
    let body = json!({"chat": "628123456789", "emoji": "👍", "sendAt": at}).to_string();
    let answer = ask(&gateway, "POST /api/v1/sessions/main/messages/3EB0AA/reactions", &[], &body);
    assert_eq!((answer.status, &answer.json()["sendAt"]), (202, &json!(at)));
}

#[test]
fn a_time_that_is_over_is_now() {
    let gateway = gateway();
    schedule(&gateway, NOON - HOUR);
    assert!(scheduled(&gateway).is_empty());
    assert_eq!(sent(&gateway).timestamp, NOON);
}

#[test]
fn a_time_in_another_unit_is_refused() {
    let hello = |field: &str, value: i64| json!({"to": "628123456789", "type": "text", "text": "Hello", field: value});
    refused(MESSAGES, &hello("sendAt", NOON / 1000), "sendAt", "seconds");
    refused(TEXT, &hello("send_at", NOON), "send_at", "milliseconds");
}

#[test]
fn a_repeated_request_is_the_same_message() {
    let gateway = gateway();
    let body =
        json!({"to": "628123456789", "type": "text", "text": "Hello", "sendAt": NOON + HOUR}).to_string();
    let ask = || ask(&gateway, MESSAGES, &["idempotency-key: k"], &body).json();
    let (first, again) = (ask(), ask());
    assert_eq!((&again["outboxId"], &again["replayed"]), (&first["outboxId"], &json!(true)));
    assert_eq!(again["sendAt"], NOON + HOUR);
    assert_eq!(scheduled(&gateway).len(), 1);
}

#[test]
fn what_waits_is_listed_by_its_time() {
    let gateway = gateway();
    let ids = [3, 1, 2].map(|hours| schedule(&gateway, NOON + hours * HOUR));
    let page = ask(&gateway, &format!("{LIST}?limit=2"), &[], "").json();
    let told = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().unwrap();
        data.iter().map(|it| it["outboxId"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told(&page), [ids[1].clone(), ids[2].clone()]);
    let first = &page["data"][0];
    assert_eq!((&first["type"], &first["to"]), (&json!("text"), &json!("628123456789@s.whatsapp.net")));
    assert_eq!((&first["sendAt"], &first["acceptedAt"]), (&json!(NOON + HOUR), &json!(NOON)));
    let line = format!("{LIST}?cursor={}", page["nextCursor"].as_str().unwrap());
    let rest = ask(&gateway, &line, &[], "").json();
    assert_eq!((told(&rest), &rest["nextCursor"]), (vec![ids[0].clone()], &Value::Null));
    gateway.bus.add_token("wa_else", "someone-else", &[Capability::Read]);
    assert_eq!(ask(&gateway, LIST, &["x-api-key: wa_else"], "").status, 404);
    assert_eq!(ask(&gateway, LIST, &["x-api-key: wa_none"], "").status, 403);
}

#[test]
fn what_waits_can_be_taken_back_once() {
    let gateway = gateway();
    let id = schedule(&gateway, NOON + HOUR);
    let line = format!("DELETE /api/v1/outbox/{id}");
    gateway.bus.add_token("wa_else", "someone-else", &[Capability::Send]);
    assert_eq!(ask(&gateway, &line, &["x-api-key: wa_else"], "").status, 404);
    assert_eq!(ask(&gateway, &line, &["x-api-key: wa_none"], "").status, 403);
    gateway.env.pass(5_000);
    for _ in 0..2 {
        let answer = ask(&gateway, &line, &[], "");
        let told = answer.json();
        assert_eq!((answer.status, &told["status"]), (200, &json!("failed")));
        assert_eq!((&told["error"]["code"], &told["timestamp"]), (&json!("cancelled"), &json!(NOON + 5_000)));
    }
    assert!(scheduled(&gateway).is_empty());
    let events = gateway.bus.with(|state| state.queued_events.clone());
    let payloads: Vec<Value> =
        events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap()["payload"].clone()).collect();
    assert_eq!(payloads.len(), 2, "it was queued, and has failed");
    assert_eq!(
        (&payloads[1]["status"], &payloads[1]["error"]["code"]),
        (&json!("failed"), &json!("cancelled"))
    );
    assert_eq!(ask(&gateway, &format!("GET /api/v1/outbox/{id}"), &[], "").json()["status"], "failed");
}

#[test]
fn what_is_on_its_way_cannot_be_taken_back() {
    let gateway = gateway();
    let queued = schedule(&gateway, NOON - HOUR);
    gateway.bus.host(sends);
    ask(&gateway, MESSAGES, &[], HELLO);
    let ended = commands(&gateway)[1].id.to_string();
    for id in [queued, ended] {
        let answer = ask(&gateway, &format!("DELETE /api/v1/outbox/{id}"), &[], "");
        assert_eq!((answer.status, code(&answer)), (409, "conflict".into()));
    }
    assert_eq!(ask(&gateway, "DELETE /api/v1/outbox/x", &[], "").status, 404);
}

#[test]
fn over_the_budget_who_waits_is_told_when_to_come_again() {
    let gateway = gateway();
    gateway.bus.host(sends);
    gateway.bus.with(|state| state.over = Some(("per_minute".into(), 41_200)));
    let answer = ask(&gateway, MESSAGES, &[], HELLO);
    assert_eq!((answer.status, code(&answer)), (429, "rate_limited".into()));
    assert_eq!(answer.headers["retry-after"], "42");
    let details = &answer.json()["error"]["details"];
    assert_eq!((&details["limit"], &details["retryAfterSeconds"]), (&json!("per_minute"), &json!(42)));
    assert_eq!(ask(&gateway, &format!("{MESSAGES}?async=true"), &[], HELLO).status, 202);
    schedule(&gateway, NOON + HOUR);
}
