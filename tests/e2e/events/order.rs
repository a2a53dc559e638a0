//! What the network sends twice is told once; what waited is told in its order.

use std::sync::Arc;

use harness::{World, wait_until};
use serde_json::{Value, json};

use super::scene::{Scene, Someone};
use crate::contact::all_events;

/// How many stanzas wait for the session at the network.
async fn waiting(me: &Someone) -> u64 {
    me.account().await["devices"][0]["queued"].as_u64().expect("a number")
}

pub async fn what_comes_twice_is_told_once(world: Arc<World>) {
    let mut scene = Scene::set(&world, "order-twice").await;
    let anna = scene.acquaintance("Anna").await;
    let group = scene.group(&anna, &[]).await;
    let sandbox = world.sandbox();
    let me = scene.me.clone();
    let mine = scene.session.send_text(&anna.phone, "ours").await;
    let mine = mine["waMessageId"].as_str().expect("an id").to_owned();
    anna.got(&mine).await;
    wait_until("the network to have every acknowledgement", || async {
        match waiting(&me).await {
            0 => Ok(()),
            n => Err(n.to_string()),
        }
    })
    .await;

    // From here on the network hears nothing of the session, and so no acknowledgement.
    sandbox.post("faults", json!({ "phone": me.phone, "freeze": true })).await;
    let hers = anna.writes(&me.phone, "hers").await;
    let there = anna.writes(&group, "to all").await;
    let react = anna.sends("react", json!({ "id": mine, "emoji": "👍" })).await;
    let edit = anna.sends("edit", json!({ "id": hers, "text": "hers, but better" })).await;
    let settings = json!({ "by": anna.phone, "subject": "Society", "locked": true });
    sandbox.post(&format!("groups/{group}/settings"), settings).await;
    anna.does("about", json!({ "text": "at the sea" })).await;
    anna.does("picture", json!({ "base64": "aGVsbG8=" })).await;
    me.does("block", json!({ "who": anna.phone, "on": false })).await;
    let call = anna.does("call", json!({ "to": me.phone })).await["call_id"].clone();

    // What each of them says, as far as it is told apart by that.
    let is = |kind: &'static str, field: &'static str, value: Value| (kind, field, value);
    let all = [
        is("message", "message_id", json!(hers)),
        is("message", "message_id", json!(there)),
        is("message.reaction", "message_id", json!(react)),
        is("message.edited", "message_id", json!(edit)),
        is("group.update", "change", json!("subject")),
        is("group.update", "change", json!("locked")),
        is("contact.update", "change", json!("about")),
        is("contact.update", "change", json!("picture")),
        is("contact.update", "change", json!("unblocked")),
        is("call.incoming", "call_id", call),
    ];
    let count = |events: &[Value], (kind, field, value): &(&str, &str, Value)| {
        events.iter().filter(|e| e["event"] == *kind && e["payload"][field] == *value).count()
    };
    wait_until("every event once", || async {
        let events = all_events(&scene.session).await;
        let missing: Vec<_> = all.iter().filter(|one| count(&events, one) == 0).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?}")) }
    })
    .await;
    let unheard = waiting(&me).await;
    assert!(unheard >= all.len() as u64, "the network is to send all of it again: {unheard}");

    sandbox.post("sockets/drop", json!({ "phone": me.phone })).await;
    sandbox.post("faults", json!({ "phone": me.phone, "freeze": false })).await;
    wait_until("the network to have every acknowledgement", || async {
        match waiting(&me).await {
            0 => Ok(()),
            n => Err(n.to_string()),
        }
    })
    .await;
    let sent = sandbox.get(&format!("messages?id={hers}")).await;
    let devices = sent[0]["devices"].as_object().expect("devices");
    let times: Vec<u64> = devices.values().filter_map(|device| device["sent"].as_u64()).collect();
    assert!(times.contains(&2), "it was sent again: {sent}");

    // Whatever the second delivery made came before this.
    let after = anna.writes(&me.phone, "that was all").await;
    scene.said("message", &after).await;
    let events = all_events(&scene.session).await;
    for one in &all {
        // That a call which rang was missed is news, told once.
        assert_eq!(count(&events, one) - usize::from(missed(&events, one)), 1, "{one:?} in {events:#?}");
    }
}

/// Whether `one` is the call, and it was told that it was missed.
fn missed(events: &[Value], one: &(&str, &str, Value)) -> bool {
    let missed = |e: &Value| {
        e["event"] == "call.incoming"
            && e["payload"]["status"] == "missed"
            && e["payload"]["call_id"] == one.2
    };
    one.0 == "call.incoming" && events.iter().filter(|e| missed(e)).count() == 1
}

pub async fn what_waited_is_told_in_its_order(world: Arc<World>) {
    let mut scene = Scene::set(&world, "order-waited").await;
    let (anna, bert) = (scene.contact("Anna").await, scene.contact("Bert").await);
    let group = scene.group(&anna, &[&bert]).await;
    let me = scene.me.clone();
    let before = anna.writes(&me.phone, "before").await;
    assert_eq!(scene.said("message", &before).await["offline"], false);
    scene.us.post(&scene.session.path("/disconnect")).send().await.expect(200);
    scene.session.wait_for_status("stopped").await;

    let mut told = Vec::new();
    for (to, other) in [(&me.phone, &anna), (&group, &bert)] {
        let mut chat = Vec::new();
        for n in 0..3 {
            let id = anna.writes(to, &format!("teh {n}")).await;
            let edit = anna.sends("edit", json!({ "id": id, "text": format!("the {n}") })).await;
            if *to == group {
                other.got(&id).await;
            }
            let react = other.sends("react", json!({ "id": id, "emoji": "👍" })).await;
            let poll = anna.sends("poll", json!({ "to": to, "name": "?", "options": ["a", "b"] })).await;
            let vote = anna.sends("vote", json!({ "id": poll, "options": ["b"] })).await;
            let revoke = anna.sends("revoke", json!({ "id": id })).await;
            chat.extend([
                ("message", id),
                ("message.edited", edit),
                ("message.reaction", react),
                ("message", poll),
                ("poll.vote", vote),
                ("message.revoked", revoke),
            ]);
        }
        told.push(chat);
    }
    let body = json!({ "by": anna.phone, "subject": "Society" });
    world.sandbox().post(&format!("groups/{group}/settings"), body).await;
    scene.us.post(&scene.session.path("/connect")).send().await.expect(200);

    let subject = |p: &Value| p["change"] == "subject" && p["subject"] == "Society";
    for chat in &told {
        // Chats have no order among themselves, nor do stanzas of other kinds.
        let path = format!("?session={}&since=0", scene.session.id);
        let mut events = scene.us.events(&path).await;
        for (kind, id) in chat {
            let event = events.next(kind, |p| p["message_id"] == id.as_str()).await;
            if *kind == "message" {
                assert_eq!(event["payload"]["offline"], true, "{event}");
            }
            if *kind == "poll.vote" {
                assert_eq!(event["payload"]["options"], json!(["b"]), "{event}");
            }
        }
    }
    scene.told("group.update", subject).await;
}
