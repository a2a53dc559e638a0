//! Communities: their groups, and what is said in their announcements, where reactions and comments are encrypted.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};

use super::scene::{SECONDS, Scene, Someone, all, exactly, in_group, text};

/// A community that `by` founded, with the session in it; gives its JID, and the JID of its announcements.
async fn community(scene: &mut Scene, by: &Someone) -> (String, String) {
    let body = json!({
        "creator": by.phone, "subject": "Village", "participants": [scene.me.phone], "community": true,
    });
    let made = scene.world.sandbox().post("groups", body).await;
    let jid = made["jid"].as_str().expect("a JID").to_owned();
    let announcements =
        scene.told("group.update", |p| p["change"] == "created" && p["group"] != jid.as_str()).await;
    let announcements = announcements["group"].as_str().expect("a JID").to_owned();
    (jid, announcements)
}

pub async fn what_is_encrypted_in_announcements_is_told_openly(world: Arc<World>) {
    let mut scene = Scene::set(&world, "announcements").await;
    let anna = scene.contact("Anna").await;
    let (_, group) = community(&mut scene, &anna).await;
    let me = scene.me.clone();
    // Only admins write there.
    let body = json!({ "by": anna.phone, "action": "promote", "participants": [me.phone] });
    world.sandbox().post(&format!("groups/{group}/participants"), body).await;
    let sent = scene.session.send_text(&group, "ours").await;
    let ours = sent["waMessageId"].as_str().expect("an id").to_owned();
    anna.got(&ours).await;
    for emoji in ["👍", ""] {
        let react = anna.sends("react", json!({ "id": ours, "emoji": emoji, "encrypted": true })).await;
        let seen = scene.said("message.reaction", &react).await;
        let emoji = Some(emoji).filter(|emoji| !emoji.is_empty());
        let wanted = json!({
            "message_id": react, "timestamp": SECONDS, "target": me.target(&ours, true), "emoji": emoji,
        });
        exactly(&seen, &all([wanted, in_group(&group), anna.from()]));
    }
    let body = json!({ "id": ours, "text": "well said", "encrypted": true });
    let comment = anna.sends("comment", body).await;
    let seen = scene.said("message", &comment).await;
    let wanted = json!({ "comment_on": me.target(&ours, true) });
    exactly(&seen, &all([text(&comment, "well said"), in_group(&group), anna.from(), wanted]));
}

pub async fn a_communitys_groups_are_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "community").await;
    let anna = scene.contact("Anna").await;
    let (village, _) = community(&mut scene, &anna).await;
    let choir = scene.group(&anna, &[]).await;
    let sandbox = world.sandbox();
    let changed = |group: &str, change: &str, groups: &[&str]| {
        let mut wanted =
            json!({ "group": group, "change": change, "by": anna.party(), "timestamp": SECONDS });
        if !groups.is_empty() {
            wanted["groups"] = json!(groups);
        }
        wanted
    };
    let body = json!({ "by": anna.phone, "parent": village });
    sandbox.post(&format!("groups/{choir}/link"), body).await;
    expect_both(
        &mut scene,
        &[changed(&village, "linked", &[&choir]), changed(&choir, "linked", &[&village])],
    )
    .await;
    sandbox.post(&format!("groups/{village}/dissolve"), json!({ "by": anna.phone })).await;
    let wanted = [
        changed(&village, "unlinked", &[&choir]),
        changed(&choir, "unlinked", &[&village]),
        changed(&village, "deleted", &[]),
    ];
    expect_both(&mut scene, &wanted).await;
}

/// Waits for all of these updates; stanzas about several groups have no order.
async fn expect_both(scene: &mut Scene, wanted: &[Value]) {
    let mut left: Vec<&Value> = wanted.iter().collect();
    while !left.is_empty() {
        let is = |seen: &Value, wanted: &Value| {
            seen["group"] == wanted["group"] && seen["change"] == wanted["change"]
        };
        let seen = scene.told("group.update", |p| left.iter().any(|wanted| is(p, wanted))).await;
        let place = left.iter().position(|wanted| is(&seen, wanted)).expect("one of them");
        exactly(&seen, left.remove(place));
    }
}
