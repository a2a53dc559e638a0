//! Soak: for a while everybody sends and receives, and one of two hosts is killed again and again at moments of chance. What
//! must not grow is looked at meanwhile, and in the end every message that was accepted must have arrived once.
//!
//! The second host is never killed, so that what it holds can be compared; it has all sessions while the first one is away.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::{Line, World};
use serde_json::{Map, Value, json};

use crate::memory::resident_kib;

/// How many sessions there are.
const SESSIONS: usize = 20;
/// Between two messages of a line.
const PACE: Duration = Duration::from_millis(250);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(15);
/// Between the host's start and its next end: at least, and as much again by chance.
const LIFE: Duration = Duration::from_secs(10);
/// How long what was accepted may take after the last kill.
const LIMIT: Duration = Duration::from_secs(120);

/// Soaks for `minutes`.
pub async fn measure(minutes: u64) -> Value {
    let world = World::builder().hosts(2).build().await;
    let tenant = world.organization("soak");
    let mut lines = Vec::new();
    while lines.len() < SESSIONS {
        lines.extend(join_all((0..4).map(|_| Line::open(&tenant))).await);
    }
    let until = Instant::now() + Duration::from_secs(minutes * 60);
    let (over, kills) = (AtomicBool::new(false), AtomicUsize::new(0));
    let load = join_all(lines.iter().map(|line| talk(line, &over)));
    let chaos = async {
        while Instant::now() < until {
            let left = until - Instant::now();
            let life = LIFE.mul_f64(1.0 + rand::random::<f64>());
            tokio::time::sleep(life.min(left)).await;
            world.kill_host(0);
            kills.fetch_add(1, Ordering::Relaxed);
            world.start_host(0);
        }
        over.store(true, Ordering::Relaxed);
    };
    // The sandbox remembers the latest messages only.
    let mut received = vec![BTreeSet::new(); SESSIONS];
    let looks = async {
        let mut looks = Vec::new();
        while !over.load(Ordering::Relaxed) {
            tokio::time::sleep(LOOK).await;
            looks.push(look(&world).await);
            for (line, received) in lines.iter().zip(&mut received) {
                received.extend(line.received().await);
            }
        }
        looks
    };
    let (talks, (), looks) = tokio::join!(load, chaos, looks);
    let (mut accepted, mut lost, mut strange, mut unheard) = (0, 0, 0, 0);
    for ((line, received), (outbox, written)) in lines.iter().zip(&mut received).zip(talks) {
        let mut ids = BTreeSet::new();
        for outbox in &outbox {
            ids.insert(line.sent(outbox, LIMIT).await);
        }
        received.extend(line.received().await);
        accepted += outbox.len();
        lost += outbox.len() - ids.intersection(received).count();
        // But for the first message, which opened the line.
        strange += received.difference(&ids).count() - 1;
        unheard += written - heard(line, written).await;
    }
    let (first, last) = (looks.first().cloned(), looks.last().cloned());
    json!({
        "minutes": minutes,
        "sessions": SESSIONS,
        "kills": kills.into_inner(),
        "accepted": accepted,
        "lost": lost,
        "received_of_no_command": strange,
        "messages_to_us_without_event": unheard,
        "first": first,
        "last": last,
        "looks": looks,
    })
}

/// Sends, and is written to, until it is over: the outbox ids, and how often it was written to.
async fn talk(line: &Line, over: &AtomicBool) -> (Vec<Value>, usize) {
    let (mut outbox, mut written) = (Vec::new(), 0);
    while !over.load(Ordering::Relaxed) {
        outbox.push(line.accept(&outbox.len().to_string(), false).await);
        if outbox.len() % 4 == 0 {
            let sandbox = line.session.owner.world.sandbox();
            sandbox.write(&line.contact, &line.session.phone, &format!("to us {written}")).await;
            written += 1;
        }
        tokio::time::sleep(PACE).await;
    }
    (outbox, written)
}

/// How many of `written` messages have become events, each counted once; waits a while for all of them.
async fn heard(line: &Line, written: usize) -> usize {
    let us = &line.session.owner;
    let begun = Instant::now();
    loop {
        let (mut since, mut texts) = ("0".to_owned(), Vec::new());
        loop {
            let query = format!("session={}&events=message&since={since}&wait=0", line.session.id);
            let page = us.get(&format!("/api/v1/events/poll?{query}")).send().await.expect(200);
            let events = page["events"].as_array().cloned().unwrap_or_default();
            texts.extend(events.iter().filter_map(|it| it["payload"]["text"].as_str().map(str::to_owned)));
            match page["next"].as_str() {
                Some(next) if !events.is_empty() => since = next.to_owned(),
                _ => break,
            }
        }
        texts.sort();
        texts.dedup();
        if texts.len() >= written || begun.elapsed() > LIMIT {
            return texts.len();
        }
        tokio::time::sleep(LOOK / 15).await;
    }
}

/// What there is now of what must not grow.
async fn look(world: &Arc<World>) -> Value {
    let mut redis = world.redis().await;
    let info: String = redis::cmd("INFO").query_async(&mut redis).await.unwrap_or_default();
    let number = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|value| value.trim().parse::<u64>().ok())
    };
    let keyspace = info.lines().find_map(|line| line.strip_prefix("db0:keys=")).unwrap_or_default();
    let counts: Vec<u64> =
        keyspace.split(',').filter_map(|part| part.rsplit('=').next()?.parse().ok()).collect();
    let (keys, expiring) = (counts.first().copied().unwrap_or(0), counts.get(1).copied().unwrap_or(0));
    let mut look = Map::new();
    let mut put = |name: &str, value: Value| drop(look.insert(name.to_owned(), value));
    if let Some(host) = world.host_pids().last().copied() {
        put("host_rss_kib", resident_kib(host).into());
        put("host_files", open_files(host).into());
    }
    put("edge_rss_kib", resident_kib(world.edge_pid()).into());
    put("edge_files", open_files(world.edge_pid()).into());
    put("redis_used_bytes", number("used_memory").into());
    put("redis_connections", number("connected_clients").into());
    put("keys_that_stay", (keys - expiring.min(keys)).into());
    put("keys_that_end", expiring.into());
    Value::Object(look)
}

/// How many file descriptors a process has open.
fn open_files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}
