//! Messages that cannot be read are asked for again, and a busy network keeps its promises.

use serde_json::json;
use whatsapp_rust::wacore::store::traits::SignalStore;

use crate::harness::{Start, eventually, get, linked, post, sandbox, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_lost_its_sessions_gets_its_messages_after_all() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let (carl, bert_phone) = (carl["phone"].as_str().unwrap(), bert.phone());
    let send = format!("accounts/{carl}/send");

    // Both directions once, so that the next messages do not carry a new session.
    anna.text(&bert_phone, "hello").await;
    bert.hears("hello").await;
    bert.text(&anna.phone(), "hello Anna").await;
    anna.hears("hello Anna").await;
    post(&sandbox, &send, json!({ "to": bert_phone, "text": "hello from Carl" })).await;
    bert.hears("hello from Carl").await;
    bert.text(carl, "hello Carl").await;
    eventually(&sandbox, &format!("accounts/{carl}/received"), |r| {
        (r[0]["text"] == "hello Carl").then_some(())
    })
    .await;

    let store = bert.stop().await;
    for phone in [anna.phone().as_str(), carl] {
        let account = get(&sandbox, &format!("accounts/{phone}")).await;
        let lid = account["lid"].as_str().unwrap().trim_end_matches("@lid").to_owned();
        for user in
            [format!("{lid}@lid"), format!("{lid}:1@lid"), format!("{phone}@c.us"), format!("{phone}:1@c.us")]
        {
            store.delete_session(&format!("{user}.0")).await.unwrap();
        }
    }
    let again = anna.text(&bert_phone, "can you read this?").await;
    let from_carl = post(&sandbox, &send, json!({ "to": bert_phone, "text": "and this?" })).await;
    let bert = start(Start { ws_url: sandbox.ws_url(), name: "Bert", backend: store }).await;
    assert_eq!(bert.hears("can you read this?").await, again);
    assert_eq!(bert.hears("and this?").await, from_carl["message_id"].as_str().unwrap());
    let log = get(&sandbox, &format!("messages?id={again}")).await;
    let delivery = &log[0]["devices"][format!("{bert_phone}:1")];
    assert!(delivery["retries"].as_u64() >= Some(1) && delivery["settled"] == true, "{log}");
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_arrive_once_each() {
    const ROUNDS: usize = 100;
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    post(&sandbox, "accounts", json!({ "phone": "4915550003", "auto_reply": "echo" })).await;
    for round in 0..ROUNDS {
        anna.text("4915550003", &format!("n{round}")).await;
    }
    anna.hears(&format!("echo: n{}", ROUNDS - 1)).await;
    let account = format!("accounts/{}", anna.phone());
    eventually(&sandbox, &account, |a| (a["devices"][0]["queued"] == 0).then_some(())).await;
    let log = get(&sandbox, "messages").await;
    let log = log.as_array().unwrap();
    assert_eq!(log.len(), 2 * ROUNDS);
    let device = format!("{}:1", anna.phone());
    let echoes: Vec<_> = log.iter().filter(|entry| entry["from"] == "4915550003:0").collect();
    assert_eq!(echoes.len(), ROUNDS);
    assert!(
        echoes.iter().all(|e| e["devices"][&device]["sent"] == 1 && e["devices"][&device]["settled"] == true)
    );
    sandbox.stop().await.unwrap();
}
