//! Memory: a gateway of its own, with one paired session and with many.

use std::sync::Arc;

use futures::future::join_all;
use harness::{Session, World};
use serde_json::{Value, json};

/// How many pairings run side by side.
const AT_ONCE: usize = 8;

/// The memory of conn-host and Redis before, with one session, and with `sessions`.
pub async fn measure(world: &Arc<World>, sessions: usize) -> Value {
    let tenant = world.organization("memory");
    let before = now(world).await;
    Session::pair(&tenant).await;
    let one = now(world).await;
    let mut left = sessions - 1;
    while left > 0 {
        let batch = left.min(AT_ONCE);
        join_all((0..batch).map(|_| Session::pair(&tenant))).await;
        left -= batch;
    }
    let many = now(world).await;
    json!({ "before": before, "one_more_session": one, "sessions": sessions, "with_sessions": many })
}

async fn now(world: &World) -> Value {
    let hosts: u64 = world.host_pids().into_iter().map(resident_kib).sum();
    let info: String =
        redis::cmd("INFO").arg("memory").query_async(&mut world.redis().await).await.unwrap_or_default();
    let redis = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"))
        .and_then(|n| n.trim().parse::<u64>().ok());
    json!({ "conn_host_rss_kib": hosts, "redis_used_kib": redis.map(|bytes| bytes / 1024) })
}

/// The resident set of a process, from the kernel.
pub fn resident_kib(pid: u32) -> u64 {
    std::fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmRSS:"))?.to_owned();
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .unwrap_or_default()
}
