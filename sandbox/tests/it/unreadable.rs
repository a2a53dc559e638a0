//! Messages that a client cannot read: damaged, or kept from linked devices.

use serde_json::{Value, json};
use whatsapp_rust::wacore::types::events::{Event, UnavailableType};

use crate::harness::{Person, eventually, heard, linked, post, sandbox};

async fn unreadable(anna: &Person, id: &str) -> (bool, UnavailableType) {
    anna.log
        .wait("UndecryptableMessage", |e| match e {
            Event::UndecryptableMessage(u) if u.info.id == id => Some((u.is_unavailable, u.unavailable_type)),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_message_comes_again_unless_it_is_not_to() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let body = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] });
    let group = post(&sandbox, "groups", body).await;
    let send = format!("accounts/{carl}/send");
    for to in [anna.phone(), group["jid"].as_str().unwrap().to_owned()] {
        post(&sandbox, &send, json!({ "to": to, "text": "whole" })).await;
        anna.hears("whole").await;
        let text = format!("broken for {to}");
        let sent = post(&sandbox, &send, json!({ "to": to, "text": text, "trouble": "broken" })).await;
        let id = sent["message_id"].as_str().unwrap();
        assert_eq!(anna.hears(&text).await, id);
        assert!(!unreadable(&anna, id).await.0);
    }

    for conduct in ["broken", "silent"] {
        post(&sandbox, "faults", json!({ "phone": carl, "resend": conduct })).await;
        let text = format!("never, because resends are {conduct}");
        let body = json!({ "to": anna.phone(), "text": text, "trouble": "broken" });
        let sent = post(&sandbox, &send, body).await;
        let id = sent["message_id"].as_str().unwrap();
        unreadable(&anna, id).await;
        let least = if conduct == "broken" { 5 } else { 1 };
        let path = format!("messages?id={id}");
        let device = format!("{}:1", anna.phone());
        eventually(&sandbox, &path, |m| {
            (m[0]["devices"][&device]["retries"].as_u64()? >= least).then_some(())
        })
        .await;
        post(&sandbox, "faults/clear", Value::Null).await;
        post(&sandbox, &send, json!({ "to": anna.phone(), "text": format!("after {conduct}") })).await;
        anna.hears(&format!("after {conduct}")).await;
        assert_eq!(anna.log.count(|e| heard(e, &text).is_some()), 0);
    }
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_phones_get_is_unavailable_or_comes_from_the_phone() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let send = format!("accounts/{carl}/send");
    for (trouble, kind) in [
        ("unavailable_view_once", UnavailableType::ViewOnce),
        ("unavailable_hosted", UnavailableType::Hosted),
        ("unavailable_bot", UnavailableType::Bot),
    ] {
        let body = json!({ "to": anna.phone(), "text": trouble, "trouble": trouble });
        let sent = post(&sandbox, &send, body).await;
        let (unavailable, told) = unreadable(&anna, sent["message_id"].as_str().unwrap()).await;
        assert!(unavailable);
        assert_eq!(format!("{told:?}"), format!("{kind:?}"));
    }
    for addressing in ["pn", "lid"] {
        let text = format!("from the phone, {addressing}");
        let body =
            json!({ "to": anna.phone(), "text": text, "trouble": "unavailable", "addressing": addressing });
        let sent = post(&sandbox, &send, body).await;
        let id = sent["message_id"].as_str().unwrap();
        assert!(unreadable(&anna, id).await.0);
        assert_eq!(anna.hears(&text).await, id);
    }
    let group = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] });
    let group = post(&sandbox, "groups", group).await["jid"].clone();
    let sent =
        post(&sandbox, &send, json!({ "to": group, "text": "kept here", "trouble": "unavailable" })).await;
    let id = sent["message_id"].as_str().unwrap();
    assert!(unreadable(&anna, id).await.0);
    assert_eq!(anna.hears("kept here").await, id);
    post(&sandbox, &send, json!({ "to": group, "text": "for all" })).await;
    anna.hears("for all").await;

    post(&sandbox, "faults", json!({ "phone": anna.phone(), "placeholder": "never" })).await;
    let body = json!({ "to": anna.phone(), "text": "kept", "trouble": "unavailable" });
    let sent = post(&sandbox, &send, body).await;
    unreadable(&anna, sent["message_id"].as_str().unwrap()).await;
    post(&sandbox, &send, json!({ "to": anna.phone(), "text": "open" })).await;
    anna.hears("open").await;
    assert_eq!(anna.log.count(|e| heard(e, "kept").is_some()), 0);
    sandbox.stop().await.unwrap();
}
