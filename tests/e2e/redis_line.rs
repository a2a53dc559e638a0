//! The way to Redis breaks, is slow, or ends with Redis itself. What was accepted goes out once, in its order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::wait::wait_within;
use harness::{Line, World, wait_until};
use redis::AsyncCommands as _;
use redis::streams::StreamInfoGroupsReply;
use serde_json::json;

/// How many sessions there are.
const SESSIONS: usize = 6;
/// How many sends each has accepted meanwhile.
const EACH: usize = 25;
/// By when all is sent after the last trouble, in a build that is not optimised.
const RECOVERY: Duration = Duration::from_secs(60);
/// By when a message goes out on the next connection: sooner than the library gives up to wait for an answer.
const SOON: Duration = Duration::from_secs(30);
/// How long answers are lost before each cut, ms.
const DEAF: [u64; 12] = [0, 3, 40, 1, 150, 0, 11, 80, 0, 300, 5, 25];
/// Between two cuts.
const BETWEEN: Duration = Duration::from_millis(180);

async fn lines(world: &Arc<World>, name: &str) -> Vec<Line> {
    let us = world.organization(name);
    join_all((0..SESSIONS).map(|_| Line::open(&us))).await
}

/// Sends on every line, as one who asks again until he is answered; gives the outbox ids of each.
async fn accept(lines: &[Line], text: &str) -> Vec<Vec<serde_json::Value>> {
    join_all(lines.iter().map(async |line| {
        let mut outbox = Vec::new();
        for n in 0..EACH {
            outbox.push(line.accept_surely(&format!("{text}-{n}"), RECOVERY).await);
        }
        outbox
    }))
    .await
}

/// Everything that was accepted has arrived, once and in its order, and nothing else.
async fn arrived(lines: &[Line], accepted: &[Vec<serde_json::Value>]) {
    for (line, outbox) in lines.iter().zip(accepted) {
        let mut ids = Vec::new();
        for outbox in outbox {
            ids.push(line.sent(outbox, RECOVERY).await);
        }
        let received = wait_until("all messages to arrive", || async {
            let received = line.received().await;
            if received.len() > ids.len() {
                Ok(received)
            } else {
                Err(format!("{} messages", received.len()))
            }
        })
        .await;
        assert_eq!(received[1..], ids, "behind the first one: each once, in order");
    }
}

/// What a script did and nobody was told of is not done again, and not missed.
pub async fn cuts_and_lost_answers_lose_and_double_nothing() {
    let world = World::builder().behind_a_cable().build().await;
    let lines = lines(&world, "cuts").await;
    let trouble = async {
        for deaf in DEAF {
            tokio::time::sleep(BETWEEN).await;
            world.cable().lose_answers();
            tokio::time::sleep(Duration::from_millis(deaf)).await;
            world.cable().cut();
        }
    };
    let (accepted, ()) = tokio::join!(accept(&lines, "cut"), trouble);
    arrived(&lines, &accepted).await;
    for line in &lines {
        line.session.wait_for_status("connected").await;
    }
}

pub async fn a_slow_redis_costs_time_only() {
    let world = World::builder().behind_a_cable().build().await;
    let lines = lines(&world, "slow").await;
    let mut redis = world.redis().await;
    let leases: Vec<String> = redis.keys("ew1:*:lease").await.expect("keys");
    let mut epochs = async || -> Vec<Option<String>> {
        let mut read = redis::pipe();
        for lease in &leases {
            read.hget(lease, "epoch");
        }
        read.query_async(&mut redis).await.expect("epochs")
    };
    let before = epochs().await;
    world.cable().slow(Duration::from_millis(60));
    let begun = Instant::now();
    let accepted = join_all(lines.iter().map(async |line| {
        let body = serde_json::json!({ "to": line.contact, "type": "text", "text": "slowly" });
        let sent =
            line.session.owner.post(&line.session.path("/messages")).json(&body).send().await.expect(200);
        vec![sent["outboxId"].clone()]
    }))
    .await;
    assert!(begun.elapsed() > Duration::from_millis(240), "it is slow");
    arrived(&lines, &accepted).await;
    for line in &lines {
        assert_eq!(line.session.status().await["status"], "connected");
    }
    world.cable().slow(Duration::ZERO);
    assert_eq!(epochs().await, before, "no shard had to be claimed anew");
}

/// With an append-only file, what Redis has confirmed outlives its process: it is written before the answer, and only a crash
/// of the machine can lose what was not on the disk yet.
pub async fn what_a_killed_redis_had_confirmed_is_there() {
    let world = World::up().await;
    let lines = lines(&world, "aof").await;
    let trouble = async {
        for _ in 0..3 {
            tokio::time::sleep(BETWEEN).await;
            world.kill_redis();
            world.start_redis();
        }
    };
    let (accepted, ()) = tokio::join!(accept(&lines, "kill"), trouble);
    arrived(&lines, &accepted).await;
}

/// The library leaves out whom it could not encrypt for.
///
/// Mutation tried: `guard.rs` lets everything through. The message is "sent", to the account's own phone alone.
pub async fn nobody_is_left_out_because_his_keys_could_not_be_read() {
    let world = World::builder().behind_a_cable().build().await;
    let line = Line::open(&world.organization("keys")).await;
    let contact = world.sandbox().get(&format!("accounts/{}", line.contact)).await;
    let lid = contact["lid"].as_str().expect("a LID").to_owned();
    // Its next connection has read nothing yet, and finds all but this contact's keys.
    line.session.owner.post(&line.session.path("/restart")).send().await.expect(200);
    line.session.wait_for_status("connected").await;
    world.cable().break_on(&["HGET", ":identity\r\n", &format!("\r\n{lid}.0\r\n")]);
    let outbox = line.accept("whole", false).await;
    let path = format!("/api/v1/outbox/{}", outbox.as_str().expect("an outbox id"));
    // The store asks again for a second, and gives up; the message is tried again, and so on.
    wait_within(RECOVERY, "the message to be tried again", || async {
        let outcome = line.session.owner.get(&path).send().await.expect(200);
        assert_eq!(outcome["status"], "queued", "{outcome}");
        let broken = world.cable().broken();
        if broken > 12 { Ok(()) } else { Err(format!("{broken} readings were cut off")) }
    })
    .await;
    world.cable().break_on(&[]);
    arrived(std::slice::from_ref(&line), &[vec![outbox]]).await;
}

/// What waits for WhatsApp's answer on a connection that ends waits in vain.
pub async fn a_send_under_way_as_its_connection_ends_goes_out_on_the_next() {
    let world = World::builder().behind_a_cable().build().await;
    let line = Line::open(&world.organization("ends")).await;
    let freeze = |freeze: bool| json!({ "phone": line.session.phone, "freeze": freeze });
    world.sandbox().post("faults", freeze(true)).await;
    // Whom it has not written to yet WhatsApp is asked about, and does not answer.
    let stranger = format!("49161{:07}", world.next_number());
    world.sandbox().contact(&stranger, "Stranger").await;
    let body = json!({ "to": stranger, "type": "text", "text": "under way" });
    let accepted = line.session.owner.post(&line.session.path("/messages?async=true")).json(&body);
    let accepted = accepted.send().await.expect(202);
    let redis = world.redis().await;
    wait_until("the command to be under way", || async {
        let mut redis = redis.clone();
        let streams: Vec<String> = redis.keys("ew1:*:cmd").await.expect("keys");
        for stream in streams {
            let groups: StreamInfoGroupsReply = redis.xinfo_groups(stream).await.expect("groups");
            if groups.groups.iter().any(|group| group.pending > 0) {
                return Ok(());
            }
        }
        Err("nobody has taken it".to_owned())
    })
    .await;
    // What comes cannot be kept: the connection ends.
    world.cable().break_on(&[&format!(":ev:{}", line.session.id)]);
    world.sandbox().write(&line.contact, &line.session.phone, "hello").await;
    wait_until("an event that cannot be kept", || async {
        if world.cable().broken() > 0 { Ok(()) } else { Err("nothing came".to_owned()) }
    })
    .await;
    world.cable().break_on(&[]);
    world.sandbox().post("faults", freeze(false)).await;
    let id = line.sent(&accepted["outboxId"], SOON).await;
    assert_eq!(world.sandbox().received_ids(&stranger).await, [id]);
}
