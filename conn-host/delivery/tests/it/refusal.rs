//! Targets that are refused, and events that are gone.

use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::shard::Shard;
use edgewire_delivery::{Settings, SystemClock};

use crate::receiver::Receiver;
use crate::world::{World, eventually};

#[tokio::test]
async fn a_private_address_is_refused_once_and_said() {
    let world = World::up().await;
    let webhook = world.webhook("http://192.168.0.1/hook?token=hidden").await;
    let host = world.host("a").await;
    world.event("1").await;
    let counts = host.until("the dead letter", |c| c.dead == 1).await;
    assert_eq!((counts.failed, counts.refused, counts.delivered), (1, 1, 0));
    let dead = world.dead(&webhook).await;
    assert_eq!(dead[0].reason, "refused: the host's address is not public (private)");
    assert_eq!((dead[0].attempts, dead[0].status), (1, None));
}

#[tokio::test]
async fn loopback_is_refused_unless_it_is_allowed() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let webhook = world.webhook(&receiver.url()).await;
    let settings = Settings { allow_loopback: false, ..World::settings() };
    let host = world.host_with("a", settings, std::sync::Arc::new(SystemClock)).await;
    world.event("1").await;
    host.until("the dead letter", |c| c.dead == 1 && c.refused == 1).await;
    assert_eq!(world.dead(&webhook).await[0].reason, "refused: the host's address is not public (loopback)");
    assert_eq!(receiver.codes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_is_a_failure_wherever_it_leads() {
    let world = World::up().await;
    let elsewhere = Receiver::start().await;
    for (status, to) in [
        (302, "http://192.168.0.1/"),
        (307, "http://169.254.169.254/latest/"),
        (308, elsewhere.url().as_str()),
    ] {
        let receiver = Receiver::answering(match status {
            302 => |_, _| 302,
            307 => |_, _| 307,
            _ => |_, _| 308,
        })
        .await;
        receiver.point_to(to);
        let webhook = world.webhook(&receiver.url()).await;
        let host = world.host("a").await;
        world.event("1").await;
        host.until("the dead letter", |c| c.dead == 1 && c.failed == 5).await;
        let reason = format!("the receiver answered {status}: redirects are not followed");
        assert_eq!(world.dead(&webhook).await[0].reason, reason);
        assert_eq!(receiver.all().len(), 5);
        world.forget(&webhook).await;
        host.drain().await;
    }
    assert_eq!(elsewhere.all().len(), 0, "nothing follows a redirect");
}

#[tokio::test]
async fn an_event_that_is_no_longer_kept_blocks_nothing() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let webhook = world.webhook(&receiver.url()).await;
    world.event("lost").await;
    let session = SessionId::parse("main").unwrap();
    let stream = keys::events(Shard::of(&session, 64), &session);
    world.redis.query::<()>(redis::cmd("XTRIM").arg(stream).arg("MAXLEN").arg(0)).await.unwrap();
    world.event("kept").await;
    let host = world.host("a").await;
    assert_eq!(receiver.wait_for_code("kept").await, ["kept"]);
    let dead = eventually("the dead letter", async || world.dead(&webhook).await.pop()).await;
    assert_eq!(dead.reason, "the event was no longer kept when its turn came");
    assert_eq!(host.counts().missing, 1);
}
