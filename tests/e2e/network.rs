//! The network between conn-host and WhatsApp on its bad days: the status tells the truth within 30 s, and what was accepted
//! goes out once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::events::EventReader;
use harness::wait::wait_within;
use harness::{Organization, Peer, Session, World};
use serde_json::{Value, json};

use crate::presence::logins;

/// By when a session says that it is cut off.
const TRUTH: Duration = Duration::from_secs(30);

/// A connected session, somebody to write to, and the session's states as they are told.
struct Scene {
    world: Arc<World>,
    us: Organization,
    session: Session,
    bob: Peer,
    live: EventReader,
}

async fn scene(world: Arc<World>, name: &str) -> Scene {
    let us = world.organization(name);
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, name).await;
    session.send_text(&bob.phone, "before").await;
    bob.hears("before").await;
    let live = us.events(&format!("?session={}&events=session.status", session.id)).await;
    Scene { world, us, session, bob, live }
}

impl Scene {
    async fn fault(&self, mut fault: Value) {
        fault["phone"] = json!(self.session.phone);
        self.world.sandbox().post("faults", fault).await;
    }

    /// The next time that the session is in this state: why it is.
    async fn becomes(&mut self, status: &str) -> String {
        let told = self.live.next("session.status", |it| it["status"] == status).await;
        told["payload"]["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// Accepts a send without waiting for it: its message id.
    async fn accepted(&self, text: &str) -> String {
        let body = json!({ "to": self.bob.phone, "type": "text", "text": text });
        let reply = self.us.post(&self.session.path("/messages?async=true")).json(&body).send().await;
        reply.expect(202)["waMessageId"].as_str().expect("a message id").to_owned()
    }

    /// It sends, and what Bob has heard is this, each once.
    async fn goes_on(self, heard: &[&str]) {
        self.session.wait_for_status("connected").await;
        self.session.send_text(&self.bob.phone, "after").await;
        self.bob.hears("after").await;
        let expected = [&["before"], heard, &["after"]].concat();
        assert_eq!(self.bob.shown(), expected);
        self.bob.leave().await;
    }
}

/// Alone: what others do would reach the session.
///
/// Mutation tried: nobody watches (`watchdog.rs`). The library by itself may take 50 s.
pub async fn a_socket_that_says_nothing_is_noticed() {
    let scene = scene(World::up().await, "silent").await;
    scene.fault(json!({ "freeze": true })).await;
    let begun = Instant::now();
    let status = wait_within(TRUTH, "the session to notice", || async {
        let status = scene.session.status().await;
        if status["status"] == "reconnecting" { Ok(status) } else { Err(status.to_string()) }
    })
    .await;
    assert_eq!(status["reason"], "WhatsApp does not answer", "after {:?}", begun.elapsed());
    scene.accepted("meanwhile").await;
    scene.fault(json!({ "freeze": false })).await;
    scene.goes_on(&["meanwhile"]).await;
}

/// Mutation tried: what is lost with the socket is waited for until the acknowledgement's own time is over.
pub async fn a_socket_that_drops_under_a_send_sends_it_once(world: Arc<World>) {
    let mut scene = scene(world, "dropped").await;
    // Bob has the message, and its acknowledgement is on its way back, as the socket drops.
    scene.fault(json!({ "ack_delay_ms": 60_000 })).await;
    let id = scene.accepted("under way").await;
    scene.bob.hears_id(&id).await;
    scene.fault(json!({ "ack_delay_ms": 0 })).await;
    scene.world.sandbox().post("sockets/drop", json!({ "phone": scene.session.phone })).await;
    scene.becomes("reconnecting").await;
    scene.becomes("connected").await;
    // At once: an acknowledgement is waited for for 20 s.
    wait_within(Duration::from_secs(10), "the message to go out again", || async {
        let times = scene.world.sandbox().times_seen(&id).await;
        if times > 1 { Ok(()) } else { Err(format!("seen {times} times")) }
    })
    .await;
    scene.goes_on(&["under way"]).await;
}

/// It takes a moment, in which nobody is told that the session is away.
pub async fn a_restart_that_whatsapp_wants_is_followed(world: Arc<World>) {
    let scene = scene(world, "restart").await;
    let before = logins(&scene.world, &scene.session).await;
    let restart = json!({ "phone": scene.session.phone, "code": 515 });
    scene.world.sandbox().post("sockets/stream-error", restart).await;
    let text = scene.accepted("meanwhile").await;
    scene.bob.hears_id(&text).await;
    assert_eq!(logins(&scene.world, &scene.session).await, before + 1);
    scene.goes_on(&["meanwhile"]).await;
}

/// Two connections with one device's keys would throw each other out for ever: ours waits.
///
/// Mutation tried: it is opened again at once.
pub async fn a_connection_that_is_replaced_does_not_come_back_at_once(world: Arc<World>) {
    let mut scene = scene(world, "replaced").await;
    let before = logins(&scene.world, &scene.session).await;
    let replaced = json!({ "phone": scene.session.phone, "code": 440, "conflict": "replaced" });
    scene.world.sandbox().post("sockets/stream-error", replaced).await;
    let why = scene.becomes("reconnecting").await;
    assert_eq!(why, "another connection with this device's keys took over");
    let text = scene.accepted("meanwhile").await;
    // A whole pairing takes longer than a connection that is opened again at once.
    Session::pair(&scene.us).await;
    assert_eq!(scene.session.status().await["status"], "reconnecting");
    assert_eq!(logins(&scene.world, &scene.session).await, before);
    // Somebody wants it back: that does not wait.
    scene.us.post(&scene.session.path("/connect")).send().await.expect(200);
    scene.becomes("connected").await;
    scene.bob.hears_id(&text).await;
    assert_eq!(logins(&scene.world, &scene.session).await, before + 1);
    scene.goes_on(&["meanwhile"]).await;
}

/// Mutation tried: nobody tries again when the time is over.
pub async fn a_ban_is_told_with_its_reason_and_ends(world: Arc<World>) {
    let mut scene = scene(world, "banned").await;
    scene.fault(json!({ "login": { "reason": 402, "code": 101, "expire": 3 } })).await;
    scene.world.sandbox().post("sockets/drop", json!({ "phone": scene.session.phone })).await;
    let why = scene.becomes("banned").await;
    assert!(why.contains("3 more") || why.contains("3 seconds more"), "{why}");
    // Nothing can be accepted of which nobody knows whether it will ever go out.
    let body = json!({ "to": scene.bob.phone, "type": "text", "text": "refused" });
    let refused = scene.us.post(&scene.session.path("/messages?async=true")).json(&body).send().await;
    assert_eq!(refused.expect_error(409, "session_not_connected")["details"]["status"], "banned");
    scene.becomes("connected").await;
    scene.goes_on(&[]).await;
}

/// WhatsApp is down: refused logins are repeated with growing pauses.
pub async fn a_refused_login_is_repeated(world: Arc<World>) {
    let mut scene = scene(world, "refused").await;
    scene.fault(json!({ "login": { "reason": 503, "count": 2 } })).await;
    scene.world.sandbox().post("sockets/drop", json!({ "phone": scene.session.phone })).await;
    scene.becomes("reconnecting").await;
    scene.accepted("meanwhile").await;
    scene.becomes("connected").await;
    scene.goes_on(&["meanwhile"]).await;
}
