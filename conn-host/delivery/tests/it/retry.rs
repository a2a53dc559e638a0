//! Receivers that fail: when an event is tried again, and when it is given up.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use edgewire_contract::webhook::Retry;
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
    let failed = async || world.marks(&webhook).await.pop().filter(|(_, mark)| mark.starts_with("1 "));
    eventually("a failure", failed).await;
    let mended = Receiver::start().await;
    webhook.url = mended.url();
    world.save(&crate::world::acme(), &webhook).await;
    assert_eq!(mended.wait_for_code("1").await, ["1"]);
}

#[tokio::test]
async fn a_receiver_that_answers_too_late_is_tried_again() {
    let world = World::up().await;
    let receiver = Receiver::hanging().await;
    let webhook = world.webhook(&receiver.url()).await;
    let settings = Settings { timeout: Duration::from_millis(60), attempts: 1000, ..World::settings() };
    let host = world.host_with("a", settings, real_clock()).await;
    world.event("1").await;
    receiver.wait_for(3).await;
    receiver.open();
    host.until("the delivery", |c| c.delivered == 1 && c.failed >= 2).await;
    let received = receiver.all();
    let id = |r: &crate::receiver::Received| r.header("x-webhook-request-id").to_owned();
    assert!(
        received.iter().all(|r| r.code() == "1" && id(r) == id(&received[0])),
        "each the same, under one id"
    );
    let log = world.log(&webhook).await;
    assert_eq!((log[0].reason.as_deref(), log[0].status), (Some("the answer took too long"), None));
}

#[tokio::test]
async fn a_webhook_says_how_often_and_how_soon() {
    let world = World::up().await;
    let receiver = Receiver::answering(|_, _| 500).await;
    let retry = Some(Retry { attempts: 4, delay_seconds: 7 });
    let webhook = world.webhook_of(&crate::world::acme(), &receiver.url(), |w| w.retry = retry).await;
    let clock = Arc::new(Skipping::default());
    let host = world.host_with("a", production_delays(), clock.clone()).await;
    world.event("1").await;
    host.until("the dead letter", |c| c.dead == 1).await;
    let pauses: Vec<u64> = clock.pauses.lock().unwrap().iter().map(Duration::as_secs).collect();
    assert_eq!(pauses, [7, 14, 28]);
    let log = world.log(&webhook).await;
    let told: Vec<_> = log.iter().map(|d| (d.attempt, d.ending.as_str(), d.status)).collect();
    let failed = |n| (n, "failed", Some(500));
    assert_eq!(told, [failed(1), failed(2), failed(3), (4, "dead", Some(500))]);
}

fn real_clock() -> Arc<dyn Clock> {
    Arc::new(edgewire_delivery::SystemClock)
}

fn production_delays() -> Settings {
    let Settings { first_delay, max_delay, .. } = Settings::default();
    Settings { first_delay, max_delay, ..World::settings() }
}
