//! Calls: they ring, are taken or refused elsewhere, are missed.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};

use super::scene::{SECONDS, Scene, Someone, exactly};

/// A call of `who`, as it is told.
fn call(id: &Value, who: &Someone, status: &str, is_video: bool, group: Option<&str>) -> Value {
    json!({
        "call_id": id, "from": who.jid, "from_phone": who.phone, "from_lid": who.lid, "is_video": is_video,
        "group": group, "status": status, "timestamp": SECONDS,
    })
}

async fn told(scene: &mut Scene, id: &Value) -> Value {
    scene.told("call.incoming", |p| p["call_id"] == *id).await
}

pub async fn a_call_rings_and_ends_as_it_did(world: Arc<World>) {
    let mut scene = Scene::set(&world, "calls").await;
    let anna = scene.contact("Anna").await;
    for addressing in ["lid", "pn"] {
        for (action, status, video) in [
            ("hangup", "missed", true),
            ("timeout", "missed", false),
            ("accept", "accepted", true),
            ("reject", "rejected", false),
        ] {
            let body = json!({ "to": scene.me.phone, "video": video, "addressing": addressing });
            let id = anna.does("call", body).await["call_id"].clone();
            let seen = told(&mut scene, &id).await;
            exactly(&seen, &call(&id, &anna, "ringing", video, None));
            let path = format!("calls/{}", id.as_str().expect("an id"));
            world.sandbox().post(&path, json!({ "action": action })).await;
            let seen = told(&mut scene, &id).await;
            exactly(&seen, &call(&id, &anna, status, video, None));
        }
    }
    let calls = scene.live.seen.iter().filter(|event| event["event"] == "call.incoming").count();
    assert_eq!(calls, 16, "each step is told once: {:#?}", scene.live.seen);

    // Of a stranger no more is known than the call says.
    let stranger = scene.contact("Bert").await;
    let id = stranger.does("call", json!({ "to": scene.me.phone })).await["call_id"].clone();
    let seen = told(&mut scene, &id).await;
    exactly(
        &seen,
        &super::scene::all([call(&id, &stranger, "ringing", false, None), json!({ "from_lid": null })]),
    );
}

pub async fn a_groups_call_names_the_group(world: Arc<World>) {
    let mut scene = Scene::set(&world, "calls-group").await;
    let anna = scene.contact("Anna").await;
    let group = scene.group(&anna, &[]).await;
    let id = anna.does("call", json!({ "to": group, "addressing": "lid" })).await["call_id"].clone();
    let seen = told(&mut scene, &id).await;
    exactly(&seen, &call(&id, &anna, "ringing", false, Some(&group)));
    let path = format!("calls/{}", id.as_str().expect("an id"));
    world.sandbox().post(&path, json!({ "action": "hangup" })).await;
    let seen = told(&mut scene, &id).await;
    exactly(&seen, &call(&id, &anna, "missed", false, Some(&group)));
}

pub async fn a_call_while_the_session_is_stopped_was_missed(world: Arc<World>) {
    let mut scene = Scene::set(&world, "calls-away").await;
    let anna = scene.contact("Anna").await;
    scene.us.post(&scene.session.path("/disconnect")).send().await.expect(200);
    scene.session.wait_for_status("stopped").await;
    let body = json!({ "to": scene.me.phone, "addressing": "lid", "video": true });
    let id = anna.does("call", body).await["call_id"].clone();
    let path = format!("calls/{}", id.as_str().expect("an id"));
    world.sandbox().post(&path, json!({ "action": "timeout" })).await;
    scene.us.post(&scene.session.path("/connect")).send().await.expect(200);
    let seen = scene.told("call.incoming", |p| p["call_id"] == id && p["status"] == "missed").await;
    exactly(&seen, &call(&id, &anna, "missed", true, None));
    // Nothing rings that is over: the message comes after all that waited.
    let after = anna.writes(&scene.me.phone, "I called you").await;
    scene.said("message", &after).await;
    let statuses: Vec<&Value> =
        scene.live.seen.iter().filter(|event| event["event"] == "call.incoming").collect();
    let statuses: Vec<&Value> = statuses.iter().map(|event| &event["payload"]["status"]).collect();
    assert_eq!(statuses, [&json!("missed")], "{:#?}", scene.live.seen);
}
