//! Newsletters: made by clients and by contacts, followed, written, edited, reacted to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::wacore::types::message::EditAttribute;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Jid, NewsletterRole};

use crate::harness::{Person, Start, eventually, get, linked, post, sandbox, start};

fn text(text: &str) -> wa::Message {
    wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
}

/// Waits for a newsletter message with this text; returns its stanza id, server id and kind of edit.
async fn reads(person: &Person, words: &str) -> (String, i32, EditAttribute) {
    person
        .log
        .wait(&format!("the post {words:?}"), |e| match e {
            Event::Messages(batch) => batch.iter().find_map(|m| {
                (m.message.conversation.as_deref() == Some(words)).then(|| {
                    assert!(m.info.source.chat.to_string().ends_with("@newsletter"));
                    (m.info.id.clone(), m.info.server_id, m.info.edit.clone())
                })
            }),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_runs_a_newsletter() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let made = anna.client.newsletter().create("News", Some("daily")).await.expect("made");
    assert_eq!((made.name.as_str(), made.description.as_deref()), ("News", Some("daily")));
    assert_eq!(made.role, Some(NewsletterRole::Owner));
    let jid = made.jid.clone();

    // Bert finds it by its invite and by its address, and follows.
    let code = made.invite_code.expect("an invite");
    let found = bert.client.newsletter().get_metadata_by_invite(&code).await.expect("found");
    assert_eq!((found.jid, found.role), (jid.clone(), Some(NewsletterRole::Guest)));
    bert.client.newsletter().get_metadata_by_invite("0029Vnone").await.expect_err("no such invite");
    let joined = bert.client.newsletter().join(&jid).await.expect("joined");
    assert_eq!((joined.role, joined.subscriber_count), (Some(NewsletterRole::Subscriber), 1));
    let listed = bert.client.newsletter().list_subscribed().await.expect("listed");
    assert_eq!(listed.iter().map(|n| &n.jid).collect::<Vec<_>>(), [&jid]);

    // Publish, edit, revoke.
    let first = anna.client.send_message(jid.clone(), text("first")).await.expect("out").message_id;
    let (id, server_id, edit) = reads(&bert, "first").await;
    assert_eq!((id, edit), (first.clone(), EditAttribute::Empty));
    assert!(server_id >= 100);
    anna.client
        .newsletter()
        .edit_message(&jid, first.clone(), text("first, corrected"))
        .await
        .expect("edited");
    assert_eq!(reads(&bert, "first, corrected").await, (first.clone(), server_id, EditAttribute::AdminEdit));
    let second = anna.client.send_message(jid.clone(), text("second")).await.expect("out").message_id;
    reads(&bert, "second").await;
    anna.client.newsletter().revoke_message(&jid, second.clone()).await.expect("revoked");
    bert.log
        .wait("the revoke", |e| match e {
            Event::Messages(batch) => batch
                .iter()
                .any(|m| m.info.id == second && m.info.edit == EditAttribute::AdminRevoke)
                .then_some(()),
            _ => None,
        })
        .await;
    let messages = format!("newsletters/{jid}/messages");
    let kept = get(&sandbox, &messages).await;
    assert_eq!(kept[0]["message"]["conversation"], "first, corrected");
    assert_eq!((kept[0]["revoked"].clone(), kept[1]["revoked"].clone()), (json!(false), json!(true)));

    // A follower may not publish; nobody else hears of it.
    let refused = bert.client.send_message(jid.clone(), text("mine")).await.expect("written").message_id;
    eventually(&sandbox, &format!("stanzas?tag=message&id={refused}"), |found| found.get(0).cloned()).await;
    assert_eq!(get(&sandbox, &messages).await.as_array().unwrap().len(), 2);

    // The stanza of a post can be read by a test.
    let stanza = get(&sandbox, &format!("stanzas?tag=message&id={first}&edit=3")).await;
    let plaintext = stanza[0]["children"][0]["base64"].as_str().unwrap();
    assert!(String::from_utf8_lossy(&BASE64_STANDARD.decode(plaintext).unwrap()).contains("corrected"));

    let changed = anna.client.newsletter().update(&jid, Some("Old News"), None).await.expect("changed");
    assert_eq!((changed.name.as_str(), changed.description.as_deref()), ("Old News", Some("daily")));
    bert.client.newsletter().update(&jid, Some("Bert's"), None).await.expect_err("not his");
    bert.client.newsletter().set_follower_mute(&jid, true).await.expect("muted");
    bert.client.newsletter().set_follower_mute(&jid, false).await.expect("unmuted");
    bert.client.newsletter().leave(&jid).await.expect("left");
    assert!(bert.client.newsletter().list_subscribed().await.expect("listed").is_empty());
    let missing: Jid = "120363000000000000@newsletter".parse().unwrap();
    bert.client.newsletter().join(&missing).await.expect_err("no such newsletter");
    bert.client.newsletter().get_metadata(&missing).await.expect_err("no such newsletter");
    assert_eq!(get(&sandbox, "state").await["unknown_iqs"], json!({}));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_publishes_and_clients_react() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let dora = post(&sandbox, "accounts", json!({ "push_name": "Dora" })).await;
    let made = json!({ "owner": carl["phone"], "name": "Weather", "followers": [anna.phone()] });
    let jid = post(&sandbox, "newsletters", made).await["jid"].as_str().unwrap().to_owned();
    let address: Jid = jid.parse().unwrap();
    let messages = format!("newsletters/{jid}/messages");
    let sunny = post(&sandbox, &messages, json!({ "text": "sunny" })).await;
    let (id, server_id, _) = reads(&anna, "sunny").await;
    assert_eq!((json!(id), json!(server_id)), (sunny["message_id"].clone(), sunny["server_id"].clone()));
    let server_id = u64::try_from(server_id).unwrap();

    let duration = anna.client.newsletter().subscribe_live_updates(address.clone()).await.expect("watched");
    assert_eq!(duration, 300);
    anna.client.newsletter().send_reaction(&address, server_id, "👍").await.expect("reacted");
    let reacted = json!({ "by": dora["phone"], "server_id": server_id, "code": "👍" });
    post(&sandbox, &format!("newsletters/{jid}/reactions"), reacted).await;
    for count in [1, 2] {
        anna.log
            .wait("the reaction counts", |e| match e {
                Event::NewsletterLiveUpdate(update) => {
                    let reactions = &update.messages[0].reactions;
                    reactions.iter().any(|r| r.code == "👍" && r.count == count).then_some(())
                }
                _ => None,
            })
            .await;
    }
    anna.client.newsletter().send_reaction(&address, server_id, "").await.expect("taken back");
    eventually(&sandbox, &messages, |m| (m[0]["reaction_counts"]["👍"] == 1).then_some(())).await;

    // A picture, not encrypted as on the real network.
    let picture = b"clouds from above".repeat(100);
    let media = json!({ "kind": "image", "base64": BASE64_STANDARD.encode(&picture), "caption": "look" });
    post(&sandbox, &messages, json!({ "media": media })).await;
    let image = anna
        .log
        .wait("the picture", |e| match e {
            Event::Messages(batch) => batch.iter().find_map(|m| m.message.image_message.as_option().cloned()),
            _ => None,
        })
        .await;
    assert_eq!(anna.client.download(&image).await.expect("downloaded"), picture);

    for n in 0..5 {
        post(&sandbox, &messages, json!({ "text": format!("day {n}") })).await;
    }
    let page = anna.client.newsletter().get_messages(address.clone(), 3, None).await.expect("a page");
    let words = |m: &whatsapp_rust::NewsletterMessage| m.message.clone().and_then(|m| m.conversation);
    assert_eq!(page.iter().filter_map(words).collect::<Vec<_>>(), ["day 2", "day 3", "day 4"]);
    let before = Some(page[0].server_id);
    let page = anna.client.newsletter().get_messages(address, 10, before).await.expect("a page");
    assert_eq!(page.len(), 4);
    assert_eq!(page[0].reactions[0].count, 1);
    assert_eq!(page[1].message_type, whatsapp_rust::NewsletterMessageType::Media);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_publishes_media_and_its_other_device_reads_along() {
    let sandbox = sandbox().await;
    let (first, second) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Anna").await);
    let made = first.client.newsletter().create("Pictures", None).await.expect("made");
    second
        .log
        .wait("the new newsletter", |e| match e {
            Event::MexNotification(n) => (n.op_name == "NotificationNewsletterJoin").then_some(()),
            _ => None,
        })
        .await;
    let image = wa::message::ImageMessage {
        mimetype: Some("image/jpeg".to_owned()),
        caption: Some("a cat".to_owned()),
        ..Default::default()
    };
    let message = wa::Message { image_message: MessageField::some(image), ..Default::default() };
    let sent = first.client.send_message(made.jid.clone(), message).await.expect("out").message_id;
    second
        .log
        .wait("the picture", |e| match e {
            Event::Messages(batch) => batch.iter().find(|m| m.info.id == sent).map(|m| {
                assert_eq!(m.message.image_message.as_option().unwrap().caption.as_deref(), Some("a cat"));
            }),
            _ => None,
        })
        .await;
    let kept = get(&sandbox, &format!("newsletters/{}/messages", made.jid)).await;
    assert_eq!((kept[0]["type"].as_str(), kept[0]["mediatype"].as_str()), (Some("media"), Some("image")));
    let relayed = eventually(&sandbox, &format!("messages?id={sent}"), |log| {
        let devices = log[0]["devices"].as_object()?;
        devices.values().all(|d| d["settled"] == true).then(|| devices.len())
    })
    .await;
    assert_eq!(relayed, 1);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn newsletters_and_media_survive_a_restart() {
    let folder = std::env::temp_dir().join(format!("edgewire-sandbox-{:016x}", rand::random::<u64>()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = edgewire_sandbox::Config { state: Some(folder.join("state.json")), ..Default::default() };
    let sandbox = edgewire_sandbox::Sandbox::start(config.clone()).await.unwrap();
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let made = json!({ "owner": carl["phone"], "name": "Weather", "followers": [anna.phone()] });
    let jid = post(&sandbox, "newsletters", made).await["jid"].as_str().unwrap().to_owned();
    let picture = b"rain".repeat(1000);
    let media = json!({ "kind": "image", "base64": BASE64_STANDARD.encode(&picture) });
    post(&sandbox, &format!("newsletters/{jid}/messages"), json!({ "media": media })).await;
    let image = anna
        .log
        .wait("the picture", |e| match e {
            Event::Messages(batch) => batch.iter().find_map(|m| m.message.image_message.as_option().cloned()),
            _ => None,
        })
        .await;
    let backend = anna.stop().await;
    sandbox.stop().await.unwrap();

    let sandbox = edgewire_sandbox::Sandbox::start(config).await.unwrap();
    let anna = start(Start { ws_url: sandbox.ws_url(), name: "Anna", backend }).await;
    anna.connected().await;
    let listed = anna.client.newsletter().list_subscribed().await.expect("listed");
    assert_eq!(listed[0].name, "Weather");
    assert_eq!(anna.client.download(&image).await.expect("downloaded"), picture);
    sandbox.stop().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
