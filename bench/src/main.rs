//! Measurements of the running product: the real processes on the sandbox, as the end-to-end stories start them.
//! `cargo xtask bench` builds everything optimised and runs this; figures go to stdout as JSON, words to stderr. With
//! arguments (`send`, `events`, `memory`, `failover`) only those are measured; `soak` only when it is named, for
//! `EDGEWIRE_SOAK_MINUTES` (10).
//!
//! * [`send`]: sync and async sends, beside the library's own send-and-acknowledge on the same sandbox;
//! * [`events`]: from a text that somebody writes to who reads of it, and what idle readers cost;
//! * [`memory`]: what conn-host and Redis hold with one session and with many;
//! * [`failover`]: what a killed host costs its sessions, and how long a start takes;
//! * [`soak`]: whether anything grows, or is lost, while hosts are killed at random;
//! * [`sample`]: medians and percentiles.

mod events;
mod failover;
mod memory;
mod sample;
mod send;
mod soak;

use std::io::Write as _;

use harness::World;
use serde_json::{Map, Value};

/// How many sessions the memory is measured with.
const SESSIONS: usize = 100;
/// How long a soak is, unless said otherwise.
const SOAK_MINUTES: u64 = 10;

#[tokio::main]
async fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let has = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);
    let tell = |what: &str| {
        let _closed = writeln!(std::io::stderr(), "bench: {what}");
    };
    let mut figures = Map::new();
    if has("failover") {
        tell("two hosts with 100 sessions, of which one is killed four times");
        figures.insert("failover".into(), failover::measure(SESSIONS).await);
    }
    if chosen.iter().any(|name| name == "soak") {
        let minutes = std::env::var("EDGEWIRE_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok());
        let minutes = minutes.unwrap_or(SOAK_MINUTES);
        tell(&format!("{minutes} minutes of sends, with a host that is killed again and again"));
        figures.insert("soak".into(), soak::measure(minutes).await);
    }
    if ["send", "events", "memory"].into_iter().any(has) {
        let world = World::up().await;
        let tenant = world.organization("bench");
        if has("send") {
            tell("sync sends, async sends, and the library alone");
            figures.insert("send".into(), send::measure(&world, &tenant).await);
        }
        if has("events") {
            tell("texts on their way to readers, and a thousand readers");
            figures.insert("events".into(), events::measure(&world, &tenant).await);
        }
        if has("memory") {
            tell("memory with 1 and with 100 sessions");
            figures.insert("memory".into(), memory::measure(&world, SESSIONS).await);
        }
    }
    let mut out = std::io::stdout();
    let _closed = writeln!(out, "{:#}", Value::Object(figures));
}
