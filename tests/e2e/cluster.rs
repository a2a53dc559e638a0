//! Redis Cluster: a gateway on three nodes does what one on a single server does, also while slots move and hosts end.
//!
//! The stories that share a world are told on a cluster, too, when `EDGEWIRE_E2E_REDIS` is `cluster`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::servers::slot;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use futures::future::join_all;
use harness::{Organization, Peer, Session, WebhookSink, World, wait_until};
use redis_fixture::{move_slot, owner};
use serde_json::{Value, json};

/// How many organizations there are, with a session each: so many that each node has some of both.
const ORGANIZATIONS: usize = 6;
/// How many texts a line sends while slots move.
const SENT: usize = 40;

/// An organization, its session, its webhook, and a contact that writes to it.
struct Line {
    us: Organization,
    session: Session,
    sink: WebhookSink,
    contact: String,
}

impl Line {
    async fn new(world: &Arc<World>) -> Self {
        let us = world.organization("cluster");
        let (session, sink) = (Session::pair(&us).await, WebhookSink::open().await);
        let webhook = json!({ "url": sink.url, "events": ["message"] });
        us.post("/api/v1/webhooks").json(&webhook).send().await.expect(201);
        let contact = format!("49168{:07}", world.next_number());
        world.sandbox().contact(&contact, "Contact").await;
        Self { us, session, sink, contact }
    }

    /// The slots of its session and of its organization.
    fn slots(&self) -> [u16; 2] {
        let feed = format!("ew1:{{o:{}}}:feed", self.us.id);
        [slot(keys::lease(self.shard()).as_bytes()), slot(feed.as_bytes())]
    }

    fn shard(&self) -> Shard {
        Shard::of(&SessionId::parse(&self.session.id).expect("an id"), DEFAULT_SHARDS)
    }

    /// A text out and a text in; its event comes over the stream, the long poll and the webhook.
    async fn works(&self, text: &str) {
        let mut live = self.us.events("?events=message").await;
        self.session.send_text(&self.contact, text).await;
        let id = self.us.world.sandbox().write(&self.contact, &self.session.phone, text).await;
        let event = live.next("message", |p| p["message_id"] == id.as_str()).await;
        let path = format!("/api/v1/events/poll?session={}&events=message&since=0&wait=5", self.session.id);
        let page = self.us.get(&path).send().await.expect(200);
        let polled = page["events"].as_array().into_iter().flatten().any(|polled| *polled == event);
        assert!(polled, "{page}");
        self.sink.wait("the message", |d| d.event["payload"]["message_id"] == id.as_str()).await;
    }

    /// Sends and waits for it to be sent, whatever the answer is: the message's id.
    async fn send(&self, text: &str) -> String {
        let body = json!({ "to": self.contact, "type": "text", "text": text });
        let outbox = wait_until("a send to be taken", || async {
            let request = self
                .us
                .post(&self.session.path("/messages"))
                .header("idempotency-key", &text.replace(' ', "-"));
            let reply = request.json(&body).send().await;
            match reply.status {
                200 => Ok(reply.json()["outboxId"].clone()),
                504 => Ok(reply.json()["error"]["details"]["outboxId"].clone()),
                // Keys that are on their way for longer than a request waits.
                503 => Err(reply.text()),
                _ => panic!("a send was answered {}", reply.text()),
            }
        })
        .await;
        self.sent(&outbox).await
    }

    async fn sent(&self, outbox: &Value) -> String {
        let path = format!("/api/v1/outbox/{}", outbox.as_str().expect("an outbox id"));
        wait_until("the send to be done", || async {
            let reply = self.us.get(&path).send().await;
            match reply.json() {
                outcome if outcome["status"] == "sent" => {
                    Ok(outcome["waMessageId"].as_str().expect("an id").to_owned())
                }
                outcome => Err(outcome.to_string()),
            }
        })
        .await
    }

    /// The ids of all that the contact was given, each where it came first. An app shows a repeated id once.
    async fn received(&self) -> Vec<String> {
        self.us.world.sandbox().received_ids(&self.contact).await
    }
}

async fn lines(world: &Arc<World>) -> Vec<Line> {
    join_all((0..ORGANIZATIONS).map(|_| Line::new(world))).await
}

pub async fn a_gateway_on_three_nodes_does_what_one_does() {
    let world = World::builder().cluster(3).hosts(2).build().await;
    let lines = lines(&world).await;
    let nodes = |place: usize| -> BTreeSet<u16> { lines.iter().map(|l| l.slots()[place] / 5462).collect() };
    assert!(nodes(0).len() > 1 && nodes(1).len() > 1, "the lines are at several nodes");
    // All at once: the readers of all organizations share one reading.
    join_all(lines.iter().map(|line| line.works("hello"))).await;

    let (one, bob) = (&lines[0], Peer::pair(&world, "Bob").await);
    let body = json!({ "to": bob.phone, "type": "text", "text": "queued" });
    let queued = one.us.post(&one.session.path("/messages?async=true")).json(&body).send().await.expect(202);
    bob.hears_id(&one.sent(&queued["outboxId"]).await).await;
    let keyed =
        || one.us.post(&one.session.path("/messages")).header("idempotency-key", "k").json(&body).send();
    let first = keyed().await.expect(200);
    let again = keyed().await.expect(200);
    assert_eq!((&again["waMessageId"], &again["replayed"]), (&first["waMessageId"], &json!(true)));

    // A file out and a file in, each of several chunks.
    let bytes: Vec<u8> = (0..700_001_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let media = json!({ "data": BASE64_STANDARD.encode(&bytes), "filename": "a.bin" });
    let document = json!({ "to": bob.phone, "type": "document", "media": media });
    let sent = one.us.post(&one.session.path("/messages")).json(&document).send().await.expect(200);
    let message = bob.message(sent["waMessageId"].as_str().expect("an id")).await;
    assert_eq!(bob.download(&message).await, bytes);
    let media = json!({ "kind": "document", "base64": BASE64_STANDARD.encode(&bytes), "file_name": "b.bin" });
    let send = json!({ "to": one.session.phone, "media": media });
    let sent = world.sandbox().post(&format!("accounts/{}/send", one.contact), send).await;
    let path = one.session.path(&format!("/messages/{}/media", sent["message_id"].as_str().expect("an id")));
    let got = wait_until("the file", || async {
        let reply = one.us.get(&path).send().await;
        if reply.status == 200 { Ok(reply.body) } else { Err(reply.text()) }
    })
    .await;
    assert_eq!(got, bytes);

    // One host ends; the other takes over what it had.
    world.kill_host(0);
    for line in &lines {
        line.session.wait_for_status("connected").await;
    }
    join_all(lines.iter().map(|line| line.works("after"))).await;
    world.start_host(0);
    world.balanced(2).await;
    join_all(lines.iter().map(|line| line.works("again"))).await;
    bob.leave().await;
}

/// Mutation tried: conn-host neither follows redirections nor reads the table anew. Sends time out. (Either alone does.)
pub async fn slots_move_under_traffic() {
    let world = World::builder().cluster(3).build().await;
    let lines = lines(&world).await;
    let ports = world.redis_ports();
    let over = Arc::new(AtomicBool::new(false));
    let slots: Vec<u16> = lines.iter().flat_map(Line::slots).collect();
    // Round and round, one node further each time, so that hosts and handlers know less than half of it at any moment.
    let until = over.clone();
    let moving = tokio::task::spawn_blocking(move || {
        let mut moves = 0;
        for slot in slots.iter().cycle() {
            if until.load(Ordering::Relaxed) {
                break;
            }
            let at = owner(&ports, *slot);
            let next = ports.iter().position(|port| *port == at).map_or(0, |at| at + 1);
            move_slot(&ports, *slot, ports[next % ports.len()]);
            moves += 1;
        }
        moves
    });
    let sent = join_all(lines.iter().map(|line| async move {
        let mut sent = Vec::new();
        for number in 0..SENT {
            sent.push(line.send(&format!("text {number}")).await);
        }
        sent
    }))
    .await;
    over.store(true, Ordering::Relaxed);
    let moves: usize = moving.await.expect("the slots can be moved");
    assert!(moves >= 2 * ORGANIZATIONS, "every slot moved meanwhile, in {moves} moves");
    for (line, sent) in lines.iter().zip(&sent) {
        wait_until("all that was sent, once and in order", || async {
            let received = line.received().await;
            if received == *sent { Ok(()) } else { Err(format!("{received:?}, and not {sent:?}")) }
        })
        .await;
    }
    join_all(lines.iter().map(|line| line.works("after"))).await;
}

pub async fn a_node_ends_and_comes_back() {
    let world = World::builder().cluster(3).build().await;
    let lines = lines(&world).await;
    join_all(lines.iter().map(|line| line.works("before"))).await;
    world.kill_redis_server(1);
    // What has its slots there is refused, and nobody hangs.
    let refused = lines.iter().map(|line| line.us.get(&line.session.path("")).send());
    for reply in join_all(refused).await {
        assert!(matches!(reply.status, 200 | 503), "{}", reply.text());
    }
    world.start_redis_server(1);
    for line in &lines {
        line.send("meanwhile").await;
        line.session.wait_for_status("connected").await;
    }
    join_all(lines.iter().map(|line| line.works("after"))).await;
}

pub async fn a_node_ends_and_its_replica_takes_over() {
    let world = World::builder().replicated_cluster(3).build().await;
    let lines = lines(&world).await;
    join_all(lines.iter().map(|line| line.works("before"))).await;
    let begun = std::time::Instant::now();
    world.kill_redis_server(0);
    for line in &lines {
        line.send("meanwhile").await;
    }
    xtask::say::say(format!("cluster    all lines send after {:.1?}", begun.elapsed()));
    for line in &lines {
        line.session.wait_for_status("connected").await;
    }
    join_all(lines.iter().map(|line| line.works("after"))).await;
    // It comes back as a replica of what was its own.
    world.start_redis_server(0);
    join_all(lines.iter().map(|line| line.works("again"))).await;
}
