//! What others do to messages: react, edit, delete, vote.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};

use super::scene::{MILLISECONDS, SECONDS, Scene, Someone, all, exactly, in_group};

/// Where and who, of something that `who` did.
fn did(id: &str, chat: Value, who: &Someone) -> Value {
    all([json!({ "message_id": id, "timestamp": SECONDS }), chat, who.from()])
}

/// Sends a text of ours, and waits until `to` has it; gives its id.
async fn ours(scene: &Scene, chat: &str, to: &[&Someone], text: &str) -> String {
    let sent = scene.session.send_text(chat, text).await;
    let id = sent["waMessageId"].as_str().expect("an id").to_owned();
    for someone in to {
        someone.got(&id).await;
    }
    id
}

pub async fn a_reaction_names_what_it_is_to(world: Arc<World>) {
    let mut scene = Scene::set(&world, "done-react").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    let mine = ours(&scene, &anna.phone, &[&anna], "hello").await;
    let mine_there = ours(&scene, &group, &[&anna, &bert], "hello all").await;
    let hers = anna.writes(&scene.me.phone, "hello you").await;
    let hers_there = anna.writes(&group, "hello everybody").await;
    scene.said("message", &hers_there).await;
    bert.got(&hers_there).await;

    // To ours, to one of the reactor's own, to a third one's; in chats of two and in a group.
    let me = scene.me.clone();
    let cases = [
        (&anna, &mine, me.target(&mine, true), Scene::chat(&anna)),
        (&anna, &hers, anna.target(&hers, false), Scene::chat(&anna)),
        (&bert, &mine_there, me.target(&mine_there, true), in_group(&group)),
        (&anna, &hers_there, anna.target(&hers_there, false), in_group(&group)),
        (&bert, &hers_there, anna.target(&hers_there, false), in_group(&group)),
    ];
    for (who, id, target, chat) in cases {
        for (said, emoji) in [("👍", json!("👍")), ("🎉", json!("🎉")), ("", Value::Null)] {
            let sent = who.sends("react", json!({ "id": id, "emoji": said })).await;
            let seen = scene.said("message.reaction", &sent).await;
            let wanted = json!({ "target": target, "emoji": emoji });
            exactly(&seen, &all([did(&sent, chat.clone(), who), wanted]));
        }
    }
    // A reaction is no message.
    let after = anna.writes(&scene.me.phone, "that is all").await;
    scene.said("message", &after).await;
    let messages = scene.live.seen.iter().filter(|event| event["event"] == "message").count();
    assert_eq!(messages, 3, "{:#?}", scene.live.seen);
}

pub async fn an_edit_says_what_the_message_is_now(world: Arc<World>) {
    let mut scene = Scene::set(&world, "done-edit").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    for (to, chat, addressing) in [
        (&scene.me.phone.clone(), Scene::chat(&anna), "pn"),
        (&scene.me.phone.clone(), Scene::chat(&anna), "lid"),
        (&group, in_group(&group), "lid"),
    ] {
        let body = json!({ "to": to, "text": "teh", "addressing": addressing });
        let id = anna.sends("send", body).await;
        scene.said("message", &id).await;
        for better in ["the", "the end"] {
            let body = json!({ "id": id, "text": better, "addressing": addressing });
            let edit = anna.sends("edit", body).await;
            let seen = scene.said("message.edited", &edit).await;
            let wanted = json!({
                "target": anna.target(&id, false), "type": "text", "text": better, "mentions": [],
                "edited_at": MILLISECONDS,
            });
            exactly(&seen, &all([did(&edit, chat.clone(), &anna), wanted]));
        }
        // Who lists messages sees what it says now.
        let path = scene.session.path(&format!("/messages/{id}"));
        let kept = scene.us.get(&path).send().await.expect(200);
        assert_eq!(kept["message"]["text"], "the end", "{kept}");
    }
    // A file's caption.
    let media = json!({ "kind": "image", "base64": "aGVsbG8=", "caption": "a dgo" });
    let id = anna.sends("send", json!({ "to": group, "media": media })).await;
    scene.said("message", &id).await;
    let media = json!({ "kind": "image", "base64": "aGVsbG8=", "caption": "a dog" });
    let edit = anna.sends("edit", json!({ "id": id, "media": media })).await;
    let seen = scene.said("message.edited", &edit).await;
    assert_eq!((&seen["type"], &seen["text"]), (&json!("image"), &json!("a dog")), "{seen}");
}

pub async fn nobody_changes_what_another_wrote(world: Arc<World>) {
    let mut scene = Scene::set(&world, "done-forged").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    let mine = ours(&scene, &group, &[&anna, &bert], "mine").await;
    let hers = anna.writes(&group, "hers").await;
    scene.said("message", &hers).await;
    bert.got(&hers).await;
    // The network carries what a phone says; that it may not say so is for the receiver to see.
    for id in [&mine, &hers] {
        bert.sends("edit", json!({ "id": id, "text": "his" })).await;
    }
    let direct = ours(&scene, &bert.phone, &[&bert], "to you").await;
    bert.sends("edit", json!({ "id": direct, "text": "his" })).await;
    bert.sends("revoke", json!({ "id": direct })).await;
    for chat in [&group, &scene.me.phone.clone()] {
        let after = bert.writes(chat, "did it work?").await;
        scene.said("message", &after).await;
    }
    let changes = scene.live.seen.iter().filter(|event| {
        let kind = event["event"].as_str().unwrap_or_default();
        kind == "message.edited" || kind == "message.revoked"
    });
    assert_eq!(changes.count(), 0, "{:#?}", scene.live.seen);
}

pub async fn a_deletion_says_whose_it_is(world: Arc<World>) {
    let mut scene = Scene::set(&world, "done-revoke").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    let mine = ours(&scene, &group, &[&anna, &bert], "mine").await;
    let hers = anna.writes(&scene.me.phone, "hers").await;
    let hers_there = anna.writes(&group, "hers there").await;
    scene.said("message", &hers_there).await;
    let his_there = bert.writes(&group, "his there").await;
    scene.said("message", &his_there).await;
    anna.got(&his_there).await;
    let me = scene.me.clone();
    for (id, target, chat, by_admin) in [
        (&hers, anna.target(&hers, false), Scene::chat(&anna), false),
        (&hers_there, anna.target(&hers_there, false), in_group(&group), false),
        // She made the group.
        (&his_there, bert.target(&his_there, false), in_group(&group), true),
        (&mine, me.target(&mine, true), in_group(&group), true),
    ] {
        let revoke = anna.sends("revoke", json!({ "id": id })).await;
        let seen = scene.said("message.revoked", &revoke).await;
        let wanted = json!({ "target": target, "by_admin": by_admin, "for_me": false });
        exactly(&seen, &all([did(&revoke, chat, &anna), wanted]));
    }
}

pub async fn a_vote_is_told_in_the_options_words(world: Arc<World>) {
    let mut scene = Scene::set(&world, "done-vote").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    let me = scene.me.clone();
    let asks = async |scene: &Scene, to: &str| {
        let body =
            json!({ "to": to, "name": "When?", "options": ["now", "later", "never"], "selectable": 2 });
        let path = scene.session.path("/messages/poll");
        let sent = scene.us.post(&path).json(&body).send().await.expect(200);
        sent["message_id"].as_str().expect("an id").to_owned()
    };
    let direct = asks(&scene, &anna.phone).await;
    anna.got(&direct).await;
    let there = asks(&scene, &group).await;
    for someone in [&anna, &bert] {
        someone.got(&there).await;
    }
    let body = json!({ "to": group, "name": "When?", "options": ["now", "later", "never"], "selectable": 0 });
    let hers = anna.sends("poll", body).await;
    let asked = scene.said("message", &hers).await;
    let wanted = json!({ "name": "When?", "options": ["now", "later", "never"], "selectable": 0 });
    assert_eq!((&asked["type"], &asked["poll"]), (&json!("poll"), &wanted), "{asked}");
    bert.got(&hers).await;

    // Our own in both kinds of chat, and another's; each vote replaces the one before.
    for (who, poll, target, chat) in [
        (&anna, &direct, me.target(&direct, true), Scene::chat(&anna)),
        (&anna, &there, me.target(&there, true), in_group(&group)),
        (&bert, &there, me.target(&there, true), in_group(&group)),
        (&bert, &hers, anna.target(&hers, false), in_group(&group)),
        (&anna, &hers, anna.target(&hers, false), in_group(&group)),
    ] {
        for chosen in [vec!["later"], vec!["now", "never"], vec![]] {
            let vote = who.sends("vote", json!({ "id": poll, "options": chosen })).await;
            let seen = scene.said("poll.vote", &vote).await;
            let hashes: Vec<String> = chosen.iter().map(|option| hash(option)).collect();
            let wanted = json!({
                "poll": target, "poll_name": "When?", "options": chosen, "option_hashes": hashes,
            });
            exactly(&seen, &all([did(&vote, chat.clone(), who), wanted]));
        }
    }
}

/// SHA-256 as hexadecimal digits.
fn hash(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
