//! A receiver that fails many times in a row is left alone, and found again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use edgewire_delivery::{Settings, SystemClock};

use crate::receiver::Receiver;
use crate::world::{World, acme, eventually};

/// Whether the receiver of one of the stories works. (Its answers are a function, which holds nothing.)
static MENDED: AtomicBool = AtomicBool::new(false);

fn settings() -> Settings {
    Settings { breaker_after: 6, attempts: 100, ..World::settings() }
}

#[tokio::test]
async fn it_opens_waits_and_closes_and_no_event_is_lost() {
    let world = World::up().await;
    let answer = |_: &_, _| if MENDED.load(Ordering::SeqCst) { 200 } else { 500 };
    let receiver = Receiver::answering(answer).await;
    let webhook = world.webhook(&receiver.url()).await;
    let host = world.host_with("a", settings(), Arc::new(SystemClock)).await;
    for n in 0..40 {
        world.message(&n.to_string(), &n.to_string()).await;
    }
    let breaker = eventually("an open breaker", async || {
        Some(world.breaker(&webhook).await).filter(|breaker| breaker.opened >= 2)
    })
    .await;
    assert!(breaker.failures >= 6 && breaker.retry_at > breaker.opened_at, "{breaker:?}");
    // Sixteen may have been under way when it opened; since then one at a time.
    host.until("the gauge", |c| c.open_breakers == 1).await;
    let tried = receiver.all().len();
    assert!(tried <= 6 + 16 + breaker.opened as usize + 1, "{tried} attempts, {breaker:?}");
    MENDED.store(true, Ordering::SeqCst);
    host.until("all events", |c| c.delivered == 40 && c.dead == 0).await;
    let closed = async || Some(world.breaker(&webhook).await).filter(|breaker| breaker.opened == 0);
    assert_eq!(eventually("a closed breaker", closed).await.failures, 0);
    host.until("the gauge", |c| c.open_breakers == 0).await;
}

#[tokio::test]
async fn the_next_host_knows_that_it_is_open() {
    let world = World::up().await;
    let receiver = Receiver::answering(|_, _| 500).await;
    let mut webhook = world.webhook(&receiver.url()).await;
    let long = Duration::from_secs(600);
    let settings = Settings { breaker_pause: long, breaker_longest: long, ..settings() };
    let host = world.host_with("a", settings.clone(), Arc::new(SystemClock)).await;
    world.event("1").await;
    let opened = async || Some(world.breaker(&webhook).await).filter(|breaker| breaker.opened == 1);
    let before = eventually("an open breaker", opened).await;
    host.drain().await;
    let tried = receiver.all().len();
    let other = Receiver::start().await;
    world.webhook(&other.url()).await;
    let host = world.host_with("b", settings, Arc::new(SystemClock)).await;
    world.event("2").await;
    other.wait_for_code("2").await;
    host.until("both", |c| c.webhooks == 2).await;
    assert_eq!((receiver.all().len(), world.breaker(&webhook).await), (tried, before));

    // Who changes the webhook closes it.
    let mended = Receiver::start().await;
    webhook.url = mended.url();
    world.save(&acme(), &webhook).await;
    assert_eq!(mended.wait_for_code("2").await, ["1", "2"]);
    let closed = async || Some(world.breaker(&webhook).await).filter(|breaker| breaker.opened == 0);
    eventually("a closed breaker", closed).await;
}
