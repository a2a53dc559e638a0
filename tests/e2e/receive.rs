//! A text on its way in, and those who read of it.
//!
//! * this file: one text, one reader; [`reconnects`]: one that comes and goes; [`slow`]: one that does not read, or was away
//!   for too long; [`readers`]: a thousand.

mod feed;
pub mod readers;
pub mod reconnects;
pub mod slow;

use std::sync::Arc;

use harness::{Peer, Session, World, wait_until};
use serde_json::{Value, json};

use crate::contact::events_of;

pub async fn a_text_becomes_an_event_and_can_be_replayed(world: Arc<World>) {
    let us = world.organization("receive");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bob Receiver").await;
    let query = format!("?session={}&events=message", session.id);
    let mut live = us.events(&query).await;
    let first = bob.writes(&session.phone, "Grüße 👋").await;
    let second = bob.writes(&session.phone, "and again").await;

    let event = live.next("message", |p| p["message_id"] == first.as_str()).await;
    assert_eq!((&event["session"], &event["organization"]), (&json!(session.id), &json!(us.id)));
    assert!(event["id"].as_str().is_some_and(|id| id.starts_with("evt_")), "{event}");
    let payload = &event["payload"];
    assert_eq!((&payload["type"], &payload["text"]), (&json!("text"), &json!("Grüße 👋")), "{payload}");
    assert_eq!(payload["from_phone"], bob.phone.as_str(), "{payload}");
    assert_eq!((&payload["from_me"], &payload["is_group"]), (&json!(false), &json!(false)));
    assert_eq!(payload["push_name"], "Bob Receiver", "{payload}");
    live.next("message", |p| p["message_id"] == second.as_str()).await;

    // From the beginning both are there, in order; from the first one's id only the second is.
    let mut all = us.events(&format!("{query}&since=0")).await;
    let again = all.next("message", |_| true).await;
    assert_eq!(again, event);
    let id = event["id"].as_str().expect("an id");
    let mut rest = us.events(&format!("{query}&since={id}")).await;
    assert_eq!(rest.next("message", |_| true).await["payload"]["message_id"], second.as_str());
    let request = us.get(&format!("/api/v1/events{query}")).header("last-event-id", id);
    let mut rest = harness::events::EventReader::open(request).await;
    assert_eq!(rest.next("message", |_| true).await["payload"]["message_id"], second.as_str());
    bob.leave().await;
}

pub async fn a_long_poll_gives_the_same_events(world: Arc<World>) {
    let us = world.organization("poll");
    let session = Session::pair(&us).await;
    let contact = format!("49162{:07}", world.next_number());
    let sandbox = world.sandbox();
    sandbox.contact(&contact, "Carl").await;
    let query = format!("/api/v1/events/poll?session={}&events=message&since=0", session.id);
    let waiting = us.get(&format!("{query}&wait=20")).send();
    let writing = sandbox.write(&contact, &session.phone, "hello");
    let (page, id) = futures::future::join(waiting, writing).await;
    let page = page.expect(200);
    assert_eq!(page["events"][0]["payload"]["message_id"], id.as_str(), "{page}");
    assert_eq!(page["events"].as_array().map(Vec::len), Some(1));
    let next = page["next"].as_str().expect("a cursor");
    let after = us.get(&query.replace("since=0", &format!("since={next}"))).send().await.expect(200);
    assert_eq!(after["events"], json!([]), "{after}");
}

pub async fn nobody_else_sees_an_event(world: Arc<World>) {
    let (us, others) = (world.organization("mine"), world.organization("theirs"));
    let (ours, theirs) = (Session::pair(&us).await, Session::pair(&others).await);
    let contact = format!("49163{:07}", world.next_number());
    world.sandbox().contact(&contact, "Cleo").await;
    others.get(&format!("/api/v1/events?session={}", ours.id)).send().await.expect_error(404, "not_found");
    let mut stream = others.events("?events=message&since=0").await;
    world.sandbox().write(&contact, &ours.phone, "for us").await;
    wait_for_message(&ours, "for us").await;
    // Ours has been there for a while when theirs comes: would they see ours, it came first.
    world.sandbox().write(&contact, &theirs.phone, "for them").await;
    let seen = stream.next("message", |_| true).await;
    assert_eq!(seen["payload"]["text"], "for them");
}

pub async fn a_text_that_comes_while_the_session_is_stopped_is_not_lost(world: Arc<World>) {
    let us = world.organization("offline");
    let session = Session::pair(&us).await;
    let contact = format!("49164{:07}", world.next_number());
    world.sandbox().contact(&contact, "Cora").await;
    us.post(&session.path("/disconnect")).send().await.expect(200);
    session.wait_for_status("stopped").await;
    world.sandbox().write(&contact, &session.phone, "while you were away").await;
    us.post(&session.path("/connect")).send().await.expect(200);
    wait_for_message(&session, "while you were away").await;
}

async fn wait_for_message(session: &Session, text: &str) -> Value {
    wait_until(&format!("the event of {text:?}"), || async {
        let told = events_of(session, "message").await;
        told.iter().find(|e| e["payload"]["text"] == text).cloned().ok_or_else(|| format!("{told:?}"))
    })
    .await
}
