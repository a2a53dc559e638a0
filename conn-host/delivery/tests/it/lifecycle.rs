//! Webhooks that come and go, hosts that stop and start, a Redis that crashes.

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::keys;
use edgewire_delivery::{Settings, SystemClock};

use crate::receiver::Receiver;
use crate::world::{World, acme, eventually};

#[tokio::test]
async fn a_host_that_starts_again_goes_on_where_it_was() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    world.event("1").await;
    receiver.wait_for_code("1").await;
    host.until("the first", |c| c.delivered == 1).await;
    host.drain().await;
    assert_eq!(world.lease("owner").await.as_deref(), Some(""));
    world.event("2").await;
    world.event("3").await;
    let _host = world.host("b").await;
    assert_eq!(receiver.wait_for_code("3").await, ["1", "2", "3"]);
}

#[tokio::test]
async fn attempts_are_counted_across_a_restart() {
    let world = World::up().await;
    let receiver = Receiver::answering(|_, _| 500).await;
    let webhook = world.webhook(&receiver.url()).await;
    let slow = Settings { first_delay: Duration::from_secs(600), ..World::settings() };
    let slow = Settings { max_delay: Duration::from_secs(600), ..slow };
    let host = world.host_with("a", slow, Arc::new(SystemClock)).await;
    world.event("1").await;
    let failed = async || world.marks(&webhook).await.pop().filter(|(_, mark)| mark.starts_with("1 "));
    let (entry, _) = eventually("a failure", failed).await;
    host.drain().await;
    // The next host would wait until then: let it be now.
    world.redis.query::<()>(&redis::Cmd::hset(keys::hook(&acme(), &webhook.id), entry, "1 0")).await.unwrap();
    let host = world.host("b").await;
    host.until("the dead letter", |c| c.dead == 1).await;
    assert_eq!(world.dead(&webhook).await[0].attempts, 5);
    assert_eq!(receiver.all().len(), 5);
}

#[tokio::test]
async fn a_stopping_host_finishes_what_is_in_flight() {
    let world = World::up().await;
    let receiver = Receiver::hanging().await;
    world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    world.event("1").await;
    world.event("2").await;
    receiver.wait_for(1).await;
    host.ask_to_stop();
    receiver.open();
    host.drain().await;
    assert_eq!(receiver.codes(), ["1"]);
    let _host = world.host("b").await;
    assert_eq!(receiver.wait_for_code("2").await, ["1", "2"]);
}

#[tokio::test]
async fn a_stopping_host_does_not_wait_forever() {
    let world = World::up().await;
    let receiver = Receiver::hanging().await;
    world.webhook(&receiver.url()).await;
    let settings = Settings { drain: Duration::from_millis(50), ..World::settings() };
    let host = world.host_with("a", settings, Arc::new(SystemClock)).await;
    world.event("1").await;
    receiver.wait_for(1).await;
    host.drain().await;
    assert_eq!(world.lease("owner").await.as_deref(), Some(""));
    receiver.open();
    let _host = world.host("b").await;
    receiver.wait_for(2).await;
    assert_eq!(receiver.codes(), ["1", "1"]);
}

#[tokio::test]
async fn a_deleted_webhook_stops_and_leaves_nothing() {
    let world = World::up().await;
    let (deleted, kept) = (Receiver::answering(|_, _| 500).await, Receiver::start().await);
    let webhook = world.webhook(&deleted.url()).await;
    world.webhook(&kept.url()).await;
    let settings = Settings { attempts: 1_000_000, ..World::settings() };
    let host = world.host_with("a", settings, Arc::new(SystemClock)).await;
    world.event("1").await;
    deleted.wait_for(2).await;
    let delete = redis::Cmd::hdel(keys::webhooks(&acme()), webhook.id.as_str());
    world.redis.query::<()>(&delete).await.unwrap();
    host.until("the end of its task", |c| c.webhooks == 1).await;
    let before = deleted.all().len();
    world.event("2").await;
    kept.wait_for_code("2").await;
    assert_eq!(deleted.all().len(), before);
    assert_eq!(world.place(&webhook, "cursor").await, None);
}

#[tokio::test]
async fn organizations_without_webhooks_are_let_go() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let webhook = world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    host.until("the organization", |c| c.organizations == 1 && c.webhooks == 1).await;
    let delete = redis::Cmd::hdel(keys::webhooks(&acme()), webhook.id.as_str());
    world.redis.query::<()>(&delete).await.unwrap();
    host.until("its end", |c| c.organizations == 0).await;
    let indexed: Vec<String> =
        world.redis.query(&redis::Cmd::smembers(keys::hook_organizations())).await.unwrap();
    assert_eq!(indexed, Vec::<String>::new());
}

#[tokio::test]
async fn a_crash_of_redis_loses_no_event() {
    let mut world = World::up().await;
    let receiver = Receiver::start().await;
    world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    world.event("1").await;
    receiver.wait_for_code("1").await;
    host.until("the first", |c| c.delivered == 1).await;
    world.server.crash().await;
    world.redis = world.server.connect().await;
    world.event("2").await;
    assert_eq!(receiver.wait_for_code("2").await, ["1", "2"]);
}
