//! What arrives, in which order, with which headers.

use edgewire_delivery::sign;

use crate::receiver::Receiver;
use crate::world::{World, acme};

#[tokio::test]
async fn events_arrive_in_order_and_signed() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let signed = |w: &mut edgewire_contract::webhook::Webhook| {
        w.secret = Some("s3cret".into());
        w.custom_headers = [("X-Tenant".to_owned(), "7".to_owned())].into();
    };
    world.webhook_of(&acme(), &receiver.url(), signed).await;
    let host = world.host("a").await;
    let mut ids = Vec::new();
    for n in 0..100 {
        ids.push(world.event(&n.to_string()).await.to_string());
    }
    let received = receiver.wait_for(100).await;
    assert_eq!(receiver.codes(), (0..100).map(|n| n.to_string()).collect::<Vec<_>>());
    for (delivery, id) in received.iter().zip(&ids) {
        assert_eq!(delivery.path, "/hook");
        assert_eq!(delivery.header("content-type"), "application/json");
        assert_eq!(delivery.header("user-agent"), "edgewire/0.1.0");
        assert_eq!(delivery.header("x-tenant"), "7");
        assert_eq!(delivery.header("x-webhook-request-id"), id);
        assert!(delivery.body.starts_with(&format!(r#"{{"schema":"v1","id":"{id}","event":"auth.code","#)));
        assert_eq!(delivery.json()["organization"], "acme");
        let timestamp: i64 = delivery.header("x-webhook-timestamp").parse().unwrap();
        let body = delivery.body.as_bytes();
        assert_eq!(delivery.header("x-webhook-hmac-algorithm"), "sha512");
        assert_eq!(delivery.header("x-webhook-hmac"), sign::hmac_sha512("s3cret", body));
        assert_eq!(delivery.header("x-webhook-signature"), sign::signature("s3cret", timestamp, body));
    }
    let counts = host.until("the counters", |c| c.delivered == 100).await;
    assert_eq!((counts.failed, counts.dead, counts.webhooks, counts.organizations), (0, 0, 1, 1));
}

#[tokio::test]
async fn a_webhook_gets_what_it_asked_for() {
    let world = World::up().await;
    let (everything, codes, of_shop) =
        (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    world.webhook(&everything.url()).await;
    world.webhook_of(&acme(), &codes.url(), |w| w.events = vec!["auth.code".into(), "message".into()]).await;
    let shop = edgewire_contract::ids::SessionId::parse("shop").unwrap();
    world.webhook_of(&acme(), &of_shop.url(), |w| w.session_id = Some(shop.clone())).await;
    let asleep = Receiver::start().await;
    world.webhook_of(&acme(), &asleep.url(), |w| w.active = false).await;
    let _host = world.host("a").await;
    world.code_of("main", "1").await;
    world.qr_of("main").await;
    world.qr_of("shop").await;
    world.code_of("shop", "2").await;
    assert_eq!(everything.wait_for_code("2").await, ["1", "2@x", "2@x", "2"]);
    assert_eq!(codes.wait_for_code("2").await, ["1", "2"]);
    assert_eq!(of_shop.wait_for_code("2").await, ["2@x", "2"]);
    assert_eq!(asleep.codes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_new_webhook_starts_at_its_creation() {
    let world = World::up().await;
    let first = Receiver::start().await;
    world.webhook(&first.url()).await;
    let host = world.host("a").await;
    world.event("before").await;
    first.wait_for_code("before").await;
    let second = Receiver::start().await;
    let ahead = |w: &mut edgewire_contract::webhook::Webhook| w.created_at += 3_600_000;
    let third = Receiver::start().await;
    world.webhook(&second.url()).await;
    world.webhook_of(&acme(), &third.url(), ahead).await;
    world.event("between").await; // before the host has seen the webhook
    host.until("the new webhooks", |c| c.webhooks == 3).await;
    world.event("after").await;
    assert_eq!(second.wait_for_code("after").await, ["between", "after"]);
    // A handler whose clock is wrong costs no events from then on that the host knows the webhook.
    assert!(third.wait_for_code("after").await.ends_with(&["after".to_owned()]));
}

#[tokio::test]
async fn a_hanging_receiver_delays_nobody_else() {
    let world = World::up().await;
    let (hanging, healthy) = (Receiver::hanging().await, Receiver::start().await);
    world.webhook(&hanging.url()).await;
    world.webhook(&healthy.url()).await;
    let _host = world.host("a").await;
    for n in 0..50 {
        world.event(&n.to_string()).await;
    }
    healthy.wait_for(50).await;
    assert!(hanging.all().len() <= 1);
    hanging.open();
    hanging.wait_for(50).await;
    assert_eq!(hanging.codes(), healthy.codes());
}
