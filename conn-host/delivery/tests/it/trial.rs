//! Test deliveries.

use edgewire_contract::webhook::Cause;
use edgewire_contract::webhook::ask::Wish;
use edgewire_delivery::sign;

use crate::receiver::Receiver;
use crate::world::{World, acme};

#[tokio::test]
async fn a_test_is_answered_and_signed_and_moves_nothing() {
    let world = World::up().await;
    let receiver = Receiver::start().await;
    let webhook = world.webhook_of(&acme(), &receiver.url(), |w| w.secret = Some("s3cret".into())).await;
    let host = world.host("a").await;
    let tried = world.answer(&world.ask(&webhook, Wish::Test).await).await;
    assert_eq!((tried.delivered, tried.status, tried.reason), (true, Some(200), None));
    let received = receiver.all().pop().unwrap();
    assert_eq!(received.header("x-webhook-request-id"), tried.event_id);
    assert_eq!(received.header("x-webhook-hmac"), sign::hmac_sha512("s3cret", received.body.as_bytes()));
    assert_eq!(
        (&received.json()["event"], &received.json()["id"]),
        (&"webhook.test".into(), &tried.event_id.into())
    );
    let log = world.log(&webhook).await;
    assert_eq!((log.len(), log[0].cause, log[0].ending.as_str()), (1, Cause::Test, "delivered"));
    assert_eq!(host.counts().delivered, 0);
}

#[tokio::test]
async fn a_test_that_fails_says_why_and_is_not_tried_again() {
    let world = World::up().await;
    let receiver = Receiver::answering(|_, _| 500).await;
    let failing = world.webhook_of(&acme(), &receiver.url(), |w| w.active = false).await;
    let private = world.webhook("http://10.0.0.1/hook").await;
    let host = world.host("a").await;
    let tried = world.answer(&world.ask(&failing, Wish::Test).await).await;
    assert_eq!((tried.delivered, tried.status), (false, Some(500)));
    assert_eq!(tried.reason.unwrap(), "the receiver answered 500");
    let tried = world.answer(&world.ask(&private, Wish::Test).await).await;
    assert_eq!((tried.delivered, tried.status), (false, None));
    assert_eq!(tried.reason.unwrap(), "refused: the host's address is not public (private)");
    assert_eq!((receiver.all().len(), world.dead(&failing).await.len()), (1, 0));
    assert_eq!(host.counts().dead, 0);
}

#[tokio::test]
async fn a_test_of_a_hanging_receiver_ends_while_somebody_waits() {
    let world = World::up().await;
    let receiver = Receiver::hanging().await;
    let webhook = world.webhook_of(&acme(), &receiver.url(), |w| w.timeout_seconds = Some(1)).await;
    let host = world.host("a").await;
    let tried = world.answer(&world.ask(&webhook, Wish::Test).await).await;
    assert_eq!((tried.delivered, tried.reason.as_deref()), (false, Some("the answer took too long")));
    assert!(tried.latency_ms >= 900, "{tried:?}");
    drop(host);
}
