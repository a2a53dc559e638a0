//! Older messages, asked of the phone.

use std::sync::Arc;

use harness::events::EventReader;
use harness::{Organization, Reply, Session, World};
use serde_json::{Value, json};

use crate::contact::{Contact, all_events, settled};

/// The end of the phone's silence, so that a chat's past lies within what is kept.
const HOUR: i64 = 3600;

/// A session whose phone has a past with Ada: `count` texts ("1" is the oldest), then one that came in now.
struct Scene {
    us: Organization,
    session: Session,
    ada: Contact,
    last: Value,
}

impl Scene {
    async fn set(world: &Arc<World>, name: &str, count: i64) -> Self {
        let us = world.organization(name);
        let session = Session::pair(&us).await;
        let ada = Contact::new(world, "Ada").await;
        let lines: Vec<Value> = (1..=count)
            .map(|n| {
                let at = now() - HOUR - 60 * (count - n);
                json!({ "text": n.to_string(), "from_me": n % 2 == 0, "timestamp": at })
            })
            .collect();
        // A phone that gives little at once.
        let past = json!({ "chat": ada.phone, "messages": lines, "chunk": 5 });
        world.sandbox().post(&format!("accounts/{}/history", session.phone), past).await;
        let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
        let id = ada.writes(&session.phone, "now").await;
        let last = events.next("message", |p| p["message_id"] == id.as_str()).await["payload"].clone();
        Self { us, session, ada, last }
    }

    /// Asks for what was before `message`.
    async fn asks(&self, chat: &str, message: &Value, count: i64) -> Reply {
        let body = json!({
            "chat_jid": chat, "last_message_id": message["message_id"],
            "last_message_from_me": message["from_me"], "last_message_timestamp": message["timestamp"],
            "count": count,
        });
        self.us.post("/messages/history/request").bearer(&self.us.user_token).json(&body).send().await
    }

    /// What the phone does when it is asked.
    async fn phone(&self, conduct: &str) {
        let faults = json!({ "phone": self.session.phone, "history": conduct });
        self.us.world.sandbox().post("faults", faults).await;
    }
}

fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_secs() as i64
}

/// The texts of a piece.
fn texts(piece: &Value) -> Vec<&str> {
    let messages = piece["messages"].as_array().expect("messages");
    messages.iter().map(|message| message["text"].as_str().unwrap_or_default()).collect()
}

/// Waits for all pieces of an answer: they are numbered, and the last one says so.
async fn pieces(events: &mut EventReader, count: u32) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let piece = events.next("history.sync", |_| true).await["payload"].clone();
        assert_eq!(
            (&piece["chunk"], &piece["requested_count"]),
            (&json!(all.len() + 1), &json!(count)),
            "{piece}"
        );
        let last = piece["last"] == true;
        all.push(piece);
        if last {
            return all;
        }
    }
}

/// Asserts that the pieces have these texts, each once, of the chat with Ada; gives the oldest message.
fn gathered(ada: &Contact, pieces: &[Value], expected: impl Iterator<Item = i64>) -> Value {
    let mut messages = Vec::new();
    for piece in pieces {
        assert_eq!(piece["chat"], ada.jid.as_str(), "{piece}");
        let these = piece["messages"].as_array().expect("messages");
        assert!(these.is_sorted_by_key(|it| -at(it)), "the newest first: {piece}");
        messages.extend(these.iter().cloned());
    }
    // A phone that answers in parts may give them in any order.
    messages.sort_by_key(|it| -at(it));
    let texts: Vec<&str> = messages.iter().filter_map(|message| message["text"].as_str()).collect();
    assert_eq!(texts, expected.map(|n| n.to_string()).collect::<Vec<_>>());
    messages.pop().expect("a message")
}

fn at(message: &Value) -> i64 {
    message["timestamp"].as_i64().expect("a time")
}

pub async fn the_phones_past_comes_in_pieces(world: Arc<World>) {
    let scene = Scene::set(&world, "history", 20).await;
    let (us, session, ada) = (&scene.us, &scene.session, &scene.ada);
    let mut events = us.events(&format!("?session={}", session.id)).await;
    let told = scene.asks(&ada.jid, &scene.last, 12).await.expect(200);
    assert_eq!((&told["chat_jid"], &told["requested_count"]), (&json!(ada.jid), &json!(12)), "{told}");
    assert!(told["message"].as_str().is_some_and(|message| message.contains("history.sync")), "{told}");
    let all = pieces(&mut events, 12).await;
    assert_eq!(all.len(), 3);
    let oldest = gathered(ada, &all, (9..=20).rev());
    assert_eq!((&oldest["from_me"], &oldest["from_phone"]), (&json!(false), &json!(ada.phone)), "{oldest}");

    // From there on, by the chat's other address: there are fewer than are asked for, and then there is nothing.
    scene.asks(&ada.lid, &oldest, 50).await.expect(200);
    let all = pieces(&mut events, 50).await;
    assert_eq!(all.len(), 2);
    let oldest = gathered(ada, &all, (1..=8).rev());
    scene.asks(&ada.jid, &oldest, 1).await.expect(200);
    let piece = events.next("history.sync", |_| true).await["payload"].clone();
    assert_eq!((&piece["last"], &piece["requested_count"]), (&json!(true), &json!(1)), "{piece}");
    assert_eq!(texts(&piece), Vec::<&str>::new());

    // They are kept as the chat's, but did not come in.
    let page = us.get(&session.path(&format!("/chats/{}/messages", ada.lid))).send().await.expect(200);
    let kept: Vec<&str> = page["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|message| message["text"].as_str())
        .collect();
    let expected: Vec<String> =
        std::iter::once("now".to_owned()).chain((1..=20).rev().map(|n| n.to_string())).collect();
    assert_eq!(kept, expected);
    let messages = all_events(session).await.into_iter().filter(|it| it["event"] == "message");
    assert_eq!(messages.count(), 1);
}

pub async fn a_request_for_history_can_be_wrong(world: Arc<World>) {
    let scene = Scene::set(&world, "history-no", 1).await;
    let chat = &scene.ada.jid;
    for count in [0, 51, -1] {
        let told = scene.asks(chat, &scene.last, count).await.expect(400);
        assert_eq!(told["validation"][0]["field"], "count", "{told}");
    }
    let told = scene.asks("nobody", &json!({ "message_id": "", "timestamp": -1 }), 1).await.expect(400);
    let named: Vec<&str> = told["validation"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|field| field["field"].as_str())
        .collect();
    assert!(named.contains(&"chat_jid") && named.contains(&"last_message_id"), "{told}");

    let (us, session) = (&scene.us, &scene.session);
    us.post(&session.path("/disconnect")).send().await.expect(200);
    session.wait_for_status("stopped").await;
    let told = scene.asks(chat, &scene.last, 1).await.expect(409);
    assert_eq!(told["error_code"], "DEVICE_NOT_READY", "{told}");
    let untouched = all_events(session).await.into_iter().filter(|it| it["event"] == "history.sync");
    assert_eq!(untouched.count(), 0);
}

pub async fn a_silent_phone_is_no_error(world: Arc<World>) {
    let scene = Scene::set(&world, "history-silent", 3).await;
    let (us, session, ada) = (&scene.us, &scene.session, &scene.ada);
    let mut events = us.events(&format!("?session={}", session.id)).await;
    scene.phone("silent").await;
    scene.asks(&ada.jid, &scene.last, 2).await.expect(200);
    let id = ada.writes(&session.phone, "meanwhile").await;
    events.next("message", |p| p["message_id"] == id.as_str()).await;
    settled(session).await;
    scene.phone("answer").await;
    scene.asks(&ada.jid, &scene.last, 1).await.expect(200);
    let piece = events.next("history.sync", |_| true).await["payload"].clone();
    assert_eq!((&piece["requested_count"], texts(&piece)), (&json!(1), vec!["3"]), "the second's: {piece}");
    assert_eq!(session.status().await["status"], "connected");
}
