//! A contact has new keys, another number, other settings; the server asks clients for something.

use serde_json::json;
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{eventually, get, linked, post, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_installs_the_app_anew_and_changes_its_number() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let (carl, lid) = (carl["phone"].as_str().unwrap(), carl["lid"].as_str().unwrap());
    let group = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] });
    post(&sandbox, "groups", group).await;
    let account = format!("accounts/{carl}");
    post(&sandbox, &format!("{account}/send"), json!({ "to": anna.phone(), "text": "hello" })).await;
    anna.hears("hello").await;
    anna.text(carl, "hello Carl").await;
    let received = format!("{account}/received");
    eventually(&sandbox, &received, |r| (r[0]["text"] == "hello Carl").then_some(())).await;

    post(&sandbox, &format!("{account}/reinstall"), json!({})).await;
    let changed = anna.log.wait("IdentityChange", |e| match e {
        Event::IdentityChange(change) => Some(change.lid_user.as_ref().map(|lid| lid.to_string())),
        _ => None,
    });
    assert_eq!(changed.await.as_deref(), Some(lid));
    anna.text(carl, "still you?").await;
    eventually(&sandbox, &received, |r| (r[1]["text"] == "still you?").then_some(())).await;
    post(&sandbox, &format!("{account}/send"), json!({ "to": anna.phone(), "text": "it is me" })).await;
    anna.hears("it is me").await;

    let notice = format!("{account}/notice");
    let told = post(&sandbox, &notice, json!({ "kind": "disappearing_mode", "seconds": 86400 })).await;
    assert_eq!(told["devices"], 1);
    let seconds = anna.log.wait("DisappearingModeChanged", |e| match e {
        Event::DisappearingModeChanged(mode) => Some(mode.duration),
        _ => None,
    });
    assert_eq!(seconds.await, 86400);
    post(&sandbox, &notice, json!({ "kind": "contact_updated" })).await;
    anna.log.wait("ContactUpdated", |e| matches!(e, Event::ContactUpdated(_)).then_some(())).await;

    post(&sandbox, &format!("{account}/number"), json!({ "phone": "4915559990" })).await;
    let numbers = anna.log.wait("ContactNumberChanged", |e| match e {
        Event::ContactNumberChanged(c) => Some((c.old_jid.user.to_string(), c.new_jid.user.to_string())),
        _ => None,
    });
    assert_eq!(numbers.await, (carl.to_owned(), "4915559990".to_owned()));
    let modified = |e: &Event| matches!(e, Event::GroupUpdate(u) if u.action.tag_name() == "modify");
    anna.log.wait("the member's new number", |e| modified(e).then_some(())).await;
    anna.text("4915559990", "a new number?").await;
    eventually(&sandbox, "accounts/4915559990/received", |r| (r[0]["text"] == "a new number?").then_some(()))
        .await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_asks_clients_for_something() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let bert = linked(&sandbox, "Bert").await;
    let account = format!("accounts/{}", anna.phone());
    let notice = format!("{account}/notice");
    post(&sandbox, &notice, json!({ "kind": "contacts_sync", "after": 1_700_000_000 })).await;
    anna.log
        .wait("ContactSyncRequested", |e| matches!(e, Event::ContactSyncRequested(_)).then_some(()))
        .await;
    post(&sandbox, &notice, json!({ "kind": "dirty" })).await;
    anna.log.wait("DirtyState", |e| matches!(e, Event::DirtyState(_)).then_some(())).await;

    let asked = |what: &str| format!("stanzas?phone={}&tag=iq&xmlns=encrypt&type={what}", anna.phone());
    let count = async |path: &str| get(&sandbox, path).await.as_array().unwrap().len();
    for (kind, path) in [("check_keys", asked("get")), ("prekeys_low", asked("set"))] {
        let before = count(&path).await;
        post(&sandbox, &notice, json!({ "kind": kind })).await;
        eventually(&sandbox, &path, |s| (s.as_array()?.len() > before).then_some(())).await;
    }

    post(&sandbox, &format!("{account}/block"), json!({ "who": bert.phone() })).await;
    let blocked = anna.client.blocking().get_blocklist().await.unwrap();
    assert_eq!(blocked.len(), 1);
    post(&sandbox, &format!("{account}/block"), json!({ "who": bert.phone(), "on": false })).await;
    assert!(anna.client.blocking().get_blocklist().await.unwrap().is_empty());
    sandbox.stop().await.unwrap();
}
