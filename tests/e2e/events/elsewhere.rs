//! What the account does on its phone: the session, which is another device of it, is told.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};

use super::scene::{MILLISECONDS, SECONDS, Scene, all, exactly, in_group, text};

pub async fn what_the_account_writes_on_its_phone_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "elsewhere").await;
    let anna = scene.contact("Anna").await;
    let group = scene.group(&anna, &[]).await;
    let me = scene.me.clone();
    let from = all([me.from(), json!({ "from_me": true })]);
    for (to, chat) in [(&anna.phone, Scene::chat(&anna)), (&group, in_group(&group))] {
        let did =
            |id: &str| all([json!({ "message_id": id, "timestamp": SECONDS }), chat.clone(), from.clone()]);
        let id = me.writes(to, "teh").await;
        let seen = scene.said("message.from_me", &id).await;
        exactly(&seen, &all([text(&id, "teh"), chat.clone(), from.clone()]));

        let edit = me.sends("edit", json!({ "id": id, "text": "the" })).await;
        let seen = scene.said("message.edited", &edit).await;
        let wanted = json!({
            "target": me.target(&id, true), "type": "text", "text": "the", "mentions": [], "edited_at": MILLISECONDS,
        });
        exactly(&seen, &all([did(&edit), wanted]));

        let hers = anna.writes(if *to == anna.phone { &me.phone } else { to }, "hers").await;
        scene.said("message", &hers).await;
        let react = me.sends("react", json!({ "id": hers, "emoji": "🎉" })).await;
        let seen = scene.said("message.reaction", &react).await;
        exactly(&seen, &all([did(&react), json!({ "target": anna.target(&hers, false), "emoji": "🎉" })]));

        let body = json!({ "to": if *to == anna.phone { &me.phone } else { to }, "name": "?", "options": ["a", "b"] });
        let poll = anna.sends("poll", body).await;
        scene.said("message", &poll).await;
        let vote = me.sends("vote", json!({ "id": poll, "options": ["b"] })).await;
        let seen = scene.said("poll.vote", &vote).await;
        assert_eq!((&seen["options"], &seen["from_me"]), (&json!(["b"]), &json!(true)), "{seen}");
        assert_eq!(seen["poll"], anna.target(&poll, false), "{seen}");

        let revoke = me.sends("revoke", json!({ "id": id })).await;
        let seen = scene.said("message.revoked", &revoke).await;
        let wanted = json!({ "target": me.target(&id, true), "by_admin": false, "for_me": false });
        exactly(&seen, &all([did(&revoke), wanted]));
    }
}

pub async fn what_the_account_deletes_for_itself_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "elsewhere-delete").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    let me = scene.me.clone();
    let hers = anna.writes(&me.phone, "hers").await;
    let his = bert.writes(&group, "his").await;
    let mine = me.writes(&group, "mine").await;
    scene.said("message", &hers).await;
    scene.said("message.from_me", &mine).await;
    let from = json!({ "from": me.jid, "from_phone": me.phone, "from_lid": me.lid, "from_me": true });
    for (id, target, chat) in [
        (&hers, anna.target(&hers, false), Scene::chat(&anna)),
        (&his, bert.target(&his, false), in_group(&group)),
        (&mine, me.target(&mine, true), in_group(&group)),
    ] {
        let about = |payload: &Value| payload["target"]["message_id"] == id.as_str();
        let action = json!({ "action": "delete_for_me", "id": id });
        let seen = scene.does_until(action, "message.revoked", about).await;
        let wanted = json!({
            "message_id": "", "push_name": null, "timestamp": SECONDS, "target": target, "by_admin": false,
            "for_me": true,
        });
        exactly(&seen, &all([wanted, chat, from.clone()]));
    }
}
