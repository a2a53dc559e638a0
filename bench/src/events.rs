//! Events: from a text that somebody writes to the reader who sees it, one at a time and many at once; and what readers
//! cost that wait for nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{StreamExt as _, stream};
use harness::events::EventReader;
use harness::{Organization, Session, World};
use serde_json::{Value, json};

use crate::memory::resident_kib;
use crate::sample::summary;

/// Texts that are not counted.
const WARM: usize = 20;
const ONE_BY_ONE: usize = 300;
const WRITERS: usize = 16;
const EACH: usize = 100;
const READERS: usize = 1_000;
/// How many readers open at once.
const OPENING: usize = 32;

/// Latency, throughput, and idle readers.
pub async fn measure(world: &Arc<World>, tenant: &Organization) -> Value {
    let session = Session::pair(tenant).await;
    let people: Vec<String> = (0..WRITERS).map(|_| format!("49167{:07}", world.next_number())).collect();
    for phone in &people {
        world.sandbox().contact(phone, "Writer").await;
    }
    let path = format!("?session={}&events=message", session.id);
    let mut live = tenant.events(&path).await;
    one_by_one(world, &session, &people[0], &mut live, WARM).await;
    let (latency, written) = one_by_one(world, &session, &people[0], &mut live, ONE_BY_ONE).await;
    let burst = burst(world, &session, &people, &mut live).await;
    let readers = readers(world, tenant, &session, &people[0]).await;
    json!({
        "text_to_reader": summary(latency),
        "of_that_until_the_sandbox_has_sent_it": summary(written),
        "burst": burst,
        "readers": readers,
    })
}

/// From before the sandbox is told to write, until the event is there; and until the sandbox had written.
async fn one_by_one(
    world: &World,
    session: &Session,
    from: &str,
    live: &mut EventReader,
    count: usize,
) -> (Vec<Duration>, Vec<Duration>) {
    let (mut seen, mut written) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for n in 0..count {
        let text = format!("one {n} of {count}");
        let begun = Instant::now();
        let writing = async {
            world.sandbox().write(from, &session.phone, &text).await;
            begun.elapsed()
        };
        let reading = async {
            live.next("message", |payload| payload["text"] == text.as_str()).await;
            begun.elapsed()
        };
        let (sent, read) = futures::future::join(writing, reading).await;
        written.push(sent);
        seen.push(read);
    }
    (seen, written)
}

/// Many people write at once, each his own chat.
async fn burst(world: &World, session: &Session, people: &[String], live: &mut EventReader) -> Value {
    let count = people.len() * EACH;
    let begun = Instant::now();
    let writing = join_all(people.iter().map(|phone| async move {
        let mut sent = Vec::with_capacity(EACH);
        for n in 0..EACH {
            let text = format!("burst {n} of {phone}");
            sent.push((text.clone(), begun.elapsed()));
            world.sandbox().write(phone, &session.phone, &text).await;
        }
        sent
    }));
    let reading = async {
        let mut seen = HashMap::with_capacity(count);
        while seen.len() < count {
            let event = live.next("message", |_| true).await;
            let text = event["payload"]["text"].as_str().unwrap_or_default().to_owned();
            seen.insert(text, begun.elapsed());
        }
        seen
    };
    let (sent, seen) = futures::future::join(writing, reading).await;
    let took = begun.elapsed();
    let waits = sent.into_iter().flatten().filter_map(|(text, at)| seen.get(&text)?.checked_sub(at));
    json!({
        "writers": people.len(),
        "events": count,
        "per_second": (count as f64 / took.as_secs_f64()).round(),
        "latency": summary(waits.collect()),
    })
}

/// Readers that wait: what edge-host and Redis have more with them, and how long one event takes to the last of them.
async fn readers(world: &World, tenant: &Organization, session: &Session, from: &str) -> Value {
    let before = (resident_kib(world.edge_pid()), connections(world).await);
    let open = (0..READERS).map(|_| tenant.events("?events=message"));
    let mut readers: Vec<EventReader> = stream::iter(open).buffered(OPENING).collect().await;
    let idle = (resident_kib(world.edge_pid()), connections(world).await);
    let begun = Instant::now();
    let sandbox = world.sandbox();
    let writing = sandbox.write(from, &session.phone, "to all");
    let reading = join_all(readers.iter_mut().map(|reader| async move {
        reader.next("message", |payload| payload["text"] == "to all").await;
        begun.elapsed()
    }));
    let (_, waits) = futures::future::join(writing, reading).await;
    let after = resident_kib(world.edge_pid());
    json!({
        "readers": READERS,
        "edge_host_rss_kib": { "before": before.0, "idle": idle.0, "after_an_event": after },
        "kib_per_idle_reader": (idle.0.saturating_sub(before.0)) as f64 / READERS as f64,
        "redis_connections": { "before": before.1, "idle": idle.1 },
        "one_event_to_all": summary(waits),
    })
}

async fn connections(world: &World) -> usize {
    let list: String =
        redis::cmd("CLIENT").arg("LIST").query_async(&mut world.redis().await).await.unwrap_or_default();
    list.lines().count()
}
