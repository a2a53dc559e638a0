//! A webhook that is further behind than its organization's feed goes back is told so.

use edgewire_contract::{keys, script};

use crate::receiver::Receiver;
use crate::world::{World, acme};

#[tokio::test]
async fn what_the_feed_dropped_is_one_dead_letter() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let webhook = world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    world.event("1").await;
    host.until("the first", |c| c.delivered == 1).await;
    host.drain().await;

    // Nobody delivers, while more comes than the feed keeps.
    world.event("2").await;
    let last_gone = world.event("3").await;
    world.event("4").await;
    let feed = [keys::feed(&acme()), keys::relayed(&acme())];
    world.redis.run(&script::RELAY, &feed, &["0", "1", ""]).await.unwrap();

    let host = world.host("b").await;
    let counts = host.until("the rest", |c| c.delivered == 1 && c.dead == 1).await;
    assert_eq!((counts.missing, receiver.codes()), (1, vec!["1".to_owned(), "4".to_owned()]));
    let dead = world.dead(&webhook).await;
    assert_eq!((dead.len(), &dead[0].event_id), (1, &last_gone.to_string()));
    assert!(dead[0].reason.contains("were dropped before their turn"), "{}", dead[0].reason);
    host.drain().await;

    // It is told once, and a webhook that is made later is told nothing.
    let young = world.webhook(&receiver.url()).await;
    let host = world.host("c").await;
    world.event("5").await;
    host.until("both", |c| c.delivered == 2).await;
    assert_eq!((world.dead(&webhook).await.len(), world.dead(&young).await.len()), (1, 0));
}
