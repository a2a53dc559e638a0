//! Measurements of the running product: the real processes on the sandbox, as the end-to-end stories start them.
//! `cargo xtask bench` builds everything optimised and runs this; figures go to stdout as JSON, words to stderr.
//!
//! * [`send`]: sync and async sends, beside the library's own send-and-acknowledge on the same sandbox;
//! * [`memory`]: what conn-host and Redis hold with one session and with many;
//! * [`sample`]: medians and percentiles.

mod memory;
mod sample;
mod send;

use std::io::Write as _;

use harness::World;
use serde_json::json;

/// How many sessions the memory is measured with.
const SESSIONS: usize = 100;

#[tokio::main]
async fn main() {
    let world = World::up().await;
    let tell = |what: &str| {
        let _closed = writeln!(std::io::stderr(), "bench: {what}");
    };
    let tenant = world.organization("bench");
    tell("sync sends, async sends, and the library alone");
    let sends = send::measure(&world, &tenant).await;
    tell("memory with 1 and with 100 sessions");
    let memory = memory::measure(&world, SESSIONS).await;
    let figures = json!({ "send": sends, "memory": memory });
    let mut out = std::io::stdout();
    let _closed = writeln!(out, "{figures:#}");
}
