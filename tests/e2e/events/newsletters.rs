//! Newsletters: posts, what becomes of them, who reacts, and what the account follows.

use std::sync::Arc;

use harness::{Peer, World};
use serde_json::{Value, json};
use whatsapp_rust::Jid;
use whatsapp_rust::waproto::whatsapp as wa;

use super::scene::{MILLISECONDS, SECONDS, Scene, all, exactly, text};

fn says(text: &str) -> wa::Message {
    wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
}

/// A newsletter as the chat and the writer of its posts.
fn posted(jid: &str) -> Value {
    json!({
        "chat": jid, "chat_phone": null, "chat_lid": null, "is_group": false, "from": jid, "from_phone": null,
        "from_lid": null, "from_me": false, "push_name": null,
    })
}

pub async fn a_post_is_told_edited_and_taken_back(world: Arc<World>) {
    let mut scene = Scene::set(&world, "news").await;
    let editor = Peer::pair(&world, "Editor").await;
    let made = editor.client().newsletter().create("News", None).await.expect("made");
    let jid = made.jid.to_string();
    let path = scene.session.path(&format!("/newsletters/{jid}/follow"));
    scene.us.post(&path).json(&json!({})).send().await.expect(200);

    let id = editor.client().send_message(made.jid.clone(), says("teh")).await.expect("out").message_id;
    let seen = scene.said("message", &id).await;
    let number = seen["server_id"].clone();
    assert!(number.as_u64().is_some_and(|number| number >= 100), "{seen}");
    exactly(&seen, &all([text(&id, "teh"), posted(&jid), json!({ "server_id": number })]));

    let did = all([json!({ "message_id": id, "timestamp": SECONDS }), posted(&jid)]);
    let target =
        json!({ "message_id": id, "from": jid, "from_phone": null, "from_lid": null, "from_me": false });
    for better in ["the", "the end"] {
        let news = editor.client().newsletter();
        news.edit_message(&made.jid, id.clone(), says(better)).await.expect("edited");
        let seen = scene.told("message.edited", |p| p["text"] == better).await;
        let wanted = json!({
            "target": target, "type": "text", "text": better, "mentions": [], "edited_at": MILLISECONDS,
        });
        exactly(&seen, &all([did.clone(), wanted]));
    }
    editor.client().newsletter().revoke_message(&made.jid, id.clone()).await.expect("revoked");
    let seen = scene.told("message.revoked", |p| p["target"]["message_id"] == id.as_str()).await;
    let wanted = json!({ "target": target, "by_admin": false, "for_me": false });
    exactly(&seen, &all([did, wanted]));
    // None of this is a message.
    let last = editor.client().send_message(made.jid.clone(), says("that is all")).await.expect("out");
    scene.said("message", &last.message_id).await;
    let messages = scene.live.seen.iter().filter(|event| event["event"] == "message").count();
    assert_eq!(messages, 2, "{:#?}", scene.live.seen);
    editor.leave().await;
}

pub async fn a_posts_file_is_got_as_every_file_is(world: Arc<World>) {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    let mut scene = Scene::set(&world, "news-file").await;
    let anna = scene.contact("Anna").await;
    let made = json!({ "owner": anna.phone, "name": "Weather", "followers": [scene.me.phone] });
    let made = world.sandbox().post("newsletters", made).await;
    let jid = made["jid"].as_str().expect("a JID").to_owned();
    let clouds = b"clouds from above".repeat(100);
    let media = json!({ "kind": "image", "base64": BASE64_STANDARD.encode(&clouds), "caption": "look" });
    let sent = world.sandbox().post(&format!("newsletters/{jid}/messages"), json!({ "media": media })).await;
    let id = sent["message_id"].as_str().expect("an id").to_owned();
    let seen = scene.said("message", &id).await;
    assert_eq!((&seen["type"], &seen["text"]), (&json!("image"), &json!("look")), "{seen}");
    assert_eq!(seen["media"]["file_length"], clouds.len(), "{seen}");
    // Nothing of a newsletter is encrypted.
    assert_eq!(seen["media"]["uploaded"]["media_key"], "", "{seen}");
    let file = scene.us.get(&scene.session.path(&format!("/messages/{id}/media"))).send().await;
    assert_eq!((file.status, file.body == clouds), (200, true), "{}", file.text());
}

pub async fn reactions_to_posts_are_counted(world: Arc<World>) {
    let mut scene = Scene::set(&world, "news-react").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let made = json!({ "owner": anna.phone, "name": "Weather", "followers": [scene.me.phone] });
    let made = world.sandbox().post("newsletters", made).await;
    let jid = made["jid"].as_str().expect("a JID").to_owned();
    let post = world.sandbox().post(&format!("newsletters/{jid}/messages"), json!({ "text": "sunny" })).await;
    let (id, number) = (post["message_id"].as_str().expect("an id"), post["server_id"].clone());
    scene.said("message", id).await;
    // Whoever looks at the posts hears of them for a while.
    let path = scene.session.path(&format!("/newsletters/{jid}/messages"));
    let posts = scene.us.get(&path).send().await.expect(200);
    assert_eq!(posts["data"][0]["serverId"], number, "{posts}");

    let react = async |who: &super::scene::Someone, code: &str| {
        let body = json!({ "by": who.phone, "server_id": number, "code": code });
        world.sandbox().post(&format!("newsletters/{jid}/reactions"), body).await;
    };
    let counted = |reactions: Value| {
        json!({
            "newsletter": jid, "change": "reactions", "posts": [{ "server_id": number, "reactions": reactions }],
        })
    };
    react(&anna, "👍").await;
    let seen = scene.told("newsletter.update", |_| true).await;
    exactly(&seen, &counted(json!([{ "emoji": "👍", "count": 1 }])));
    react(&bert, "👍").await;
    let seen = scene.told("newsletter.update", |_| true).await;
    exactly(&seen, &counted(json!([{ "emoji": "👍", "count": 2 }])));
    react(&anna, "").await;
    let seen = scene.told("newsletter.update", |_| true).await;
    exactly(&seen, &counted(json!([{ "emoji": "👍", "count": 1 }])));
    // Our own, too.
    let path = scene.session.path(&format!("/newsletters/{jid}/messages/{number}/reactions"));
    scene.us.post(&path).json(&json!({ "emoji": "👍" })).send().await.expect(200);
    let seen = scene.told("newsletter.update", |_| true).await;
    exactly(&seen, &counted(json!([{ "emoji": "👍", "count": 2 }])));
}

pub async fn what_the_account_follows_elsewhere_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "news-elsewhere").await;
    let anna = scene.contact("Anna").await;
    let made = json!({ "owner": anna.phone, "name": "Weather" });
    let made = world.sandbox().post("newsletters", made).await;
    let jid = made["jid"].as_str().expect("a JID").to_owned();
    let address: Jid = jid.parse().expect("a JID");
    // Another device of the same account.
    let other = Peer::pair_with(&world, &scene.me.phone, &scene.me.name).await;
    other.client().newsletter().join(&address).await.expect("joined");
    let seen = scene.told("newsletter.update", |p| p["newsletter"] == jid.as_str()).await;
    let wanted = json!({
        "newsletter": jid, "change": "NotificationNewsletterJoin", "data": seen["data"],
    });
    exactly(&seen, &wanted);
    assert!(seen["data"].to_string().contains(&jid), "what WhatsApp says of it: {seen}");
    other.client().newsletter().leave(&address).await.expect("left");
    let seen = scene.told("newsletter.update", |p| p["newsletter"] == jid.as_str()).await;
    assert_eq!(seen["change"], "NotificationNewsletterLeave", "{seen}");
    other.leave().await;
}
