//! Who is on WhatsApp, what they look like, whom one blocks, what one deletes for oneself.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use whatsapp_rust::Jid;
use whatsapp_rust::http::{HttpClient, HttpRequest, UreqHttpClient};
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{eventually, get, linked, post, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_has_a_picture_and_an_about_text() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let phone = carl["phone"].as_str().unwrap();
    let jid = Jid::pn(phone);
    let known = anna.client.contacts().is_on_whatsapp(&[jid.clone(), Jid::pn("4915559999")]).await;
    let known = known.expect("answered");
    let carl_is = known.iter().find(|k| k.jid == jid).expect("an answer for Carl");
    assert!(carl_is.is_registered);
    assert_eq!(carl_is.lid.as_ref().map(|lid| lid.to_string()), carl["lid"].as_str().map(str::to_owned));
    assert!(known.iter().any(|k| k.jid.user == "4915559999" && !k.is_registered));
    let by_lid: Jid = carl["lid"].as_str().unwrap().parse().unwrap();
    let by_lid = anna.client.contacts().is_on_whatsapp(&[by_lid]).await.expect("answered");
    assert!(by_lid[0].is_registered);
    assert_eq!(by_lid[0].pn_jid, Some(jid.clone()));

    let nothing = anna.client.contacts().get_profile_picture(&jid, false).await.expect("answered");
    assert!(nothing.is_none());
    let bytes = b"a face".repeat(50);
    let body = json!({ "base64": BASE64_STANDARD.encode(&bytes) });
    let set = post(&sandbox, &format!("accounts/{phone}/picture"), body).await;
    anna.log
        .wait("the new picture", |e| match e {
            Event::PictureUpdate(update) if update.jid == jid && !update.removed => Some(()),
            _ => None,
        })
        .await;
    for preview in [true, false] {
        let picture = anna.client.contacts().get_profile_picture(&jid, preview).await.expect("answered");
        let picture = picture.expect("a picture");
        assert_eq!(json!(picture.id), set["id"]);
        assert_eq!(json!(picture.direct_path), set["direct_path"]);
        let url = picture.url.replacen("https://", "http://", 1);
        let answer = UreqHttpClient::new().execute(HttpRequest::get(url)).await.expect("downloaded");
        assert_eq!(answer.body, bytes);
    }
    post(&sandbox, &format!("accounts/{phone}/about"), json!({ "text": "at the sea" })).await;
    let info = anna.client.contacts().get_user_info(std::slice::from_ref(&jid)).await.expect("answered");
    assert_eq!(info[&jid].status.as_deref(), Some("at the sea"));
    assert_eq!(json!(info[&jid].picture_id), set["id"]);
    assert_eq!(info[&jid].devices, [0]);
    post(&sandbox, &format!("accounts/{phone}/picture"), json!({ "base64": null })).await;
    let gone = anna.client.contacts().get_profile_picture(&jid, false).await.expect("answered");
    assert!(gone.is_none());
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_contact_is_not_heard_and_the_other_device_learns_of_it() {
    let sandbox = sandbox().await;
    let (anna, second) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Anna").await);
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let phone = carl["phone"].as_str().unwrap();
    let jid = Jid::pn(phone);
    // Blocking needs the LID; a number that was never looked up has none.
    anna.client.blocking().block(&jid).await.expect_err("no LID known");
    anna.client.contacts().is_on_whatsapp(std::slice::from_ref(&jid)).await.expect("answered");
    anna.client.blocking().block(&jid).await.expect("blocked");
    assert!(anna.client.blocking().is_blocked(&jid).await.expect("answered"));
    assert_eq!(get(&sandbox, &format!("accounts/{}", anna.phone())).await["blocked"], json!([carl["lid"]]));
    // The library acknowledges the notification; it has no event for it.
    let acked = |found: &serde_json::Value| {
        let all = found.as_array()?;
        all.iter().any(|ack| ack["attrs"]["type"] == "account_sync").then_some(())
    };
    let path = format!("stanzas?phone={}&device=2&tag=ack&class=notification", second.phone());
    eventually(&sandbox, &path, acked).await;
    let send = format!("accounts/{phone}/send");
    post(&sandbox, &send, json!({ "to": anna.phone(), "text": "unheard" })).await;
    anna.client.blocking().unblock(&jid).await.expect("unblocked");
    assert!(anna.client.blocking().get_blocklist().await.expect("answered").is_empty());
    post(&sandbox, &send, json!({ "to": anna.phone(), "text": "heard" })).await;
    anna.hears("heard").await;
    assert_eq!(anna.log.count(|e| crate::harness::heard(e, "unheard").is_some()), 0);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_for_oneself_reaches_the_other_device_only() {
    let sandbox = sandbox().await;
    let (first, second) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Anna").await);
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let phone = carl["phone"].as_str().unwrap();
    post(&sandbox, &format!("accounts/{phone}/send"), json!({ "to": first.phone(), "text": "oops" })).await;
    let id = first.hears("oops").await;
    second.hears("oops").await;
    let chat = Jid::pn(phone);
    first
        .client
        .chat_actions()
        .delete_message_for_me(&chat, None, &id, false, true, None)
        .await
        .expect("deleted");
    second
        .log
        .wait("the deletion", |e| match e {
            Event::DeleteMessageForMeUpdate(update) if update.message_id == id => Some(()),
            _ => None,
        })
        .await;
    assert_eq!(
        get(&sandbox, &format!("stanzas?tag=message&phone={}&edit=7", first.phone())).await,
        json!([])
    );
    sandbox.stop().await.unwrap();
}
