//! Who owns what, and what happens when it changes.

use std::time::Duration;

use conn_host::wire::scripted::Reaction;
use conn_host::wire::{Ack, WireEvent};
use edgewire_contract::keys;
use edgewire_contract::outcome::OutcomeStatus;

use crate::host::World;

/// Mutation tried: what is over the share is not given back. The second host waits for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_host_takes_its_share_and_the_first_drains() {
    let world = World::new().await;
    let first = world.host("a");
    world.wait_for("first owner of all", || async { (owned(&world, "a").await == 64).then_some(()) }).await;
    let second = world.host("b");
    world
        .wait_for("fair share", || async {
            ((owned(&world, "a").await, owned(&world, "b").await) == (32, 32)).then_some(())
        })
        .await;
    first.drain().await;
    world.wait_for("takeover", || async { (owned(&world, "b").await == 64).then_some(()) }).await;
    second.drain().await;
    assert_eq!(owned(&world, "b").await, 0, "a drained host gives its leases back");
}

/// Held by `open_commands.lua`, whose groups begin with what is not completed.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_host_had_read_is_run_by_the_next() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react(vec![Reaction::Silence; 1]);
    let dead = world.host("a");
    world.status("main", "connected").await;
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    world.wait_for("first try", || async { (world.script.sent().len() == 1).then_some(()) }).await;
    // As a kill would: no drain, no release.
    dead.task.abort();
    drop(dead);
    steal_all(&world).await;
    let next = world.host("b");
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    let sent = world.script.sent();
    assert!(sent.iter().all(|m| m.id == sent[0].id));
    next.drain().await;
}

/// A host that was frozen and wakes up asks for commands before it learns that its shard is another's. Held by
/// `open_commands.lua`, which removes the group of the epoch before; with one group for all epochs, the frozen host takes
/// the command and nobody runs it.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_lost_its_lease_reads_no_command() {
    let world = World::new().await;
    world.session("main").await;
    let frozen = world.host("a");
    world.status("main", "connected").await;
    let send = world.send("main", "15550002", "hello");
    let stream = keys::commands(send.id.shard());
    let group = |name: &redis::Value| redis::from_redis_value::<String>(name.clone()).unwrap();
    let groups: Vec<Vec<redis::Value>> =
        world.redis.query(redis::cmd("XINFO").arg("GROUPS").arg(&stream)).await.unwrap();
    let old = group(&groups[0][1]);
    frozen.task.abort();
    drop(frozen);
    // It waits for commands, as it did when it was frozen.
    let waiting = {
        let mut connection = world.redis.dedicated("ew1:layout").await.unwrap();
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg(&old).arg("a").arg("BLOCK").arg(0).arg("STREAMS").arg(&stream).arg(">");
        tokio::spawn(async move { read.query_async::<redis::Value>(&mut connection).await })
    };
    steal_all(&world).await;
    let next = world.host("b");
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the group goes");
    let error = waited.unwrap().expect_err("the group is gone");
    assert_eq!(error.code(), Some("NOGROUP"), "{error}");
    world.push(&send).await;
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    next.drain().await;
}

/// Held by the epoch check of each script. Mutation tried: without it the outcome is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_lost_its_lease_writes_nothing() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Silence]);
    let host = world.host("a");
    world.status("main", "connected").await;
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    world.wait_for("message on the wire", || async { (world.script.sent().len() == 1).then_some(()) }).await;
    // Somebody else owns the shard from now on; the host does not know it yet, and WhatsApp acknowledges.
    let lease = keys::lease(send.id.shard());
    let () = world
        .redis
        .query(&redis::Cmd::hset_multiple(
            &lease,
            &[("owner", "x"), ("epoch", "99"), ("until", "9999999999999")],
        ))
        .await
        .unwrap();
    let id = world.script.sent()[0].id.clone();
    world.script.tell(WireEvent::Acked(Ack { id, timestamp: Some(1), refused: None }));
    // When it has ended, whatever it would have written is written.
    host.drain().await;
    let outcome: Option<String> = world.redis.query(&redis::Cmd::get(keys::outcome(send.id))).await.unwrap();
    assert_eq!(outcome, None, "only the owner completes a command");
}

/// Mutation tried: a drain cuts its sessions. The message goes out again from the next host.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_lets_what_is_on_the_wire_end() {
    let world = World::new().await;
    world.session("main").await;
    world.script.react([Reaction::Silence]);
    let host = world.host_with("a", &[("EDGEWIRE_ACK_TIMEOUT_MS", "20000")]);
    world.status("main", "connected").await;
    let send = world.send("main", "15550002", "hello");
    world.push(&send).await;
    world.wait_for("message on the wire", || async { (world.script.sent().len() == 1).then_some(()) }).await;
    let acknowledge = async {
        world.wait_for("the idle shards", || async { (owned(&world, "a").await == 1).then_some(()) }).await;
        let id = world.script.sent()[0].id.clone();
        world.script.tell(WireEvent::Acked(Ack { id, timestamp: Some(1), refused: None }));
    };
    tokio::join!(host.drain(), acknowledge);
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    assert_eq!((world.script.sent().len(), owned(&world, "a").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_finds_the_host_waiting() {
    let mut world = World::new().await;
    world.session("main").await;
    let host = world.host("a");
    world.status("main", "connected").await;
    world.server.kill();
    world.server.come_back();
    let send = world.send("main", "15550002", "hello");
    let pushed = tokio::time::timeout(Duration::from_secs(10), async {
        while world.redis.query::<String>(redis::Cmd::new().arg("PING")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    pushed.await.unwrap();
    world.push(&send).await;
    assert_eq!(world.outcome(&send).await.status, OutcomeStatus::Sent);
    host.drain().await;
}

/// How many leases `host` holds.
async fn owned(world: &World, host: &str) -> usize {
    let mut pipe = redis::pipe();
    for shard in edgewire_contract::shard::Shard::all(64) {
        pipe.hget(keys::lease(shard), "owner");
    }
    let owners: Vec<Option<String>> = world.redis.pipeline(&pipe).await.unwrap();
    owners.iter().filter(|o| o.as_deref() == Some(host)).count()
}

/// Ends every lease, as time would.
async fn steal_all(world: &World) {
    for shard in edgewire_contract::shard::Shard::all(64) {
        let _set: i64 = world.redis.query(&redis::Cmd::hset(keys::lease(shard), "until", 0)).await.unwrap();
    }
}
