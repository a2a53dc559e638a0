//! One Idempotency-Key is one message, whoever asks with it, wherever, and whatever ends meanwhile.

use std::sync::Arc;

use futures::future::join_all;
use harness::{Organization, Peer, Reply, Session, World, wait_until};
use redis::AsyncCommands as _;
use serde_json::{Value, json};

struct Scene {
    world: Arc<World>,
    us: Organization,
    session: Session,
    bob: Peer,
}

impl Scene {
    async fn new(world: Arc<World>) -> Self {
        let us = world.organization("idempotency");
        let session = Session::pair(&us).await;
        let bob = Peer::pair(&world, "Bert").await;
        Self { world, us, session, bob }
    }

    fn body(&self, text: &str) -> Value {
        json!({ "to": self.bob.phone, "type": "text", "text": text })
    }

    /// Sends under a key, at one gateway of several.
    async fn send(&self, key: &str, text: &str, gateway: &str) -> Reply {
        let request = self.us.post(&self.session.path("/messages")).header("idempotency-key", key);
        request.instead(self.world.base(), gateway).json(&self.body(text)).send().await
    }

    fn heard(&self) -> Vec<String> {
        self.bob.shown()
    }
}

/// Held by `bind.lua`: the first caller's command is everybody's.
/// Mutation tried: `bind.lua` does not look whether the key is bound. There are many messages.
pub async fn fifty_callers_at_two_gateways_send_once() {
    let scene = Scene::new(World::up().await).await;
    let gateways = [scene.world.base().to_owned(), scene.world.start_another_edge()];
    let replies = join_all((0..50).map(|n| scene.send("order-1", "once", &gateways[n % 2]))).await;
    let mut replies: Vec<Value> = replies.iter().map(|reply| reply.expect(200)).collect();
    assert_eq!(replies.iter().filter(|reply| reply["replayed"] == false).count(), 1, "{replies:#?}");
    for reply in &mut replies {
        reply["replayed"] = Value::Null;
    }
    assert!(replies.iter().all(|reply| *reply == replies[0]), "{replies:#?}");
    let id = replies[0]["waMessageId"].as_str().expect("an id");
    assert_eq!(scene.world.sandbox().times_seen(id).await, 1);
    for gateway in &gateways {
        scene.send("order-1", "twice", gateway).await.expect_error(409, "conflict");
    }
    scene.session.send_text(&scene.bob.phone, "after").await;
    scene.bob.hears("after").await;
    assert_eq!(scene.heard(), ["once", "after"]);
    scene.bob.leave().await;
}

/// Mutation tried: as above; the second caller has another message.
pub async fn a_key_is_one_message_across_a_crash() {
    let world = World::builder().variable("sync_timeout_ms", "2000").build().await;
    let scene = Scene::new(world).await;
    let gateway = scene.world.base().to_owned();
    // WhatsApp has it and nobody has heard of that, as the host ends.
    let held = json!({ "phone": scene.session.phone, "ack_delay_ms": 60_000 });
    scene.world.sandbox().post("faults", held).await;
    let late = scene.send("order-2", "once", &gateway).await.expect_error(504, "timeout");
    scene.bob.hears("once").await;
    scene.world.kill_host(0);
    // The command stands: whoever asks again while nobody runs it learns of the same one.
    let waits = scene.send("order-2", "once", &gateway).await.expect_error(504, "timeout");
    assert_eq!(waits["details"]["outboxId"], late["details"]["outboxId"]);
    scene.world.sandbox().post("faults/clear", json!({})).await;
    scene.world.start_host(0);
    let sent = wait_until("the send to be done", || async {
        let reply = scene.send("order-2", "once", &gateway).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(reply.text()) }
    })
    .await;
    assert_eq!((&sent["outboxId"], &sent["replayed"]), (&late["details"]["outboxId"], &json!(true)));

    // A key's time is over: it is free again.
    let mut redis = scene.world.redis().await;
    let keys: Vec<String> = redis.keys("ew1:*:idem:*").await.expect("keys");
    assert_eq!(keys.len(), 1, "{keys:?}");
    let left: i64 = redis.ttl(&keys[0]).await.expect("a TTL");
    assert!((23 * 3600..=24 * 3600).contains(&left), "{left} s");
    let () = redis.pexpire(&keys[0], 1).await.expect("it ends");
    let again = wait_until("the key to be free", || async {
        let reply = scene.send("order-2", "another", &gateway).await;
        if reply.status == 200 { Ok(reply.json()) } else { Err(reply.text()) }
    })
    .await;
    assert_ne!(again["waMessageId"], sent["waMessageId"]);
    scene.bob.hears("another").await;
    assert_eq!(scene.heard(), ["once", "another"]);
    scene.bob.leave().await;
}
