//! Sends: one caller, and 32 at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use harness::{Organization, Peer, Session, World};
use serde_json::{Value, json};

use crate::sample::summary;

/// Sends that are not counted: connections, caches and the first Signal session are made by them.
const WARM: usize = 50;
const SYNC: usize = 500;
const ASYNC: usize = 1000;
const CALLERS: usize = 32;
const EACH: usize = 50;

/// One caller sync, async, the library alone; then 32 callers.
pub async fn measure(world: &Arc<World>, tenant: &Organization) -> Value {
    let recipient = Peer::pair(world, "recipient").await;
    let alone = Peer::pair(world, "alone").await;
    let session = Session::pair(tenant).await;
    let to = recipient.phone.clone();
    one_by_one(&session, &to, "", WARM).await;
    let sync = one_by_one(&session, &to, "", SYNC).await;
    let accepted = one_by_one(&session, &to, "?async=true", ASYNC).await;
    for _ in 0..WARM {
        alone.writes_acknowledged(&to, "warm").await;
    }
    let mut library = Vec::with_capacity(SYNC);
    for _ in 0..SYNC {
        let begun = Instant::now();
        alone.writes_acknowledged(&to, "hello").await;
        library.push(begun.elapsed());
    }
    let begun = Instant::now();
    // Chats of their own: one chat is sent in order.
    let callers = (0..CALLERS).map(|caller| {
        let session = session.clone();
        let to = format!("1555{caller:07}");
        async move { one_by_one(&session, &to, "", EACH).await }
    });
    let many: Vec<Duration> = join_all(callers).await.into_iter().flatten().collect();
    let rate = many.len() as f64 / begun.elapsed().as_secs_f64();
    json!({
        "sync_one_caller": summary(sync),
        "async_one_caller": summary(accepted),
        "library_alone_send_and_ack": summary(library),
        "sync_32_callers": { "per_second": rate.round(), "latency": summary(many) },
    })
}

async fn one_by_one(session: &Session, to: &str, query: &str, count: usize) -> Vec<Duration> {
    let path = format!("{}{query}", session.path("/messages"));
    let body = json!({ "to": to, "type": "text", "text": "hello" });
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        session.owner.post(&path).json(&body).send().await.expect(if query.is_empty() { 200 } else { 202 });
        samples.push(begun.elapsed());
    }
    samples
}
