//! Receivers that fail: when an event is tried again, and when it is given up.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use edgewire_delivery::{Clock, Settings};

use crate::receiver::Receiver;
use crate::world::{World, eventually};

/// A clock on which every pause is over at once, and written down.
#[derive(Default)]
struct Skipping {
    now: AtomicI64,
    pauses: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Clock for Skipping {
    fn now_ms(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    async fn sleep(&self, pause: Duration) {
        self.pauses.lock().unwrap().push(pause);
        self.now.fetch_add(i64::try_from(pause.as_millis()).unwrap(), Ordering::SeqCst);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_everything_in_order() {
    let world = World::up().await;
    let receiver = Receiver::answering(|_, before| if (3..6).contains(&before) { 500 } else { 200 }).await;
    world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    for n in 0..10 {
        world.event(&n.to_string()).await;
    }
    let received = receiver.wait_for(13).await;
    assert_eq!(receiver.codes(), ["0", "1", "2", "3", "3", "3", "3", "4", "5", "6", "7", "8", "9"]);
    let ids: Vec<_> = received[3..7].iter().map(|r| r.header("x-webhook-request-id")).collect();
    assert!(ids.iter().all(|id| id.starts_with("evt_") && *id == ids[0]), "{ids:?}");
    let counts = host.until("the last one", |c| c.delivered == 10).await;
    assert_eq!((counts.failed, counts.dead), (3, 0));
}

#[tokio::test]
async fn an_event_is_given_up_after_fifteen_attempts_and_the_next_goes_on() {
    let world = World::up().await;
    let receiver = Receiver::answering(|received, _| if received.code() == "bad" { 503 } else { 200 }).await;
    let webhook = world.webhook(&receiver.url()).await;
    let clock = Arc::new(Skipping::default());
    let settings = Settings { attempts: 15, ..production_delays() };
    let host = world.host_with("a", settings, clock.clone()).await;
    let bad = world.event("bad").await;
    world.event("good").await;
    assert_eq!(receiver.wait_for_code("good").await.len(), 16);
    let pauses: Vec<u64> = clock.pauses.lock().unwrap().iter().map(Duration::as_secs).collect();
    assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300, 300]);
    let dead = world.dead(&webhook).await;
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (dead[0].event_id.clone(), dead[0].attempts, dead[0].status),
        (bad.to_string(), 15, Some(503))
    );
    assert_eq!(dead[0].reason, "the receiver answered 503");
    assert!(dead[0].pointer.starts_with("acme main auth.code "));
    let counts = host.until("the good one", |c| c.delivered == 1).await;
    assert_eq!((counts.failed, counts.dead), (15, 1));
}

#[tokio::test]
async fn a_mended_url_is_tried_at_once() {
    let world = World::up().await;
    let broken = Receiver::answering(|_, _| 500).await;
    let mut webhook = world.webhook(&broken.url()).await;
    let settings = Settings { attempts: 15, ..production_delays() };
    let _host = world
        .host_with("a", Settings { first_delay: Duration::from_secs(600), ..settings }, real_clock())
        .await;
    world.event("1").await;
    eventually("a failure", async || world.place(&webhook, "attempt").await.filter(|n| n == "1")).await;
    let mended = Receiver::start().await;
    webhook.url = mended.url();
    world.save(&crate::world::acme(), &webhook).await;
    assert_eq!(mended.wait_for_code("1").await, ["1"]);
}

#[tokio::test]
async fn a_receiver_that_answers_too_late_is_tried_again() {
    let world = World::up().await;
    let receiver = Receiver::hanging().await;
    world.webhook(&receiver.url()).await;
    let settings = Settings { timeout: Duration::from_millis(60), attempts: 1000, ..World::settings() };
    let host = world.host_with("a", settings, real_clock()).await;
    world.event("1").await;
    receiver.wait_for(3).await;
    receiver.open();
    host.until("the delivery", |c| c.delivered == 1 && c.failed >= 2).await;
    assert!(receiver.codes().iter().all(|code| code == "1"));
}

fn real_clock() -> Arc<dyn Clock> {
    Arc::new(edgewire_delivery::SystemClock)
}

fn production_delays() -> Settings {
    let Settings { first_delay, max_delay, .. } = Settings::default();
    Settings { first_delay, max_delay, ..World::settings() }
}
