//! Several hosts: they share the work, and one that is gone is replaced.

use edgewire_contract::ids::OrganizationId;
use edgewire_contract::keys;

use crate::receiver::Receiver;
use crate::world::{World, acme, eventually};

#[tokio::test]
async fn one_host_delivers_and_another_takes_over() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let webhook = world.webhook(&receiver.url()).await;
    let (a, b) = (world.host("a").await, world.host("b").await);
    eventually("both hosts to be seen", async || {
        let hosts: Vec<String> =
            world.redis.query(&redis::Cmd::zrange(keys::hook_hosts(), 0, -1)).await.unwrap();
        (hosts.len() == 2 && a.counts().webhooks + b.counts().webhooks == 1).then_some(())
    })
    .await;
    for n in 0..50 {
        world.event(&n.to_string()).await;
    }
    receiver.wait_for_code("49").await;
    let all: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    assert_eq!(receiver.codes(), all, "each event came once");
    let cursor = world.place(&webhook, "cursor").await;
    eventually("the last cursor", async || {
        (a.counts().delivered + b.counts().delivered == 50 && cursor.is_some()).then_some(())
    })
    .await;

    let owner = world.lease("owner").await.unwrap();
    let epoch = world.lease("epoch").await.unwrap();
    let (owner, _other) = if owner == "a" { (a, b) } else { (b, a) };
    owner.kill().await;
    world.event("after").await;
    assert_eq!(receiver.wait_for_code("after").await.len(), 51);
    assert_ne!(world.lease("epoch").await.unwrap(), epoch);
}

#[tokio::test]
async fn organizations_are_shared_out() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    for n in 0..12 {
        let organization = OrganizationId::parse(&format!("org-{n}")).unwrap();
        world.webhook_of(&organization, &receiver.url(), |_| {}).await;
    }
    let a = world.host("a").await;
    a.until("all of them", |c| c.webhooks == 12).await;
    let b = world.host("b").await;
    eventually("a fair share", async || {
        let (a, b) = (a.counts().webhooks, b.counts().webhooks);
        (a + b == 12 && a >= 3 && b >= 3).then_some(())
    })
    .await;
    b.drain().await;
    a.until("all of them again", |c| c.webhooks == 12).await;
}

#[tokio::test]
async fn a_host_that_lost_its_lease_moves_no_cursor() {
    let world = World::up().await;
    let receiver = Receiver::hanging().await;
    let webhook = world.webhook(&receiver.url()).await;
    let host = world.host("a").await;
    world.event("1").await;
    receiver.wait_for(1).await;
    let cursor = world.place(&webhook, "cursor").await;
    let lease = keys::hooks_lease(&acme());
    let fields = [("owner", "thief"), ("epoch", "99"), ("until", "99999999999999")];
    world.redis.query::<()>(&redis::Cmd::hset_multiple(lease, &fields)).await.unwrap();
    receiver.open();
    host.until("the loss", |c| c.organizations == 0 && c.webhooks == 0).await;
    assert_eq!(world.place(&webhook, "cursor").await, cursor);
    assert_eq!(world.lease("owner").await.as_deref(), Some("thief"));
}
