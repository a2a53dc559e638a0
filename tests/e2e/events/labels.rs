//! Labels of a business account: made, changed and deleted on its phone, given to chats and taken from them.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};

use super::scene::{SECONDS, Scene, all, exactly, in_group};

pub async fn a_label_and_its_chats_are_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "labels").await;
    let anna = scene.acquaintance("Anna").await;
    let group = scene.group(&anna, &[]).await;
    let nobody = json!({ "chat": null, "chat_phone": null, "chat_lid": null });
    let wanted = |change: &str, more: Value, chat: &Value| {
        let label = json!({
            "label_id": "7", "change": change, "name": null, "color": null, "timestamp": SECONDS,
            "chat": chat["chat"], "chat_phone": chat["chat_phone"], "chat_lid": chat["chat_lid"],
        });
        all([label, more])
    };
    for (name, color) in [("friends", 3), ("dear friends", 4)] {
        let action = json!({ "action": "label_edit", "label": "7", "name": name, "color": color });
        let seen = scene.does_until(action, "label.update", |p| p["name"] == name).await;
        exactly(&seen, &wanted("edited", json!({ "name": name, "color": color }), &nobody));
    }
    for (chat, to, addressing) in [
        (Scene::chat(&anna), &anna.phone, "pn"),
        (Scene::chat(&anna), &anna.phone, "lid"),
        (in_group(&group), &group, "pn"),
    ] {
        for (on, change) in [(true, "added"), (false, "removed")] {
            let label = if addressing == "lid" { "8" } else { "7" };
            let action =
                json!({ "action": "label", "label": label, "chat": to, "addressing": addressing, "on": on });
            let is = |p: &Value| p["label_id"] == label && p["change"] == change && p["chat"] == chat["chat"];
            let seen = scene.does_until(action, "label.update", is).await;
            exactly(&seen, &wanted(change, json!({ "label_id": label }), &chat));
        }
    }
    let action =
        json!({ "action": "label_edit", "label": "7", "name": "dear friends", "color": 4, "on": false });
    let seen = scene.does_until(action, "label.update", |p| p["change"] == "deleted").await;
    exactly(&seen, &wanted("deleted", json!({ "name": "dear friends", "color": 4 }), &nobody));
}
