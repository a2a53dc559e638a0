//! Restricted accounts: strangers are refused, those who were given a token or prove a salt are not.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::store::traits::ProtocolStore;
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{Person, eventually, get, linked, post, sandbox};

async fn refused(person: &Person, id: &str) -> Option<String> {
    person
        .log
        .wait("the answer to a message", |e| match e {
            Event::ServerAck(ack) if ack.id == id => Some(ack.error.clone()),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_need_a_token() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "restricted:Carl" })).await;
    assert_eq!(carl["restricted"], true);
    let phone = carl["phone"].as_str().unwrap();
    let account = format!("accounts/{phone}");
    post(&sandbox, &format!("{account}/picture"), json!({ "base64": BASE64_STANDARD.encode(b"Carl") })).await;
    post(&sandbox, &format!("{account}/presence"), json!({ "available": true })).await;
    let jid = Jid::pn(phone);

    let id = anna.text(phone, "do you know me?").await;
    assert_eq!(refused(&anna, &id).await.as_deref(), Some("463"));
    assert_eq!(get(&sandbox, &format!("{account}/received")).await, json!([]));
    let hidden = anna.client.contacts().get_profile_picture(&jid, false).await;
    assert!(!matches!(hidden, Ok(Some(_))));

    post(&sandbox, &format!("{account}/trust"), json!({ "to": anna.phone() })).await;
    let lid = carl["lid"].as_str().unwrap().trim_end_matches("@lid").to_owned();
    let anna_account = format!("accounts/{}", anna.phone());
    eventually(&sandbox, &anna_account, |a| (a["devices"][0]["queued"] == 0).then_some(())).await;
    let token = anna.backend.get_tc_token(&lid).await.unwrap();
    assert!(token.is_some());
    let id = anna.text(phone, "now you do").await;
    assert_eq!(refused(&anna, &id).await, None);
    eventually(&sandbox, &format!("{account}/received"), |r| (r[0]["text"] == "now you do").then_some(()))
        .await;
    assert!(matches!(anna.client.contacts().get_profile_picture(&jid, false).await, Ok(Some(_))));
    anna.client.presence().subscribe(&jid).await.unwrap();
    anna.log.wait("presence", |e| matches!(e, Event::Presence(p) if !p.unavailable).then_some(())).await;

    post(&sandbox, &account, json!({ "tc_enabled": false })).await;
    let id = anna.text(phone, "and now?").await;
    assert_eq!(refused(&anna, &id).await.as_deref(), Some("463"));
    post(&sandbox, &account, json!({ "restricted": false })).await;
    let id = anna.text(phone, "open").await;
    assert_eq!(refused(&anna, &id).await, None);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salt_opens_the_door_too() {
    let sandbox = sandbox().await;
    for (name, admitted) in [
        ("scenario:nct_send_ab=1,nct_history_delivery=1:Anna", true),
        ("scenario:nct_send_ab=1,nct_syncd_delivery=1:Bert", true),
        ("scenario:nct_send_ab=1:Emil", false),
    ] {
        let carl = post(&sandbox, "accounts", json!({ "push_name": "restricted:Carl" })).await;
        let phone = carl["phone"].as_str().unwrap();
        let person = linked(&sandbox, name).await;
        // The salt comes soon after the login: until then the door stays shut.
        let mut last: Option<Option<String>> = None;
        for round in 0..20 {
            let id = person.text(phone, &format!("round {round}")).await;
            let answer = refused(&person, &id).await;
            let done = answer.is_none() || !admitted && round > 2;
            last = Some(answer);
            if done {
                break;
            }
        }
        assert_eq!(last, Some(if admitted { None } else { Some("463".to_owned()) }), "{name}");
    }
    let state: Value = get(&sandbox, "state").await;
    assert_eq!(state["unknown_iqs"], json!({}));
    sandbox.stop().await.unwrap();
}
