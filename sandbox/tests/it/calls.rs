//! Calls ring, are refused, taken elsewhere, and missed.

use serde_json::{Value, json};
use whatsapp_rust::wacore::types::call::{CallAction, IncomingCall};
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{Person, Start, eventually, get, linked, post, sandbox, start};

async fn told(person: &Person, what: &str, id: &str) -> IncomingCall {
    person
        .log
        .wait(what, |e| match e {
            Event::IncomingCall(call) if call.action.call_id() == id && call.action.wire_tag() == what => {
                Some(call.clone())
            }
            _ => None,
        })
        .await
}

fn reason(call: &IncomingCall) -> Option<String> {
    match &call.action {
        CallAction::Terminate { reason, .. } => reason.clone(),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_calls_and_the_client_refuses() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let sibling = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let call = format!("accounts/{}/call", carl["phone"].as_str().unwrap());

    let rung = post(&sandbox, &call, json!({ "to": anna.phone(), "video": true, "addressing": "lid" })).await;
    let id = rung["call_id"].as_str().unwrap();
    let offer = told(&anna, "offer", id).await;
    assert_eq!(offer.from.to_string(), carl["lid"]);
    assert!(matches!(offer.action, CallAction::Offer { is_video: true, ref audio, .. } if audio.len() == 2));
    anna.client.voip().reject(&offer).await.unwrap();
    let path = format!("calls/{id}");
    eventually(&sandbox, &path, |c| (c["standing"] == "rejected").then_some(())).await;
    let by = format!("{}:{}", anna.phone(), anna.client.pn().unwrap().device);
    let seen = get(&sandbox, &path).await;
    assert!(seen["signals"].as_array().unwrap().iter().any(|s| s["by"] == by && s["action"] == "reject"));
    let ended = told(&sibling, "terminate", id).await;
    assert_eq!(reason(&ended).as_deref(), Some("rejected_elsewhere"));

    for (action, why) in
        [("hangup", None), ("timeout", Some("timeout")), ("accept", Some("accepted_elsewhere"))]
    {
        let rung = post(&sandbox, &call, json!({ "to": anna.phone() })).await;
        let id = rung["call_id"].as_str().unwrap();
        let offer = told(&anna, "offer", id).await;
        assert_eq!(offer.from.to_string(), carl["jid"]);
        post(&sandbox, &format!("calls/{id}"), json!({ "action": action })).await;
        assert_eq!(reason(&told(&anna, "terminate", id).await).as_deref(), why);
    }
    let account = format!("accounts/{}", anna.phone());
    eventually(&sandbox, &account, |a| {
        let devices = a["devices"].as_array()?;
        devices.iter().all(|d| d["queued"] == 0).then_some(())
    })
    .await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_while_away_was_missed() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let body = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] });
    let group = post(&sandbox, "groups", body).await;
    let phone = anna.phone();
    let store = anna.stop().await;
    let account = format!("accounts/{phone}");
    eventually(&sandbox, &account, |a| (a["devices"][0]["online"] == false).then_some(())).await;
    let rung = post(&sandbox, &format!("accounts/{carl}/call"), json!({ "to": group["jid"] })).await;
    let anna = start(Start { ws_url: sandbox.ws_url(), name: "Anna", backend: store }).await;
    let missed: Value = anna
        .log
        .wait("MissedCall", |e| match e {
            Event::MissedCall(call) => Some(json!(call.call_id)),
            _ => None,
        })
        .await;
    assert_eq!(missed, rung["call_id"]);
    let body = json!({ "to": group["jid"], "notice": true });
    let rung = post(&sandbox, &format!("accounts/{carl}/call"), body).await;
    let notice = told(&anna, "offer_notice", rung["call_id"].as_str().unwrap()).await;
    assert!(matches!(notice.action, CallAction::OfferNotice { is_group: true, .. }));
    sandbox.stop().await.unwrap();
}
