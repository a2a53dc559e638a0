//! Dead letters that go again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use edgewire_contract::keys;
use edgewire_contract::webhook::Cause;
use edgewire_delivery::{Settings, SystemClock};

use crate::receiver::Receiver;
use crate::world::{World, acme, eventually};

static MENDED: AtomicBool = AtomicBool::new(false);

#[tokio::test]
async fn dead_letters_are_delivered_again_with_their_ids() {
    let world = World::up().await;
    let answer = |_: &_, _| if MENDED.load(Ordering::SeqCst) { 200 } else { 410 };
    let receiver = Receiver::answering(answer).await;
    let webhook = world.webhook(&receiver.url()).await;
    let settings = Settings { attempts: 1, breaker_after: 1000, ..World::settings() };
    let host = world.host_with("a", settings, Arc::new(SystemClock)).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(world.message("a", &n.to_string()).await.to_string());
    }
    host.until("five dead letters", |c| c.dead == 5).await;
    // While it fails they die again, and are not lost.
    assert_eq!(world.replay(&webhook, &[&ids[1], &ids[3]]).await, 2);
    host.until("two more", |c| c.dead == 7).await;
    assert_eq!(world.dead(&webhook).await.len(), 5);

    MENDED.store(true, Ordering::SeqCst);
    assert_eq!(world.replay(&webhook, &[&ids[2], "evt_nobodys"]).await, 1);
    host.until("one", |c| c.delivered == 1).await;
    let last = receiver.all().pop().unwrap();
    assert_eq!((last.code().as_str(), last.header("x-webhook-request-id")), ("2", ids[2].as_str()));
    assert_eq!(world.replay(&webhook, &[]).await, 4);
    host.until("the others", |c| c.delivered == 5).await;
    assert_eq!(world.dead(&webhook).await.len(), 0);
    let codes = receiver.codes();
    assert_eq!(codes[codes.len() - 4..], ["0", "4", "1", "3"], "in the order in which they died");
    let replayed = world.log(&webhook).await.into_iter().filter(|d| d.cause == Cause::Replay).count();
    assert_eq!(replayed, 7);
    let left: u64 =
        world.redis.query(redis::cmd("XLEN").arg(keys::hook_again(&acme(), &webhook.id))).await.unwrap();
    assert_eq!((left, world.marks(&webhook).await), (0, vec![]));
    assert_eq!(world.replay(&webhook, &[]).await, 0);
}

#[tokio::test]
async fn what_goes_again_survives_a_restart() {
    let world = World::up().await;
    let broken = Receiver::answering(|_, _| 500).await;
    let mut webhook = world.webhook(&broken.url()).await;
    let settings = Settings { attempts: 1, breaker_after: 1000, ..World::settings() };
    let host = world.host_with("a", settings.clone(), Arc::new(SystemClock)).await;
    world.event("1").await;
    host.until("a dead letter", |c| c.dead == 1).await;
    host.drain().await;
    // It is asked for while nobody delivers; the host that comes does not get it done.
    world.replay(&webhook, &[]).await;
    let slow = Settings { attempts: 9, first_delay: Duration::from_secs(600), ..settings };
    let slow = Settings { max_delay: Duration::from_secs(600), ..slow };
    let host = world.host_with("b", slow.clone(), Arc::new(SystemClock)).await;
    let marked = async || world.marks(&webhook).await.pop().filter(|(name, _)| name.starts_with("again:"));
    let (_, mark) = eventually("a failure", marked).await;
    assert!(mark.starts_with("1 "), "{mark}");
    host.kill().await;

    let mended = Receiver::start().await;
    webhook.url = mended.url();
    world.save(&acme(), &webhook).await;
    let host = world.host_with("c", slow, Arc::new(SystemClock)).await;
    // The record changed while no host was there, so that none was told to hurry: the pause still holds.
    host.until("the webhook", |c| c.webhooks == 1).await;
    webhook.secret = Some("new".into());
    world.save(&acme(), &webhook).await;
    assert_eq!(mended.wait_for_code("1").await, ["1"]);
    host.until("the end", |c| c.delivered == 1).await;
    assert_eq!(world.dead(&webhook).await.len(), 0);
}
