//! Whose presence is watched: told by every address, also on the next connection, and by the next host.

use std::sync::Arc;

use harness::events::EventReader;
use harness::{Organization, Session, World, wait_until};
use serde_json::{Value, json};

/// A session that has heard from a contact, whose presence it watches.
struct Scene {
    world: Arc<World>,
    us: Organization,
    session: Session,
    contact: String,
    lid: String,
    events: EventReader,
}

async fn scene(world: Arc<World>) -> Scene {
    let us = world.organization("presence-of");
    let session = Session::pair(&us).await;
    let contact = format!("4915300{:05}", world.next_number());
    let account = world.sandbox().contact(&contact, "Wanda").await;
    let lid = account["lid"].as_str().expect("a LID").to_owned();
    let events = us.events(&format!("?session={}&since=0", session.id)).await;
    let mut scene = Scene { world, us, session, contact, lid, events };
    // Who writes is known by both addresses.
    scene.world.sandbox().write(&scene.contact, &scene.session.phone, "hello").await;
    let lid = scene.lid.clone();
    scene.events.next("message", |it| it["from_lid"] == lid.as_str()).await;
    scene.comes(true).await;
    scene.watch("POST").await;
    scene.is_told(true).await;
    scene
}

impl Scene {
    /// The contact comes or goes.
    async fn comes(&self, available: bool) {
        let path = format!("accounts/{}/presence", self.contact);
        self.world.sandbox().post(&path, json!({ "available": available })).await;
    }

    /// Asks for his presence, or no longer.
    async fn watch(&self, method: &str) {
        let path = self.session.path(&format!("/presence/{}/subscribe", self.contact));
        let method = method.parse().expect("a method");
        let answer = self.us.request(method, &path).send().await.expect(200);
        assert_eq!(answer, json!({ "success": true }));
    }

    /// The next word on him says so.
    async fn is_told(&mut self, available: bool) {
        let told = self.events.next("presence.update", |it| it["available"] == available).await;
        let payload = &told["payload"];
        let jid = format!("{}@s.whatsapp.net", self.contact);
        assert_eq!((&payload["jid"], &payload["phone"]), (&json!(jid), &json!(self.contact)), "{told}");
        assert_eq!(
            (&payload["lid"], payload["last_seen"].is_i64()),
            (&json!(self.lid), !available),
            "{told}"
        );
    }

    /// Waits until the session is connected on another connection than the one of this number.
    async fn another_login(&self, before: u64) {
        wait_until("another login", || async {
            let logins = logins(&self.world, &self.session).await;
            if logins > before { Ok(()) } else { Err(logins.to_string()) }
        })
        .await;
        self.session.wait_for_status("connected").await;
    }
}

/// How often the session's device has logged in.
pub async fn logins(world: &World, session: &Session) -> u64 {
    let account = world.sandbox().get(&format!("accounts/{}", session.phone)).await;
    account["devices"][0]["logins"].as_u64().unwrap_or_else(|| panic!("no device: {account}"))
}

pub async fn a_watched_contact_is_told_of_on_every_connection(world: Arc<World>) {
    let mut scene = scene(world).await;
    scene.comes(false).await;
    scene.is_told(false).await;
    for (state, shown) in [("composing", "composing"), ("recording", "recording"), ("paused", "paused")] {
        let typing = json!({ "to": scene.session.phone, "state": state });
        scene.world.sandbox().post(&format!("accounts/{}/typing", scene.contact), typing).await;
        let told = scene.events.next("chat.presence", |it| it["state"] == shown).await;
        let jid = format!("{}@s.whatsapp.net", scene.contact);
        for who in ["from", "chat"] {
            let field = |tail: &str| told["payload"][format!("{who}{tail}")].clone();
            assert_eq!((field(""), field("_phone")), (json!(jid), json!(scene.contact)), "{told}");
            assert_eq!(field("_lid"), scene.lid.as_str(), "{told}");
        }
    }

    let before = logins(&scene.world, &scene.session).await;
    let dropped = scene.world.sandbox().post("sockets/drop", json!({ "phone": scene.session.phone })).await;
    assert_eq!(dropped, json!({ "dropped": 1 }));
    scene.another_login(before).await;
    scene.comes(true).await;
    scene.is_told(true).await;

    // Who is not watched any more is not watched on the next connection either.
    let other = format!("4915300{:05}", scene.world.next_number());
    scene.world.sandbox().contact(&other, "Otto").await;
    let watch = scene.session.path(&format!("/presence/{other}/subscribe"));
    scene.us.post(&watch).send().await.expect(200);
    scene.watch("DELETE").await;
    let before = logins(&scene.world, &scene.session).await;
    scene.us.post(&scene.session.path("/restart")).send().await.expect(200);
    scene.another_login(before).await;
    let told_of_other =
        |it: &Value, available: bool| it["phone"] == other.as_str() && it["available"] == available;
    let comes = |available: bool| json!({ "available": available });
    let path = format!("accounts/{other}/presence");
    scene.world.sandbox().post(&path, comes(true)).await;
    scene.events.next("presence.update", |it| told_of_other(it, true)).await;
    let seen = scene.events.seen.len();
    scene.comes(false).await;
    scene.world.sandbox().post(&path, comes(false)).await;
    scene.events.next("presence.update", |it| told_of_other(it, false)).await;
    let of_him =
        |it: &&Value| it["event"] == "presence.update" && it["payload"]["phone"] == scene.contact.as_str();
    let after: Vec<&Value> = scene.events.seen[seen..].iter().filter(of_him).collect();
    assert!(after.is_empty(), "{after:#?}");
}

pub async fn a_watched_contact_is_told_of_by_the_next_host() {
    let world = World::builder().hosts(2).build().await;
    assert!(world.stop_host(1), "conn-host drains and goes by itself");
    let mut scene = scene(world).await;
    let owner = scene.session.status().await["owner"].clone();
    let before = logins(&scene.world, &scene.session).await;
    scene.world.kill_host(0);
    scene.world.start_host(1);
    scene.another_login(before).await;
    assert_ne!(scene.session.status().await["owner"], owner);
    scene.comes(false).await;
    scene.is_told(false).await;
}
