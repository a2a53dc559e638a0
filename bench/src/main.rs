//! Measurements of the running product: the real processes on the sandbox, as the end-to-end stories start them.
//! `cargo xtask bench` builds everything optimised and runs this; figures go to stdout as JSON, words to stderr. With
//! arguments (`send`, `events`, `memory`) only those are measured.
//!
//! * [`send`]: sync and async sends, beside the library's own send-and-acknowledge on the same sandbox;
//! * [`events`]: from a text that somebody writes to who reads of it, and what idle readers cost;
//! * [`memory`]: what conn-host and Redis hold with one session and with many;
//! * [`sample`]: medians and percentiles.

mod events;
mod memory;
mod sample;
mod send;

use std::io::Write as _;

use harness::World;
use serde_json::{Map, Value};

/// How many sessions the memory is measured with.
const SESSIONS: usize = 100;

#[tokio::main]
async fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let has = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);
    let world = World::up().await;
    let tell = |what: &str| {
        let _closed = writeln!(std::io::stderr(), "bench: {what}");
    };
    let tenant = world.organization("bench");
    let mut figures = Map::new();
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
    let mut out = std::io::stdout();
    let _closed = writeln!(out, "{:#}", Value::Object(figures));
}
