//! What else people do: type, look who is there, archive, change a picture, use two devices.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{eventually, get, heard, linked, post, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_of_one_account_share_what_happens() {
    let sandbox = sandbox().await;
    let (first, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    bert.text(&first.phone(), "hello").await;
    first.hears("hello").await;
    let second = linked(&sandbox, "Anna").await;

    // Bert hears of the new device and encrypts for it too; Anna's own texts reach her other device.
    bert.log.wait("the new device", |e| matches!(e, Event::DeviceListUpdate(_)).then_some(())).await;
    bert.text(&first.phone(), "to both").await;
    first.hears("to both").await;
    second.hears("to both").await;
    first.log.wait("the own new device", |e| matches!(e, Event::DeviceListUpdate(_)).then_some(())).await;
    first.text(&bert.phone(), "from my first device").await;
    bert.hears("from my first device").await;
    second.hears("from my first device").await;

    let chat = Jid::pn(bert.phone().as_str());
    first.client.chat_actions().archive_chat(&chat, None).await.expect("archived");
    second.log.wait("the archived chat", |e| matches!(e, Event::ArchiveUpdate(_)).then_some(())).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_and_typing_are_passed_on() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    post(&sandbox, &format!("accounts/{carl}/send"), json!({ "to": anna.phone(), "text": "hi" })).await;
    anna.hears("hi").await;
    anna.client.presence().subscribe(Jid::pn(carl)).await.expect("subscribed");
    anna.client.presence().set_available().await.expect("available");
    // The subscription has been handled once Anna's own presence is known, which was sent after it.
    let path = format!("accounts/{}", anna.phone());
    eventually(&sandbox, &path, |a| (a["available"] == true).then_some(())).await;
    post(&sandbox, &format!("accounts/{carl}/presence"), json!({ "available": true })).await;
    anna.log
        .wait("Carl's presence", |e| match e {
            Event::Presence(p) if p.from.user == carl && !p.unavailable => Some(()),
            _ => None,
        })
        .await;
    post(&sandbox, &format!("accounts/{carl}/typing"), json!({ "to": anna.phone(), "state": "composing" }))
        .await;
    anna.log.wait("Carl typing", |e| matches!(e, Event::ChatPresence(_)).then_some(())).await;
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_can_ask_who_is_on_whatsapp() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    post(&sandbox, "accounts", json!({ "phone": "4915550002" })).await;
    let asked = [Jid::pn("4915550002"), Jid::pn("4915559999")];
    let answers = anna.client.contacts().is_on_whatsapp(&asked).await.expect("answered");
    let of = |phone: &str| answers.iter().find(|a| a.jid.user == phone).expect("an answer");
    assert!(of("4915550002").is_registered);
    assert!(of("4915550002").lid.is_some());
    assert!(!of("4915559999").is_registered);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_status_and_blocklist_work() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    anna.client.profile().set_status_text("busy").await.expect("set");
    bert.log
        .wait("Anna's about text", |e| match e {
            Event::UserAboutUpdate(about) if about.status == "busy" => Some(()),
            _ => None,
        })
        .await;
    let set = anna.client.profile().set_profile_picture(vec![0xff, 0xd8, 1, 2, 3]).await.expect("set");
    let seen = bert.client.contacts().get_profile_picture(&Jid::pn(anna.phone().as_str()), false).await;
    assert_eq!(seen.expect("answered").expect("a picture").id, set.id.to_string());
    let none = anna.client.contacts().get_profile_picture(&Jid::pn(bert.phone().as_str()), true).await;
    assert!(none.expect("answered").is_none());
    let bert_jid = Jid::pn(bert.phone().as_str());
    anna.text(&bert.phone(), "hello").await;
    bert.hears("hello").await;
    anna.client.blocking().block(&bert_jid).await.expect("blocked");
    assert_eq!(anna.client.blocking().get_blocklist().await.expect("answered").len(), 1);
    let unheard = bert.text(&anna.phone(), "unheard").await;
    eventually(&sandbox, &format!("messages?id={unheard}"), |log| (log[0]["acked"] == 1).then_some(())).await;
    anna.client.blocking().unblock(&bert_jid).await.expect("unblocked");
    assert_eq!(anna.client.blocking().get_blocklist().await.expect("answered").len(), 0);
    bert.text(&anna.phone(), "heard").await;
    anna.hears("heard").await;
    assert_eq!(anna.log.count(|e| heard(e, "unheard").is_some()), 0);
    assert_eq!(get(&sandbox, "state").await["unknown_iqs"], json!({}));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_sends_an_image() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let picture = b"not really a picture".repeat(500);
    let media = json!({ "kind": "image", "base64": BASE64_STANDARD.encode(&picture), "caption": "see" });
    let send = format!("accounts/{}/send", carl["phone"].as_str().unwrap());
    post(&sandbox, &send, json!({ "to": anna.phone(), "media": media })).await;
    let image = anna
        .log
        .wait("the image", |e| match e {
            Event::Messages(batch) => batch.iter().find_map(|m| m.message.image_message.as_option().cloned()),
            _ => None,
        })
        .await;
    assert_eq!(image.caption.as_deref(), Some("see"));
    assert_eq!(anna.client.download(&image).await.expect("downloaded"), picture);
    sandbox.stop().await.unwrap();
}
