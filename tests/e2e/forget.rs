//! What a deleted session leaves behind: nothing but what ends by itself soon.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::world::Redis;
use harness::{Organization, Session, WebhookSink, World, wait_until};
use http::Method;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::contact::{Contact, does_until, settled};

/// The kinds of the keys of a session that has done everything.
const ALL: [&str; 19] = [
    "alias", "archived", "blocked", "chat", "chats", "dev", "ev", "history", "log", "media", "met", "msg",
    "names", "schedule", "seen", "session", "spent", "unread", "watched",
];

/// What may remain of it, with a TTL: marks of what came in; requests for older messages; messages that never entered a chat.
const REMAINS: [&str; 3] = ["seen", "history", "msg"];

pub async fn a_deleted_session_leaves_no_key(world: Arc<World>) {
    let us = world.organization("forget");
    let (session, other) = (Session::pair(&us).await, Session::pair(&us).await);
    let sink = WebhookSink::open().await;
    let (hook, failed) = fill(&us, &session, &sink).await;
    fill(&us, &other, &sink).await;
    filled(&world, &other).await;
    let entries = filled(&world, &session).await;
    assert!(entries.len() >= 5, "indexes of sessions, files, webhooks: {entries:?}");

    us.delete(&session.path("")).send().await.expect(200);
    let mut redis = world.redis().await;
    let (keys, entries) = traces(&mut redis, &session.id).await;
    assert_eq!(entries, Vec::<String>::new());
    for key in &keys {
        assert!(REMAINS.contains(&kind(key).as_str()), "{key} is left");
        let ttl: i64 = redis.ttl(key).await.expect("Redis answers");
        assert!((1..=7 * 24 * 3600).contains(&ttl), "{key} lives for {ttl} s");
    }
    let left =
        keys.iter().filter(|key| kind(key) == "msg").map(|key| key.rsplit(':').next().unwrap_or_default());
    assert_eq!(left.collect::<Vec<_>>(), [failed], "of messages, only that which was refused");
    let hooks = all_keys(&mut redis).await.into_iter().filter(|key| key.contains(&hook));
    assert_eq!(hooks.collect::<Vec<_>>(), Vec::<String>::new());

    // The other one has all of its own.
    let (keys, _) = traces(&mut redis, &other.id).await;
    assert_eq!(kinds(&keys), ALL);
    assert_eq!(us.get(&other.path("/webhooks")).send().await.expect(200)["total"], 1);
    let listed = us.get("/api/v1/sessions").send().await.expect(200);
    assert!(!listed.to_string().contains(&format!("\"{}\"", session.id)), "{listed}");
}

/// Does all with the session that leaves something behind. Gives its webhook, and a message that was refused.
pub async fn fill(us: &Organization, session: &Session, sink: &WebhookSink) -> (String, String) {
    let world = &us.world;
    let ada = Contact::new(world, "Ada").await;
    let group = ada.makes_group("Club", &[&session.phone]).await;
    let mut events = us.events(&format!("?session={}", session.id)).await;
    let hook = us.post(&session.path("/webhooks")).json(&json!({ "url": sink.url })).send().await.expect(201);
    let hook = hook["id"].as_str().expect("an id").to_owned();

    let rate = json!({ "rate": { "per_hour": 1000, "new_contacts_per_day": 1000 } });
    us.request(Method::PATCH, &session.path("")).json(&rate).send().await.expect(200);
    let later = json!({ "to": ada.phone, "type": "text", "text": "later", "sendAt": "2098-12-31T23:59:59Z" });
    us.post(&session.path("/messages")).json(&later).send().await.expect(202);
    for to in [&ada.phone, &ada.lid, &group] {
        session.send_text(to, "hello").await;
    }
    let nack = json!({ "phone": session.phone, "nack": { "error": 463, "count": 1 } });
    world.sandbox().post("faults", nack).await;
    let body = json!({ "to": ada.phone, "type": "text", "text": "no" });
    us.post(&session.path("/messages")).json(&body).send().await.expect(422);
    let failed = events.next("message.status", |p| p["status"] == "failed").await;
    let failed = failed["payload"]["message_id"].as_str().expect("an id").to_owned();

    let media = json!({
        "kind": "document", "base64": BASE64_STANDARD.encode([7; 5_000]), "mimetype": "application/pdf",
        "file_name": "a.pdf",
    });
    let file = ada.sends(json!({ "to": session.phone, "media": media, "addressing": "lid" })).await;
    ada.writes(&group, "hello").await;
    let last = ada.sends(json!({ "to": session.phone, "text": "again", "trouble": "broken" })).await;
    let came = events.next("message", |p| p["message_id"] == last.as_str()).await["payload"].clone();
    assert_eq!(us.get(&session.path(&format!("/messages/{file}/media"))).send().await.status, 200);

    let request = json!({
        "chat_jid": ada.jid, "last_message_id": last, "last_message_timestamp": came["timestamp"],
        "device_id": session.id,
    });
    us.post("/messages/history/request").bearer(&us.user_token).json(&request).send().await.expect(200);
    events.next("history.sync", |_| true).await;
    us.post(&session.path(&format!("/presence/{}/subscribe", ada.jid))).send().await.expect(200);

    // The group's message stays unread.
    let read = json!({ "chat_jid": ada.phone, "message_ids": [last] });
    us.post(&session.path("/messages/read")).json(&read).send().await.expect(200);
    let archive = json!({ "action": "archive", "chat": ada.phone, "on": true });
    does_until(session, &archive, || async {
        let chats = us.get(&session.path("/chats")).send().await.expect(200);
        let hers = |chat: &&Value| chat["chat"] == ada.jid.as_str();
        let chat = chats["data"].as_array().into_iter().flatten().find(hers);
        let is = chat.is_some_and(|chat| chat["unread"] == 0 && chat["archived"] == true);
        if is { Ok(()) } else { Err(chats.to_string()) }
    })
    .await;
    settled(session).await;
    let delivered = |d: &harness::sink::Delivery| d.event["payload"]["message_id"] == last.as_str();
    sink.wait("the message at the webhook", delivered).await;
    (hook, failed)
}

/// Waits until the session has left all traces that there are: whom the account blocks is read in the background. Gives
/// what collections hold of it.
async fn filled(world: &World, session: &Session) -> Vec<String> {
    wait_until("all traces that there are", || async {
        let (keys, entries) = traces(&mut world.redis().await, &session.id).await;
        let kinds = kinds(&keys);
        if kinds == ALL { Ok(entries) } else { Err(format!("{kinds:?}")) }
    })
    .await
}

/// The kinds of keys, each once.
fn kinds(keys: &[String]) -> Vec<String> {
    let mut kinds: Vec<String> = keys.iter().map(|key| kind(key)).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// The kind of a key: what stands behind its hash tag.
fn kind(key: &str) -> String {
    key.split(':').nth(2).unwrap_or_default().to_owned()
}

async fn all_keys(redis: &mut Redis) -> Vec<String> {
    redis.keys("*").await.expect("Redis answers")
}

/// The keys that are the session's by their name; and what collections hold of it, by a name or as whose it is. Streams are
/// left out: what they tell of a session that is gone ends by its age.
async fn traces(redis: &mut Redis, session: &str) -> (Vec<String>, Vec<String>) {
    let (mut own, mut entries) = (Vec::new(), Vec::new());
    let names = |text: &str| text.split(':').any(|part| part == session) || of(text) == Some(session.into());
    let mut keys = all_keys(redis).await;
    keys.sort();
    for key in keys {
        if key.split(':').any(|part| part == session) {
            own.push(key);
            continue;
        }
        let stored: String = redis::cmd("TYPE").arg(&key).query_async(redis).await.expect("Redis answers");
        let read = match stored.as_str() {
            "hash" => "HGETALL",
            "set" => "SMEMBERS",
            "zset" => "ZRANGE",
            _ => continue,
        };
        let mut read = redis::cmd(read);
        read.arg(&key);
        if stored == "zset" {
            read.arg(0).arg(-1);
        }
        let members: Vec<Vec<u8>> = read.query_async(redis).await.expect("Redis answers");
        let texts = members.iter().map(|member| String::from_utf8_lossy(member).into_owned());
        entries.extend(texts.filter(|text| names(text)).map(|text| format!("{key} has {text}")));
    }
    (own, entries)
}

/// Whose a record is.
fn of(json: &str) -> Option<String> {
    let record: Value = serde_json::from_str(json).ok()?;
    let whose = record.get("session_id").or_else(|| record.get("session"))?;
    whose.as_str().map(str::to_owned)
}
