//! Members of groups: they come, are let in, rise, fall, and go.

use std::sync::Arc;

use harness::World;
use serde_json::{Value, json};

use super::scene::{SECONDS, Scene, Someone, exactly};

/// Does something to members of a group, and gives what is told of it.
struct Gate<'a> {
    scene: &'a mut Scene,
    group: String,
}

impl Gate<'_> {
    async fn does(&mut self, what: &str, body: Value) {
        self.scene.world.sandbox().post(&format!("groups/{}/{what}", self.group), body).await;
    }

    async fn changes(&mut self, by: &Someone, action: &str, who: &[&Someone]) {
        let who: Vec<&str> = who.iter().map(|who| who.phone.as_str()).collect();
        let body = json!({ "by": by.phone, "action": action, "participants": who });
        self.does("participants", body).await;
    }

    async fn tells(&mut self, action: &str, who: &[&Someone], by: &Someone, reason: Option<&str>) {
        let seen = self.scene.told("group.participants", |p| p["group"] == self.group.as_str()).await;
        let mut participants: Vec<Value> = who.iter().map(|who| who.party()).collect();
        participants.sort_by_key(|party| party["phone"].to_string());
        let mut seen = seen;
        if let Some(told) = seen["participants"].as_array_mut() {
            told.sort_by_key(|party| party["phone"].to_string());
        }
        let wanted = json!({
            "group": self.group, "action": action, "participants": participants, "by": by.party(), "reason": reason,
            "timestamp": SECONDS,
        });
        exactly(&seen, &wanted);
    }
}

pub async fn members_come_rise_fall_and_go(world: Arc<World>) {
    let mut scene = Scene::set(&world, "members").await;
    let anna = scene.contact("Anna").await;
    let (bert, cleo) = (scene.contact("Bert").await, scene.contact("Cleo").await);
    let me = scene.me.clone();
    let group = scene.group(&anna, &[]).await;
    let mut gate = Gate { scene: &mut scene, group };

    gate.changes(&anna, "add", &[&bert, &cleo]).await;
    gate.tells("add", &[&bert, &cleo], &anna, None).await;
    gate.changes(&anna, "promote", &[&bert]).await;
    gate.tells("promote", &[&bert], &anna, None).await;
    gate.changes(&bert, "promote", &[&me]).await;
    gate.tells("promote", &[&me], &bert, None).await;
    gate.changes(&anna, "demote", &[&bert, &me]).await;
    gate.tells("demote", &[&bert, &me], &anna, None).await;
    gate.changes(&anna, "remove", &[&cleo]).await;
    gate.tells("remove", &[&cleo], &anna, None).await;
    gate.does("leave", json!({ "by": bert.phone })).await;
    gate.tells("leave", &[&bert], &bert, None).await;
    // Over the link.
    gate.does("join", json!({ "by": cleo.phone })).await;
    gate.tells("add", &[&cleo], &cleo, Some("invite")).await;
    // The account itself is put out, and taken in again.
    gate.changes(&anna, "remove", &[&me]).await;
    gate.tells("remove", &[&me], &anna, None).await;
    gate.changes(&anna, "add", &[&me]).await;
    gate.tells("add", &[&me], &anna, None).await;
}

pub async fn who_asks_to_be_let_in_is_told_to_admins(world: Arc<World>) {
    let mut scene = Scene::set(&world, "members-ask").await;
    let anna = scene.contact("Anna").await;
    let (bert, cleo) = (scene.contact("Bert").await, scene.contact("Cleo").await);
    let me = scene.me.clone();
    let group = scene.group(&anna, &[]).await;
    let mut gate = Gate { scene: &mut scene, group };
    gate.changes(&anna, "promote", &[&me]).await;
    gate.tells("promote", &[&me], &anna, None).await;
    gate.does("settings", json!({ "by": anna.phone, "approval": true })).await;

    gate.does("join", json!({ "by": bert.phone })).await;
    gate.tells("request", &[&bert], &bert, Some("invite_link")).await;
    gate.does("requests", json!({ "by": anna.phone, "approve": [bert.phone] })).await;
    gate.tells("add", &[&bert], &anna, None).await;
    gate.does("join", json!({ "by": cleo.phone })).await;
    gate.tells("request", &[&cleo], &cleo, Some("invite_link")).await;
    gate.does("requests", json!({ "by": anna.phone, "reject": [cleo.phone] })).await;
    gate.tells("request_revoked", &[&cleo], &anna, None).await;
}

pub async fn a_members_new_number_is_told(world: Arc<World>) {
    let mut scene = Scene::set(&world, "members-number").await;
    let anna = scene.contact("Anna").await;
    let bert = scene.contact("Bert").await;
    let group = scene.group(&anna, &[&bert]).await;
    let phone = format!("4919{:09}", world.next_number());
    bert.does("number", json!({ "phone": phone })).await;
    let bert = Someone::of(&world.sandbox(), &phone).await;
    let mut gate = Gate { scene: &mut scene, group };
    gate.tells("modify", &[&bert], &bert, None).await;
}
