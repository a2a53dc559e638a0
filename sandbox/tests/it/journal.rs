//! The journal: what clients sent, as they sent it.

use serde_json::{Value, json};
use whatsapp_rust::Jid;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::harness::{eventually, get, linked, post, sandbox};

fn child<'a>(node: &'a Value, tag: &str) -> &'a Value {
    let children = node["children"].as_array().expect("children");
    children.iter().find(|child| child["tag"] == tag).unwrap_or_else(|| panic!("no <{tag}> in {node:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_sees_what_a_client_sent() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let id = anna.text(carl, "hello").await;
    let path = format!("stanzas?phone={}&tag=message&id={id}", anna.phone());
    let message = eventually(&sandbox, &path, |found| found.get(0).cloned()).await;
    assert_eq!(message["account"], anna.phone());
    assert_eq!(message["device"], 1);
    assert!(message["time"].as_u64().unwrap() > 1_700_000_000_000);
    assert_eq!(message["attrs"]["type"], "text");
    let to = &child(&message, "participants")["children"][0];
    let enc = child(to, "enc");
    assert_eq!(enc["attrs"]["type"], "pkmsg");
    assert!(enc["bytes"].as_u64().unwrap() > 0);
    assert!(enc.get("base64").is_none());

    // A revoke is a message of its own, with its kind on the stanza.
    let chat = Jid::pn(carl);
    anna.client
        .revoke_message(chat.clone(), id.clone(), whatsapp_rust::RevokeType::Sender)
        .await
        .expect("revoked");
    let edits = format!("stanzas?phone={}&tag=message&edit=7", anna.phone());
    eventually(&sandbox, &edits, |found| (found.as_array()?.len() == 1).then_some(())).await;

    let last = get(&sandbox, "stanzas?limit=1").await[0]["number"].as_u64().unwrap();
    anna.client.chatstate().send_composing(&chat).await.expect("sent");
    anna.client.presence().set_available().await.expect("sent");
    let states = format!("stanzas?tag=chatstate&after={last}");
    let state = eventually(&sandbox, &states, |found| found.get(0).cloned()).await;
    child(&state, "composing");
    eventually(&sandbox, "stanzas?tag=presence&type=available", |found| found.get(0).cloned()).await;

    post(&sandbox, &format!("accounts/{carl}/send"), json!({ "to": anna.phone(), "text": "hi" })).await;
    let heard = anna.hears("hi").await;
    let receipts = format!("stanzas?tag=receipt&id={heard}");
    eventually(&sandbox, &receipts, |found| found.get(0).cloned()).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn media_kinds_show_on_each_enc() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let message = wa::Message {
        image_message: whatsapp_rust::buffa::MessageField::some(wa::message::ImageMessage {
            mimetype: Some("image/jpeg".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let sent = anna.client.send_message(Jid::pn(bert.phone().as_str()), message).await.expect("sent");
    let path = format!("stanzas?tag=message&id={}", sent.message_id);
    let message = eventually(&sandbox, &path, |found| found.get(0).cloned()).await;
    assert_eq!(message["attrs"]["type"], "media");
    for to in child(&message, "participants")["children"].as_array().unwrap() {
        assert_eq!(child(to, "enc")["attrs"]["mediatype"], "image");
    }
    sandbox.stop().await.unwrap();
}
