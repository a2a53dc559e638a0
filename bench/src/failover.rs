//! Failover: of two hosts with many sessions one is killed, as `kill -9` does it. How long it takes until its shards have
//! another owner (lease), its sessions are connected there (reconnect), and a send that was begun right after the kill is
//! acknowledged (first send); each for every session that it had, from the kill on. Then a host is killed under load, and
//! what was accepted is counted where it arrives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::session::field;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use futures::future::join_all;
use harness::{Line, World};
use serde_json::{Value, json};

use crate::sample::summary;

/// How many pairings run side by side.
const AT_ONCE: usize = 8;
/// How often a host is killed.
const ROUNDS: usize = 4;
/// How often under load, and how many messages each session then has accepted.
const LOADED_ROUNDS: usize = 2;
const ACCEPTED: usize = 20;
/// How long after the load's beginning.
const UNDER_WAY: Duration = Duration::from_millis(700);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// How long a failover may take before it counts as failed.
const LIMIT: Duration = Duration::from_secs(60);

/// What the stored record says of a session.
#[derive(Debug, Clone, PartialEq)]
struct State {
    owner: String,
    connected_at: i64,
}

/// Kills hosts that have about half of `sessions`; then the time from a host's start until all of them are connected.
pub async fn measure(sessions: usize) -> Value {
    let world = World::builder().hosts(2).build().await;
    for number in 0..2 {
        world.stop_host(number);
        start(&world, number);
    }
    world.balanced(2).await;
    let tenant = world.organization("failover");
    let mut lines = Vec::new();
    while lines.len() < sessions {
        let batch = AT_ONCE.min(sessions - lines.len());
        lines.extend(join_all((0..batch).map(|_| Line::open(&tenant))).await);
    }
    let [mut lease, mut reconnect, mut first_send] = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        let times = kill(&world, &lines, round % 2).await;
        lease.extend(times.0);
        reconnect.extend(times.1);
        first_send.extend(times.2);
        come_back(&world, &lines, round % 2).await;
    }
    let (mut lost, mut doubled, mut all_sent) = (0, 0, Vec::new());
    for round in 0..LOADED_ROUNDS {
        let told = kill_under_load(&world, &lines, round % 2).await;
        (lost, doubled) = (lost + told.0, doubled + told.1);
        all_sent.push(told.2);
        come_back(&world, &lines, round % 2).await;
    }
    for number in 0..2 {
        world.stop_host(number);
    }
    let before = states(&world, &lines).await;
    let all: Vec<usize> = (0..lines.len()).collect();
    let begun = Instant::now();
    start(&world, 0);
    let up = begun.elapsed();
    let connected = again(&world, &lines, &all, &before, begun).await.1;
    json!({
        "sessions": sessions,
        "kills": ROUNDS,
        "lease": summary(lease),
        "reconnect": summary(reconnect),
        "first_send": summary(first_send),
        "under_load": {
            "kills": LOADED_ROUNDS,
            "accepted_each": ACCEPTED * lines.len(),
            "lost": lost,
            "doubled": doubled,
            "all_sent_ms": all_sent.iter().map(Duration::as_millis).collect::<Vec<_>>(),
        },
        "start": {
            "process_up_ms": up.as_millis(),
            "all_connected_ms": connected.into_iter().max().map(|time| time.as_millis()),
        },
    })
}

fn name(number: usize) -> String {
    format!("host-{number}")
}

fn start(world: &World, number: usize) {
    world.start_host_with(number, &[("EDGEWIRE_HOST_ID", &name(number))]);
}

/// Starts a host again, and waits until it has its share and all are connected.
async fn come_back(world: &Arc<World>, lines: &[Line], number: usize) {
    let before = states(world, lines).await;
    start(world, number);
    world.balanced(2).await;
    let after = states(world, lines).await;
    let moved: Vec<usize> = (0..lines.len()).filter(|at| after[*at].owner != before[*at].owner).collect();
    again(world, lines, &moved, &before, Instant::now()).await;
}

/// Kills a host while every session sends. Gives how many messages were lost and doubled, and how long after the kill all
/// were sent.
async fn kill_under_load(world: &Arc<World>, lines: &[Line], number: usize) -> (usize, usize, Duration) {
    let before = join_all(lines.iter().map(Line::received)).await;
    let load = join_all(lines.iter().map(async |line| {
        let mut outbox = Vec::new();
        for n in 0..ACCEPTED {
            outbox.push(line.accept(&n.to_string(), false).await);
        }
        outbox
    }));
    let kill = async {
        tokio::time::sleep(UNDER_WAY).await;
        world.kill_host(number);
        Instant::now()
    };
    let (accepted, killed) = tokio::join!(load, kill);
    let mut ids = Vec::new();
    for (line, outbox) in lines.iter().zip(&accepted) {
        ids.push(join_all(outbox.iter().map(|outbox| line.sent(outbox, LIMIT))).await);
    }
    let all_sent = killed.elapsed();
    let (mut lost, mut doubled) = (0, 0);
    for ((line, before), ids) in lines.iter().zip(&before).zip(&ids) {
        let new = line.received().await.split_off(before.len());
        let there = ids.iter().filter(|id| new.contains(id)).count();
        (lost, doubled) = (lost + ids.len() - there, doubled + new.len() - there);
    }
    (lost, doubled, all_sent)
}

/// Kills a host. Gives how long each phase took for each of its sessions.
async fn kill(
    world: &Arc<World>,
    lines: &[Line],
    number: usize,
) -> (Vec<Duration>, Vec<Duration>, Vec<Duration>) {
    let before = states(world, lines).await;
    let its: Vec<usize> = (0..lines.len()).filter(|at| before[*at].owner == name(number)).collect();
    world.kill_host(number);
    let killed = Instant::now();
    let sends = join_all(its.iter().map(async |at| {
        let outbox = lines[*at].send("after the kill").await;
        lines[*at].sent(&outbox, LIMIT).await;
        killed.elapsed()
    }));
    let (first_send, (lease, reconnect)) = tokio::join!(sends, again(world, lines, &its, &before, killed));
    (lease, reconnect, first_send)
}

/// Waits until sessions have another owner, or one again, and are connected there anew: how long each took.
///
/// # Panics
/// When they are not in time.
async fn again(
    world: &Arc<World>,
    lines: &[Line],
    which: &[usize],
    before: &[State],
    begun: Instant,
) -> (Vec<Duration>, Vec<Duration>) {
    let (mut owned, mut connected) = (vec![None; lines.len()], vec![None; lines.len()]);
    while which.iter().any(|at| connected[*at].is_none()) {
        assert!(begun.elapsed() < LIMIT, "not all sessions are connected again");
        let now = states(world, lines).await;
        for at in which.iter().copied() {
            if now[at].owner.is_empty() || now[at].owner == before[at].owner {
                continue;
            }
            owned[at].get_or_insert_with(|| begun.elapsed());
            if now[at].connected_at > before[at].connected_at {
                connected[at].get_or_insert_with(|| begun.elapsed());
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    (owned.into_iter().flatten().collect(), connected.into_iter().flatten().collect())
}

async fn states(world: &World, lines: &[Line]) -> Vec<State> {
    let mut read = redis::pipe();
    for line in lines {
        let id = SessionId::parse(&line.session.id).expect("an id");
        let shard = Shard::of(&id, DEFAULT_SHARDS);
        read.hget(keys::lease(shard), "owner").hget(keys::session(shard, &id), field::LAST_CONNECTED_AT);
    }
    let found: Vec<Option<String>> = read.query_async(&mut world.redis().await).await.expect("Redis answers");
    let state = |pair: &[Option<String>]| State {
        owner: pair[0].clone().unwrap_or_default(),
        connected_at: pair[1].as_ref().and_then(|at| at.parse().ok()).unwrap_or(0),
    };
    found.chunks(2).map(state).collect()
}
