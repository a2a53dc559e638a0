//! What is over soon: statuses, and who is typing.

use serde_json::json;
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{Start, eventually, heard, linked, post, sandbox, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_posts_a_status() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let send = format!("accounts/{}/send", carl["phone"].as_str().unwrap());
    post(
        &sandbox,
        &send,
        json!({ "to": "status@broadcast", "text": "only for Anna", "audience": [anna.phone()] }),
    )
    .await;
    anna.hears("only for Anna").await;
    for text in ["for everybody", "again"] {
        let sent = post(&sandbox, &send, json!({ "to": "status@broadcast", "text": text })).await;
        for person in [&anna, &bert] {
            assert_eq!(sent["message_id"], person.hears(text).await.as_str());
        }
    }
    assert_eq!(bert.log.count(|e| heard(e, "only for Anna").is_some()), 0);
    let from_status = |e: &Event| match e {
        Event::Messages(batch) => batch.iter().any(|m| m.info.source.chat.to_string() == "status@broadcast"),
        _ => false,
    };
    assert_eq!(bert.log.count(from_status), 2);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_typing_a_moment_ago_is_told_to_who_comes_back() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let dora = post(&sandbox, "accounts", json!({ "push_name": "Dora" })).await;
    let phone = anna.phone();
    let store = anna.stop().await;
    let account = format!("accounts/{phone}");
    eventually(&sandbox, &account, |a| (a["devices"][0]["online"] == false).then_some(())).await;
    for (who, age) in [(&dora, 10), (&carl, 0)] {
        let typing = format!("accounts/{}/typing", who["phone"].as_str().unwrap());
        post(&sandbox, &typing, json!({ "to": phone, "state": "composing", "age_seconds": age })).await;
    }
    let anna = start(Start { ws_url: sandbox.ws_url(), name: "Anna", backend: store }).await;
    let from = anna
        .log
        .wait("who is typing", |e| match e {
            Event::ChatPresence(p) => Some(p.source.chat.to_string()),
            _ => None,
        })
        .await;
    assert_eq!(carl["jid"], from);
    anna.connected().await;
    assert_eq!(anna.log.count(|e| matches!(e, Event::ChatPresence(_))), 1);
    sandbox.stop().await.unwrap();
}
