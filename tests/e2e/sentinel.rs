//! Redis with a replica and sentinels: the primary ends, the replica takes over, and nothing that it had is lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::{Organization, Session, World, wait_until};
use serde_json::{Value, json};

/// The promise for a request while there is no primary.
const TOLD_WITHIN: Duration = Duration::from_secs(2);
/// How many sends are accepted without waiting for them.
const ACCEPTED: usize = 10;

/// A paired session and a contact that it writes to.
struct Scene {
    world: Arc<World>,
    us: Organization,
    session: Session,
    contact: String,
    /// The message of each send, in order.
    sent: Vec<String>,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let world = World::builder().sentinel().build().await;
        let us = world.organization(name);
        let session = Session::pair(&us).await;
        let contact = format!("49169{:07}", world.next_number());
        world.sandbox().contact(&contact, "Contact").await;
        let mut scene = Self { world, us, session, contact, sent: Vec::new() };
        scene.sends("before").await;
        scene
    }

    fn body(&self, text: &str) -> Value {
        json!({ "to": self.contact, "type": "text", "text": text })
    }

    async fn sends(&mut self, text: &str) {
        let sent = self.session.send_text(&self.contact, text).await;
        self.sent.push(sent["waMessageId"].as_str().expect("an id").to_owned());
    }

    /// Has a message accepted once that is possible: its outbox id.
    async fn accepted(&self, text: &str) -> Value {
        let accepted = wait_until("a send to be accepted", || async {
            let request = self.us.post(&self.session.path("/messages?async=true"));
            let reply = request
                .header("idempotency-key", &text.replace(' ', "-"))
                .json(&self.body(text))
                .send()
                .await;
            match reply.status {
                202 => Ok(reply.json()),
                503 => Err(reply.text()),
                _ => panic!("a send was answered {}", reply.text()),
            }
        })
        .await;
        accepted["outboxId"].clone()
    }

    /// Waits until what was accepted is sent.
    async fn is_sent(&mut self, outbox: &Value) {
        let path = format!("/api/v1/outbox/{}", outbox.as_str().expect("an outbox id"));
        let sent = wait_until("the send to be done", || async {
            let outcome = self.us.get(&path).send().await.json();
            if outcome["status"] == "sent" { Ok(outcome) } else { Err(outcome.to_string()) }
        })
        .await;
        self.sent.push(sent["waMessageId"].as_str().expect("an id").to_owned());
    }

    /// The contact has what was sent, each once and in order. An app shows a repeated id once.
    async fn all_arrived(&self) {
        let path = format!("accounts/{}/received", self.contact);
        wait_until("all that was sent", || async {
            let received = self.world.sandbox().get(&path).await;
            let mut ids: Vec<&str> = Vec::new();
            for id in received.as_array().into_iter().flatten().filter_map(|message| message["id"].as_str()) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            if ids == self.sent { Ok(()) } else { Err(format!("{ids:?}, and not {:?}", self.sent)) }
        })
        .await;
    }

    /// What comes in is told.
    async fn hears(&self, text: &str) {
        let mut live = self.us.events("?events=message").await;
        self.world.sandbox().write(&self.contact, &self.session.phone, text).await;
        live.next("message", |p| p["text"] == text).await;
    }

    /// What a server says of its replication.
    async fn replication(&self, server: usize) -> Option<String> {
        let port = self.world.redis_ports()[server];
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a URL");
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        redis::cmd("INFO").arg("replication").query_async(&mut connection).await.ok()
    }

    async fn becomes(&self, server: usize, role: &str) {
        wait_until(&format!("server {server} to be a {role}"), || async {
            let said = self.replication(server).await.unwrap_or_default();
            let is = field(&said, "role") == Some(role)
                && (role == "master" || field(&said, "master_link_status") == Some("up"));
            if is { Ok(()) } else { Err(said) }
        })
        .await;
    }

    /// Waits until the replica has all that the primary had when this was asked.
    async fn replicated(&self, primary: usize, replica: usize) {
        let said = self.replication(primary).await.expect("the primary is there");
        let offset: u64 = field(&said, "master_repl_offset").and_then(|n| n.parse().ok()).expect("an offset");
        wait_until("the replica to have it all", || async {
            let said = self.replication(replica).await.unwrap_or_default();
            let has = field(&said, "slave_repl_offset").and_then(|n| n.parse::<u64>().ok());
            if has.is_some_and(|has| has >= offset) { Ok(()) } else { Err(said) }
        })
        .await;
    }
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Mutation tried: conn-host goes to the first primary that it was told of, for ever. What was accepted stays queued.
pub async fn a_primary_ends_and_its_replica_takes_over() {
    let mut scene = Scene::new("failover").await;
    scene.becomes(1, "slave").await;
    let mut accepted = Vec::new();
    for number in 0..ACCEPTED {
        accepted.push(scene.accepted(&format!("accepted {number}")).await);
    }
    scene.replicated(0, 1).await;

    scene.world.kill_redis_server(0);
    let ended = Instant::now();
    for query in ["?async=true", ""] {
        let begun = Instant::now();
        let send =
            scene.us.post(&scene.session.path(&format!("/messages{query}"))).json(&scene.body("refused"));
        let reply = send.send().await;
        reply.expect_error(503, "gateway_unavailable");
        assert!(begun.elapsed() < TOLD_WITHIN, "told after {:?}", begun.elapsed());
        assert!(reply.headers.contains_key("retry-after"), "{:?}", reply.headers);
    }
    accepted.push(scene.accepted("by the other").await);
    let admitted = ended.elapsed();
    for outbox in &accepted {
        scene.is_sent(outbox).await;
    }
    xtask::say::say(format!(
        "failover   sends accepted after {admitted:.1?}, sent after {:.1?}",
        ended.elapsed()
    ));
    scene.all_arrived().await;
    scene.hears("after").await;

    // The old one comes back, thinks that it is the primary, and is told otherwise.
    scene.world.start_redis_server(0);
    scene.becomes(0, "slave").await;
    scene.session.wait_for_status("connected").await;
    scene.sends("with a replica again").await;
    scene.all_arrived().await;
    scene.hears("as ever").await;
}

pub async fn what_waits_for_a_host_outlives_the_primary() {
    let mut scene = Scene::new("kept").await;
    scene.becomes(1, "slave").await;
    scene.world.kill_host(0);
    let mut accepted = Vec::new();
    for number in 0..ACCEPTED {
        accepted.push(scene.accepted(&format!("accepted {number}")).await);
    }
    scene.replicated(0, 1).await;
    scene.world.kill_redis_server(0);
    // It finds the sentinels, and with them the primary once there is one.
    scene.world.start_host(0);
    for outbox in &accepted {
        scene.is_sent(outbox).await;
    }
    scene.all_arrived().await;
}

pub async fn a_primary_that_lives_on_as_a_replica_is_left() {
    let mut scene = Scene::new("handover").await;
    scene.becomes(1, "slave").await;
    let ask = |words: &'static [&'static str]| {
        let port = scene.world.sentinel_port();
        async move {
            let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).expect("a URL");
            let mut sentinel = client.get_multiplexed_async_connection().await.expect("it is there");
            redis::cmd("SENTINEL").arg(words).query_async::<redis::Value>(&mut sentinel).await
        }
    };
    wait_until("the sentinels to know the replica", || async {
        ask(&["FAILOVER", "edgewire"]).await.map_err(|error| error.to_string())
    })
    .await;
    scene.becomes(1, "master").await;
    scene.becomes(0, "slave").await;
    let outbox = scene.accepted("to the new one").await;
    scene.is_sent(&outbox).await;
    scene.session.wait_for_status("connected").await;
    scene.sends("and again").await;
    scene.all_arrived().await;
    scene.hears("told by the new one").await;
}
