//! Texts: between clients, and between a client and a contact without one.

use serde_json::json;
use whatsapp_rust::wacore::types::presence::ReceiptType;

use crate::harness::{eventually, get, linked, post, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_talk_and_see_receipts() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);

    let question = anna.text(&bert.phone(), "are you there?").await;
    let heard = bert.hears("are you there?").await;
    assert_eq!(heard, question);
    let answer = bert.text(&anna.phone(), "I am").await;
    anna.hears("I am").await;

    bert.client.presence().set_available().await.unwrap();
    let second = anna.text(&bert.phone(), "good").await;
    bert.hears("good").await;
    anna.receipt(&second, ReceiptType::Delivered).await;

    let log = eventually(&sandbox, &format!("messages?id={answer}"), |log| {
        let entry = log.as_array()?.first()?.clone();
        entry["devices"][format!("{}:1", anna.phone())]["settled"].as_bool()?.then_some(entry)
    })
    .await;
    assert_eq!(log["times_seen"], 1);
    assert_eq!(log["acked"], 1);
    assert_eq!(log["devices"][format!("{}:1", anna.phone())]["sent"], 1);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_without_a_client_speaks_and_listens() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();

    for (addressing, text) in [("pn", "from my number"), ("lid", "from my LID")] {
        let body = json!({ "to": anna.phone(), "text": text, "addressing": addressing });
        let sent = post(&sandbox, &format!("accounts/{carl}/send"), body).await;
        let heard = anna.hears(text).await;
        assert_eq!(sent["message_id"], heard.as_str());
    }

    let id = anna.text(carl, "hello Carl").await;
    let received =
        eventually(&sandbox, &format!("accounts/{carl}/received"), |r| r.as_array()?.last().cloned()).await;
    assert_eq!(received["text"], "hello Carl");
    assert_eq!(received["id"], id.as_str());
    assert_eq!(received["from"], anna.phone());
    assert_eq!(received["chat"], anna.phone());
    anna.receipt(&id, ReceiptType::Delivered).await;

    post(&sandbox, &format!("accounts/{carl}/read"), json!({ "id": id })).await;
    anna.receipt(&id, ReceiptType::Read).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_can_reply_by_itself() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let body = json!({ "phone": "4915550001", "push_name": "Echo", "auto_reply": "echo", "auto_read": true });
    post(&sandbox, "accounts", body).await;
    for round in 0..5 {
        let id = anna.text("4915550001", &format!("round {round}")).await;
        anna.hears(&format!("echo: round {round}")).await;
        anna.receipt(&id, ReceiptType::Read).await;
    }
    let account = get(&sandbox, "accounts/4915550001").await;
    assert_eq!(account["contact"], true);
    sandbox.stop().await.unwrap();
}
