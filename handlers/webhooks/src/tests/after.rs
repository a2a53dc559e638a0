//! Trying a webhook out, dead letters, the log.

use super::*;

fn letter(n: u64) -> DeadLetter {
    let entry = EntryId { ms: 1_781_000_000_000 + n, seq: 0 };
    let session = SessionId::parse("main").unwrap();
    DeadLetter {
        v: 1,
        event_id: edgewire_contract::ids::EventId::of(&session, entry).to_string(),
        pointer: format!("acme main message {entry}"),
        reason: "the receiver answered 500".into(),
        status: Some(500),
        attempts: 15,
        at: NOON,
    }
}

/// A gateway with a webhook that has five dead letters.
fn with_dead() -> (FakeGateway, String) {
    let gateway = gateway();
    let hook = made(&gateway);
    gateway.bus.with(|state| {
        let dead = (1..=5).map(|n| (id(&hook), EntryId { ms: n, seq: 0 }, letter(n)));
        state.hooks.dead.extend(dead);
    });
    (gateway, hook)
}

#[test]
fn dead_letters_are_listed_in_pages_the_newest_first() {
    let (gateway, hook) = with_dead();
    let page = ask(&gateway, &format!("GET {WEBHOOKS}/{hook}/dead?limit=2"), "").json();
    let first = &page["dead"][0];
    let told = json!({
        "event_id": letter(5).event_id, "event": "message", "session": "main", "reason": "the receiver answered 500",
        "status": 500, "attempts": 15, "at": SECONDS,
    });
    assert_eq!((first, &page["total"], &page["next_cursor"]), (&told, &json!(5), &json!("4-0")));
    let rest = ask(&gateway, &format!("GET {WEBHOOKS}/{hook}/dead?limit=3&cursor=4-0"), "").json();
    assert_eq!((rest["dead"].as_array().unwrap().len(), &rest["next_cursor"]), (3, &Value::Null));
    let bad = ask(&gateway, &format!("GET {WEBHOOKS}/{hook}/dead?limit=x&cursor=y"), "");
    assert_eq!(bad.bad_fields(), ["query.limit", "query.cursor"]);
    assert_eq!(ask(&gateway, &format!("GET {WEBHOOKS}/{hook}"), "").json()["dead"], 5);
}

#[test]
fn some_or_all_go_again() {
    let (gateway, hook) = with_dead();
    let replay = format!("POST {WEBHOOKS}/{hook}/dead/replay");
    let some = json!({"ids": [letter(2).event_id, letter(99).event_id]});
    let answer = ask(&gateway, &replay, some);
    assert_eq!((answer.status, answer.json()), (202, json!({"success": true, "replayed": 1})));
    for (body, moved) in [("", 4), ("{}", 0)] {
        assert_eq!(ask(&gateway, &replay, body).json()["replayed"], moved);
    }
    let told = ask(&gateway, &format!("GET {WEBHOOKS}/{hook}"), "").json();
    assert_eq!((&told["dead"], &told["replaying"]), (&json!(0), &json!(5)));
    let asks = gateway.bus.with(|state| state.hooks.asks.clone());
    assert!(asks.len() == 3 && asks.iter().all(|ask| ask.what == Wish::Replay && ask.webhook == id(&hook)));
}

#[test]
fn bad_ids_are_named_and_move_nothing() {
    let (gateway, hook) = with_dead();
    let replay = format!("POST {WEBHOOKS}/{hook}/dead/replay");
    for (body, field) in [
        (json!({"ids": [letter(1).event_id, "evt_x"]}), "ids[1]"),
        (json!({"ids": []}), "ids"),
        (json!({"ids": "all"}), "ids"),
        (json!({"ids": vec![letter(1).event_id; 1001]}), "ids"),
    ] {
        assert_eq!(ask(&gateway, &replay, body).bad_fields(), [field]);
    }
    assert!(gateway.bus.with(|state| state.hooks.again.is_empty() && state.hooks.asks.is_empty()));
}

#[test]
fn a_replay_that_does_not_fit_says_so() {
    let (gateway, hook) = with_dead();
    gateway.bus.with(|state| {
        state.hooks.again = vec![(id(&hook), letter(1)); edgewire_contract::webhook::AGAIN_MOST as usize];
    });
    let answer = ask(&gateway, &format!("POST {WEBHOOKS}/{hook}/dead/replay"), "");
    assert_eq!((answer.status, code(&answer)), (429, "rate_limited".into()));
    assert_eq!(answer.headers["retry-after"], "60");
}

#[test]
fn deliveries_are_listed_the_newest_first() {
    let gateway = gateway();
    let hook = made(&gateway);
    let delivery = |ending, status, reason: Option<&str>| Delivery {
        v: 1,
        event_id: letter(1).event_id,
        event: "message".into(),
        session: "main".into(),
        cause: Cause::Event,
        attempt: 1,
        ending,
        status,
        latency_ms: 12,
        reason: reason.map(str::to_owned),
        answer: reason.map(|_| "oh no".into()),
        at: NOON,
    };
    gateway.bus.with(|state| {
        let failed = delivery(Ending::Failed, Some(500), Some("the receiver answered 500"));
        state.hooks.log.push((id(&hook), EntryId { ms: 1, seq: 0 }, failed));
        state.hooks.log.push((
            id(&hook),
            EntryId { ms: 2, seq: 0 },
            delivery(Ending::Delivered, Some(204), None),
        ));
    });
    let page = ask(&gateway, &format!("GET {WEBHOOKS}/{hook}/deliveries"), "").json();
    assert_eq!(page["next_cursor"], Value::Null);
    let told = json!([
        {
            "event_id": letter(1).event_id, "event": "message", "session": "main", "cause": "event", "attempt": 1,
            "outcome": "delivered", "status": 204, "latency_ms": 12, "reason": null, "answer": null, "at": SECONDS,
        },
        {
            "event_id": letter(1).event_id, "event": "message", "session": "main", "cause": "event", "attempt": 1,
            "outcome": "failed", "status": 500, "latency_ms": 12, "reason": "the receiver answered 500",
            "answer": "oh no", "at": SECONDS,
        },
    ]);
    assert_eq!(page["deliveries"], told);
}

#[test]
fn a_test_delivery_is_asked_for_and_told() {
    let gateway = gateway();
    let hook = made(&gateway);
    let tried = Tried {
        event_id: letter(1).event_id,
        delivered: false,
        status: Some(500),
        latency_ms: 12,
        reason: Some("the receiver answered 500".into()),
        answer: None,
    };
    gateway.bus.with(|state| state.hooks.trial = Some(tried));
    let answer = ask(&gateway, &format!("POST {WEBHOOKS}/{hook}/test"), "");
    let told = json!({
        "success": false, "event_id": letter(1).event_id, "status": 500, "latency_ms": 12,
        "reason": "the receiver answered 500", "answer": null,
    });
    assert_eq!((answer.status, answer.json()), (200, told));
    let asks = gateway.bus.with(|state| state.hooks.asks.clone());
    assert_eq!((asks.len(), asks[0].what, asks[0].deadline), (1, Wish::Test, NOON + 30_000));
}

#[test]
fn without_a_host_a_test_ends_in_time() {
    let gateway = gateway();
    let hook = made(&gateway);
    let answer = ask(&gateway, &format!("POST {WEBHOOKS}/{hook}/test"), "");
    assert_eq!((answer.status, code(&answer)), (504, "timeout".into()));
}
