//! Records in Redis that cannot be read: a device costs its session and no other; what can be set up anew costs nobody.

use std::time::Duration;

use harness::{Line, Session, World, wait_until};
use redis::AsyncCommands as _;
use serde_json::json;

/// By when a message is sent.
const LIMIT: Duration = Duration::from_secs(20);

/// Overwrites what stands in a field of a device's table.
async fn damage(world: &World, session: &Session, table: &str, field: &str) {
    let mut redis = world.redis().await;
    let keys: Vec<String> = redis.keys(format!("ew1:*:dev:{}:{table}", session.id)).await.expect("keys");
    assert!(redis.hexists::<_, _, bool>(&keys[0], field).await.expect("a look"), "{field} of {keys:?}");
    let _: () = redis.hset(&keys[0], field, "damaged").await.expect("a write");
}

/// Mutation tried: `link.rs` opens a connection again and again over a device that it cannot read. The session never fails.
pub async fn a_session_whose_device_is_damaged_is_set_aside_and_no_other() {
    let world = World::up().await;
    let us = world.organization("device");
    let (ours, other) = (Line::open(&us).await, Line::open(&us).await);
    us.post(&ours.session.path("/disconnect")).send().await.expect(200);
    ours.session.wait_for_status("stopped").await;
    damage(&world, &ours.session, "device", "device").await;
    us.post(&ours.session.path("/connect")).send().await.expect(200);
    ours.session.wait_for_status("failed").await;
    let status = ours.session.status().await;
    assert!(status["reason"].as_str().expect("why").contains("log the session out"), "{status}");
    let body = json!({ "to": ours.contact, "type": "text", "text": "in vain" });
    let refused = us.post(&ours.session.path("/messages?async=true")).json(&body).send().await;
    refused.expect_error(409, "session_not_connected");
    other.session.send_text(&other.contact, "all is well").await;
    // As it says.
    us.post(&ours.session.path("/logout")).send().await.expect(200);
    us.post(&ours.session.path("/connect")).send().await.expect(200);
    ours.session.scan().await;
    ours.session.wait_for_status("connected").await;
    ours.session.send_text(&ours.contact, "and here, too").await;
}

/// Mutation tried: what is damaged is told to the library as an error. The message is "sent", and nobody but the account's own
/// phone gets it.
pub async fn a_peer_whose_keys_are_damaged_gets_his_messages() {
    let world = World::up().await;
    let line = Line::open(&world.organization("peer")).await;
    let contact = world.sandbox().get(&format!("accounts/{}", line.contact)).await;
    let address = format!("{}.0", contact["lid"].as_str().expect("a LID"));
    let mut sent = Vec::new();
    for table in ["identity", "session"] {
        line.session.owner.post(&line.session.path("/restart")).send().await.expect(200);
        line.session.wait_for_status("connected").await;
        damage(&world, &line.session, table, &address).await;
        let outbox = line.accept(table, false).await;
        sent.push(line.sent(&outbox, LIMIT).await);
        let received = wait_until("the message to arrive", || async {
            let received = line.received().await;
            if received.len() > sent.len() { Ok(received) } else { Err(format!("{received:?}")) }
        })
        .await;
        assert_eq!(received[1..], sent);
    }
}
