//! What becomes of contacts: how they look, what they are called, who they are.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};

use super::scene::{SECONDS, Scene, Someone, all, exactly};

/// What is told of a change of `who`.
fn changed(who: &Someone, change: &str, more: Value) -> Value {
    all([who.party(), json!({ "change": change, "timestamp": SECONDS }), more])
}

async fn told(scene: &mut Scene, who: &Someone, change: &str) -> Value {
    scene.told("contact.update", |p| p["jid"] == who.jid.as_str() && p["change"] == change).await
}

pub async fn how_a_contact_shows_itself_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "contacts-look").await;
    let anna = scene.acquaintance("Anna").await;
    let picture = anna.does("picture", json!({ "base64": "aGVsbG8=" })).await["id"].clone();
    let seen = told(&mut scene, &anna, "picture").await;
    exactly(&seen, &changed(&anna, "picture", json!({ "picture_id": picture })));
    anna.does("picture", json!({ "base64": null })).await;
    let seen = told(&mut scene, &anna, "picture").await;
    exactly(&seen, &changed(&anna, "picture", json!({ "removed": true })));
    for about in ["at the sea", ""] {
        anna.does("about", json!({ "text": about })).await;
        let seen = told(&mut scene, &anna, "about").await;
        exactly(&seen, &changed(&anna, "about", json!({ "about": about })));
    }
    anna.does("notice", json!({ "kind": "contact_updated" })).await;
    let seen = told(&mut scene, &anna, "other").await;
    exactly(&seen, &changed(&anna, "other", json!({})));
}

pub async fn what_a_contact_is_called_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "contacts-name").await;
    let anna = scene.contact("Anna").await;
    // That she has a name is no change; that it is another one is.
    for (name, tells) in [("Anna", false), ("Anna", false), ("Anna B.", true), ("Anna C.", true)] {
        anna.does("", json!({ "push_name": name })).await;
        let id = anna.writes(&scene.me.phone, "it is me").await;
        if tells {
            let seen = told(&mut scene, &anna, "push_name").await;
            exactly(&seen, &changed(&anna, "push_name", json!({ "push_name": name })));
        } else {
            scene.said("message", &id).await;
        }
    }
    // Other stories' contacts change meanwhile, and everybody hears of it.
    let hers = |event: &&Value| event["event"] == "contact.update" && event["payload"]["jid"] == anna.jid;
    assert_eq!(scene.live.seen.iter().filter(hers).count(), 2, "{:#?}", scene.live.seen);

    // What the account calls her, in its phone's address book.
    let action =
        json!({ "action": "contact", "chat": anna.phone, "name": "Anna Brown", "first_name": "Anna" });
    let is = |payload: &Value| payload["change"] == "name";
    let seen = scene.does_until(action, "contact.update", is).await;
    exactly(&seen, &changed(&anna, "name", json!({ "name": "Anna Brown" })));
}

pub async fn who_a_contact_is_now_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "contacts-who").await;
    let anna = scene.acquaintance("Anna").await;
    let id = anna.writes(&scene.me.phone, "hello").await;
    scene.said("message", &id).await;
    anna.does("reinstall", json!({})).await;
    let seen = told(&mut scene, &anna, "identity").await;
    exactly(&seen, &changed(&anna, "identity", json!({})));
    // Her new phone is heard as the old one was.
    let id = anna.writes(&scene.me.phone, "it is me").await;
    let seen = scene.said("message", &id).await;
    assert_eq!(seen["from"], anna.jid.as_str(), "{seen}");

    let phone = format!("4919{:09}", world.next_number());
    anna.does("number", json!({ "phone": phone })).await;
    let new = Someone::of(&world.sandbox(), &phone).await;
    let seen = told(&mut scene, &anna, "number").await;
    exactly(&seen, &changed(&anna, "number", json!({ "new": new.party() })));
    let id = new.writes(&scene.me.phone, "my new number").await;
    let seen = scene.said("message", &id).await;
    exactly(&seen, &all([super::scene::text(&id, "my new number"), Scene::chat(&new), new.from()]));
}

pub async fn who_is_blocked_on_the_phone_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "contacts-block").await;
    let anna = scene.acquaintance("Anna").await;
    for (on, change) in [(true, "blocked"), (false, "unblocked")] {
        scene.me.does("block", json!({ "who": anna.phone, "on": on })).await;
        let seen = told(&mut scene, &anna, change).await;
        exactly(&seen, &changed(&anna, change, json!({})));
    }
}

pub async fn how_long_messages_stay_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "contacts-stay").await;
    let anna = scene.acquaintance("Anna").await;
    let wanted = |seconds: u32| changed(&anna, "disappearing_mode", json!({ "ephemeral_seconds": seconds }));
    // For all that she writes to from now on.
    anna.does("notice", json!({ "kind": "disappearing_mode", "seconds": 86_400 })).await;
    let seen = told(&mut scene, &anna, "disappearing_mode").await;
    exactly(&seen, &wanted(86_400));
    // For the chat with the account.
    for seconds in [604_800, 0] {
        anna.does("disappear", json!({ "to": scene.me.phone, "seconds": seconds })).await;
        let seen = told(&mut scene, &anna, "disappearing_mode").await;
        exactly(&seen, &wanted(seconds));
    }
}
