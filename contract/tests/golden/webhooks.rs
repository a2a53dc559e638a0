//! Webhooks, and what their deliveries leave behind.

use std::collections::BTreeMap;

use edgewire_contract::ids::{RequestId, WebhookId};
use edgewire_contract::webhook::ask::{Ask, Tried, Wish};
use edgewire_contract::webhook::{Cause, DeadLetter, Delivery, Ending, Retry, Webhook};

use crate::{AT, pinned, session};

#[test]
fn webhooks() {
    let plain = Webhook {
        v: 1,
        id: WebhookId::generate(AT, 6),
        url: "https://example.com/hook".into(),
        events: vec!["*".into()],
        session_id: Some(session()),
        secret: Some("s3cret".into()),
        custom_headers: BTreeMap::new(),
        retry: None,
        timeout_seconds: None,
        active: true,
        created_at: AT,
        updated_at: None,
    };
    pinned("webhook", &plain);
    let all = Webhook {
        events: vec!["message.*".into()],
        session_id: None,
        custom_headers: [("X-Tenant".to_owned(), "7".to_owned())].into(),
        retry: Some(Retry { attempts: 5, delay_seconds: 3 }),
        timeout_seconds: Some(20),
        active: false,
        updated_at: Some(AT + 1),
        ..plain.clone()
    };
    pinned("webhook.all", &all);
    let dead = DeadLetter {
        v: 1,
        event_id: "evt_01KTNXYMG00000000000000006".into(),
        pointer: "acme main message 1781000000000-0".into(),
        reason: "the receiver answered 500".into(),
        status: Some(500),
        attempts: 15,
        at: AT,
    };
    pinned("webhook.dead", &dead);
    let delivery = Delivery {
        v: 1,
        event_id: dead.event_id.clone(),
        event: "message".into(),
        session: "main".into(),
        cause: Cause::Replay,
        attempt: 2,
        ending: Ending::Failed,
        status: Some(500),
        latency_ms: 12,
        reason: Some(dead.reason.clone()),
        answer: Some("oh no".into()),
        at: AT,
    };
    pinned("webhook.delivery", &delivery);
    let id = RequestId::parse("01KTNXYMG00000000000000006").unwrap();
    let ask = Ask { v: 1, id, webhook: plain.id, what: Wish::Test, deadline: AT + 20_000 };
    pinned("webhook.ask", &ask);
    let tried = Tried {
        event_id: dead.event_id,
        delivered: false,
        status: Some(500),
        latency_ms: 12,
        reason: Some(dead.reason),
        answer: Some("oh no".into()),
    };
    pinned("webhook.tried", &tried);
}
