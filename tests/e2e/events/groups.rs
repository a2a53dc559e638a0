//! Groups: what they are called, who may do what in them, how they look.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::World;
use serde_json::{Value, json};

use super::scene::{SECONDS, Scene, all, exactly};

pub async fn a_groups_settings_are_told_with_who_set_them(world: Arc<World>) {
    let mut scene = Scene::set(&world, "groups").await;
    let anna = scene.contact("Anna").await;
    let made = json!({ "creator": anna.phone, "subject": "Club", "participants": [scene.me.phone] });
    let made = world.sandbox().post("groups", made).await;
    let group = made["jid"].as_str().expect("a JID").to_owned();
    let settings = format!("groups/{group}/settings");
    let wanted = |change: &str, more: Value| {
        all([json!({ "group": group, "change": change, "by": anna.party(), "timestamp": SECONDS }), more])
    };
    let seen = scene.told("group.update", |p| p["group"] == group.as_str()).await;
    exactly(&seen, &wanted("created", json!({ "subject": "Club" })));

    for (set, change, told) in [
        (json!({ "subject": "Society" }), "subject", json!({ "subject": "Society" })),
        (json!({ "description": "We meet" }), "description", json!({ "description": "We meet" })),
        (json!({ "description": "" }), "description", json!({ "description": "" })),
        (json!({ "locked": true }), "locked", json!({ "locked": true })),
        (json!({ "locked": false }), "locked", json!({ "locked": false })),
        (json!({ "announcement": true }), "announce", json!({ "announce": true })),
        (json!({ "announcement": false }), "announce", json!({ "announce": false })),
        (json!({ "ephemeral": 86_400 }), "ephemeral", json!({ "ephemeral_seconds": 86_400 })),
        (json!({ "ephemeral": 0 }), "ephemeral", json!({ "ephemeral_seconds": 0 })),
        (json!({ "approval": true }), "join_approval", json!({ "join_approval": true })),
        (json!({ "approval": false }), "join_approval", json!({ "join_approval": false })),
        (json!({ "add_mode": "all_member_add" }), "member_add_mode", json!({ "member_add_mode": "all" })),
        (json!({ "add_mode": "admin_add" }), "member_add_mode", json!({ "member_add_mode": "admins" })),
    ] {
        world.sandbox().post(&settings, all([json!({ "by": anna.phone }), set])).await;
        let seen = scene.told("group.update", |p| p["group"] == group.as_str()).await;
        exactly(&seen, &wanted(change, told));
    }

    // The picture's id is the one that WhatsApp gave it.
    let picture = json!({ "by": anna.phone, "picture_base64": BASE64_STANDARD.encode(b"a picture") });
    let id = world.sandbox().post(&settings, picture).await["picture"].clone();
    assert!(id.is_string(), "{id}");
    let seen = scene.told("group.update", |p| p["group"] == group.as_str()).await;
    exactly(&seen, &wanted("picture", json!({ "picture_id": id })));
    world.sandbox().post(&settings, json!({ "by": anna.phone, "picture_base64": "" })).await;
    let seen = scene.told("group.update", |p| p["group"] == group.as_str()).await;
    exactly(&seen, &wanted("picture", json!({})));

    world.sandbox().post(&format!("groups/{group}/invite"), json!({ "by": anna.phone })).await;
    let seen = scene.told("group.update", |p| p["group"] == group.as_str()).await;
    exactly(&seen, &wanted("invite_reset", json!({})));
}

pub async fn several_changes_at_once_are_several_events(world: Arc<World>) {
    let mut scene = Scene::set(&world, "groups-many").await;
    let anna = scene.contact("Anna").await;
    let group = scene.group(&anna, &[]).await;
    // One stanza, as WhatsApp sends it when an admin changes two things on one page.
    let stanza = json!({
        "tag": "notification",
        "attrs": {
            "type": "w:gp2", "from": group, "participant": anna.lid, "participant_pn": anna.jid,
            "addressing_mode": "lid",
        },
        "children": [{ "tag": "locked" }, { "tag": "announcement" }, { "tag": "suspended" }],
    });
    world.sandbox().post("stanzas", json!({ "to": scene.me.phone, "stanza": stanza })).await;
    let mut changes = Vec::new();
    while changes.len() < 3 {
        let seen = scene.told("group.update", |p| p["group"] == group.as_str()).await;
        assert_eq!(seen["by"], anna.party(), "{seen}");
        changes.push(seen["change"].as_str().expect("a change").to_owned());
    }
    changes.sort();
    assert_eq!(changes, ["announce", "locked", "suspended"]);
}
