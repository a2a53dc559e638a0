//! A client that lost something gets it back: the app-state key from its phone, what happened while it was away.

use serde_json::json;
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust::wacore::store::traits::{DeviceStore, SignalStore};
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{Start, eventually, heard, linked, post, sandbox, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_the_app_state_key_asks_for_it() {
    let sandbox = sandbox().await;
    let (one, two) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Anna").await);
    let phone = two.phone();
    let store = two.stop().await;
    // Everything but the key and the sessions with the phone and the sibling goes into a store of its own.
    let poorer = std::sync::Arc::new(InMemoryBackend::new());
    poorer.save(&store.load().await.unwrap().expect("a linked device")).await.unwrap();
    for id in 0..1_000 {
        if let Some(key) = store.load_prekey(id).await.unwrap() {
            poorer.store_prekey(id, &key, true).await.unwrap();
        }
    }
    for signed in store.load_all_signed_prekeys().await.unwrap() {
        poorer.store_signed_prekey(signed.0, &signed.1).await.unwrap();
    }
    let two = start(Start { ws_url: sandbox.ws_url(), name: "", backend: poorer }).await;
    one.client.profile().set_push_name("Anna B.").await.unwrap();
    let named = |e: &Event| matches!(e, Event::SelfPushNameUpdated(u) if u.new_name == "Anna B.");
    two.log.wait("the new name", |e| named(e).then_some(())).await;
    let peers = format!("stanzas?phone={phone}&device=2&tag=message&category=peer");
    eventually(&sandbox, &peers, |s| (!s.as_array()?.is_empty()).then_some(())).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_meanwhile_comes_in_its_order() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let mut phones = Vec::new();
    for name in ["Carl", "Dora", "Emil"] {
        let account = post(&sandbox, "accounts", json!({ "push_name": name })).await;
        phones.push(account["phone"].as_str().unwrap().to_owned());
    }
    let me = anna.phone();
    let body = json!({ "creator": phones[0], "subject": "Club", "participants": [me, phones[1], phones[2]] });
    let group = post(&sandbox, "groups", body).await;
    let group = group["jid"].as_str().unwrap().to_owned();
    let store = anna.stop().await;
    let account = format!("accounts/{me}");
    eventually(&sandbox, &account, |a| (a["devices"][0]["online"] == false).then_some(())).await;

    let mut said = Vec::new();
    for round in 0..4 {
        for phone in &phones {
            for to in [&group, &me] {
                let text = format!("{round} from {phone} to {to}");
                post(&sandbox, &format!("accounts/{phone}/send"), json!({ "to": to, "text": text })).await;
                said.push(text);
            }
        }
        let body = json!({ "by": phones[0], "subject": format!("Club {round}") });
        post(&sandbox, &format!("groups/{group}/settings"), body).await;
    }
    let anna = start(Start { ws_url: sandbox.ws_url(), name: "Anna", backend: store }).await;
    for text in &said {
        anna.hears(text).await;
        assert_eq!(anna.log.count(|e| heard(e, text).is_some()), 1);
    }
    let named = |e: &Event, name: &str| match e {
        Event::GroupUpdate(u) => format!("{:?}", u.action).contains(name),
        _ => false,
    };
    for round in 0..4 {
        let name = format!("\"Club {round}\"");
        anna.log.wait("the new subject", |e| named(e, &name).then_some(())).await;
    }
    eventually(&sandbox, &account, |a| (a["devices"][0]["queued"] == 0).then_some(())).await;
    sandbox.stop().await.unwrap();
}
