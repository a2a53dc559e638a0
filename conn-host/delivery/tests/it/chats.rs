//! Chats side by side: the order within each, and what survives receivers that fail and hosts that die.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use edgewire_delivery::Settings;

use crate::receiver::{Received, Receiver};
use crate::world::{World, eventually};

/// Fails three of ten deliveries, in a way that looks like chance: by the event and by how many came before.
fn at_random(received: &Received, before: usize) -> u16 {
    let text = format!("{}{before}", received.header("x-webhook-request-id"));
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    if (hash ^ (hash >> 32)) % 10 < 3 { 503 } else { 204 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_events_through_a_receiver_that_fails_at_random() {
    const EVENTS: usize = 10_000;
    const CHATS: usize = 50;
    let world = World::up().await;
    let receiver = Receiver::answering(at_random).await;
    let webhook = world.webhook(&receiver.url()).await;
    let ids = world.messages((0..EVENTS).map(|n| (format!("{}@g.us", n % CHATS), n.to_string()))).await;
    let settings = Settings { attempts: 1000, ..World::settings() };
    let clock = || std::sync::Arc::new(edgewire_delivery::SystemClock);
    let started = Instant::now();
    // A third of the way the host dies, another third later the next one stops.
    let first = world.host_with("a", settings.clone(), clock()).await;
    first.until("a third", |c| c.delivered > EVENTS as u64 / 3).await;
    first.kill().await;
    let second = world.host_with("b", settings.clone(), clock()).await;
    second.until("two thirds", |c| c.delivered > EVENTS as u64 / 3).await;
    second.drain().await;
    let third = world.host_with("c", settings, clock()).await;
    let end = world.feed_end().await;
    eventually("all events", async || world.place(&webhook, "cursor").await.filter(|at| *at == end)).await;
    let seconds = started.elapsed().as_secs_f64();
    third.drain().await;

    let taken = receiver.all_taken();
    let mut first_seen: HashSet<&str> = HashSet::new();
    let mut by_chat: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (id, chat, code) in &taken {
        if first_seen.insert(id) {
            by_chat.entry(chat).or_default().push(code.parse().unwrap());
        }
    }
    assert!(ids.iter().all(|id| first_seen.contains(id.to_string().as_str())), "every id was seen");
    for (chat, codes) in &by_chat {
        assert!(codes.is_sorted(), "{chat} is in order: {codes:?}");
    }
    assert_eq!(by_chat.len(), CHATS);
    assert_eq!(world.dead(&webhook).await.len(), 0);
    let (asked, repeated) = (receiver.all().len(), taken.len() - EVENTS);
    // What a host that died had not written comes again: no more than it had under way.
    assert!(repeated <= 64, "{repeated} repeated");
    println!(
        "{EVENTS} events in {seconds:.1} s ({:.0}/s), {asked} attempts, {repeated} repeated",
        EVENTS as f64 / seconds
    );
}

#[tokio::test]
async fn a_chat_that_fails_holds_up_no_other() {
    let world = World::up().await;
    let receiver = Receiver::answering(|received, _| if received.code() == "bad" { 500 } else { 200 }).await;
    let webhook = world.webhook(&receiver.url()).await;
    let settings = Settings {
        first_delay: Duration::from_secs(600),
        max_delay: Duration::from_secs(600),
        attempts: 3,
        ..World::settings()
    };
    let clock = || std::sync::Arc::new(edgewire_delivery::SystemClock);
    let host = world.host_with("a", settings.clone(), clock()).await;
    world.message("a", "bad").await;
    for n in 0..300 {
        world.message(if n % 2 == 0 { "b" } else { "c" }, &n.to_string()).await;
        if n == 7 {
            world.message("a", "behind the bad one").await;
        }
    }
    host.until("all others", |c| c.delivered == 300).await;
    let codes = receiver.codes();
    assert_eq!(codes.iter().filter(|code| *code == "bad").count(), 1);
    assert!(!codes.iter().any(|code| code == "behind the bad one"));

    // The next host knows what is done, and what waits until when.
    host.drain().await;
    let marks = world.marks(&webhook).await;
    assert_eq!(marks.iter().filter(|(_, mark)| mark == "done").count(), 300, "{marks:?}");
    let next = world.host_with("b", settings, clock()).await;
    world.message("b", "after").await;
    next.until("the newest", |c| c.delivered == 1).await;
    assert_eq!(receiver.all().len(), 302, "nothing came again");
}

#[tokio::test]
async fn a_backlog_larger_than_memory_for_it_is_worked_off() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let webhook = world.webhook(&receiver.url()).await;
    world.messages((0..2500).map(|n| ((n % 7).to_string(), n.to_string()))).await;
    let host = world.host("a").await;
    host.until("all of it", |c| c.delivered == 2500).await;
    host.drain().await;
    assert_eq!(world.marks(&webhook).await, []);
    assert_eq!(world.log(&webhook).await.len() / 500, 2, "the log has its last 1000, or a little more");
}
