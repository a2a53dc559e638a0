//! Restarts: the session reconnects by itself, without a new pairing, and sends again.

use std::sync::Arc;

use harness::{Organization, Session, World, wait_until};
use serde_json::Value;

use crate::contact::events_of;

/// A paired session and a contact that it has already written to.
struct Scene {
    world: Arc<World>,
    us: Organization,
    session: Session,
    contact: String,
}

async fn scene() -> Scene {
    let world = World::up().await;
    let us = world.organization("restarts");
    let session = Session::pair(&us).await;
    let contact = format!("49160{:07}", world.next_number());
    world.sandbox().contact(&contact, "Contact").await;
    session.send_text(&contact, "before").await;
    Scene { world, us, session, contact }
}

impl Scene {
    /// The account's linked devices: one, the first, whatever was restarted.
    async fn assert_same_device(&self) {
        let account = self.world.sandbox().get(&format!("accounts/{}", self.session.phone)).await;
        let devices = account["devices"].as_array().cloned().unwrap_or_default();
        assert_eq!(devices.len(), 1, "no new pairing: {account}");
    }

    /// What the contact's phone decrypted.
    async fn received(&self) -> Vec<String> {
        let received = self.world.sandbox().get(&format!("accounts/{}/received", self.contact)).await;
        let texts =
            received.as_array().into_iter().flatten().filter_map(|m| m["text"].as_str().map(str::to_owned));
        texts.collect()
    }

    async fn assert_received(&self, expected: &[&str]) {
        wait_until("the contact's texts", || async {
            let received = self.received().await;
            if received == expected { Ok(()) } else { Err(format!("{received:?}")) }
        })
        .await;
    }

    /// A send both ways works.
    async fn assert_alive(&self, text: &str) {
        self.session.wait_for_status("connected").await;
        self.session.send_text(&self.contact, text).await;
        let mut events = self.us.events(&format!("?session={}&events=message", self.session.id)).await;
        self.world.sandbox().write(&self.contact, &self.session.phone, text).await;
        events.next("message", |p: &Value| p["text"] == text).await;
        self.assert_same_device().await;
    }
}

pub async fn a_restarted_conn_host_reconnects_and_sends() {
    let scene = scene().await;
    assert!(scene.world.stop_host(0), "conn-host drains and goes by itself");
    scene.world.start_host(0);
    scene.assert_alive("after a stop").await;
    scene.world.kill_host(0);
    scene.world.start_host(0);
    scene.assert_alive("after a crash").await;
    scene.assert_received(&["before", "after a stop", "after a crash"]).await;
}

pub async fn a_restarted_redis_loses_nothing() {
    let scene = scene().await;
    scene.world.stop_redis();
    scene.world.start_redis();
    scene.assert_alive("after a stop").await;
    scene.world.kill_redis();
    scene.world.start_redis();
    scene.assert_alive("after a crash").await;
    let told = events_of(&scene.session, "message").await;
    assert_eq!(told.len(), 2, "{told:#?}");
}

pub async fn a_restarted_machine_reconnects_and_sends() {
    let scene = scene().await;
    scene.world.restart_all().await;
    scene.assert_alive("after").await;
}

pub async fn two_hosts_share_the_sessions() {
    let world = World::builder().hosts(2).build().await;
    let us = world.organization("two-hosts");
    let contact = format!("49160{:07}", world.next_number());
    world.sandbox().contact(&contact, "Contact").await;
    let sessions = [Session::pair(&us).await, Session::pair(&us).await, Session::pair(&us).await];
    for (number, session) in sessions.iter().enumerate() {
        session.send_text(&contact, &format!("from {number}")).await;
    }
    // One of the two goes; the other takes over what it had.
    assert!(world.stop_host(0), "conn-host drains and goes by itself");
    for (number, session) in sessions.iter().enumerate() {
        session.wait_for_status("connected").await;
        session.send_text(&contact, &format!("again from {number}")).await;
    }
}
