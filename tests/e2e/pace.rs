//! Budgets, and messages that wait for their time.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use edgewire_contract::command::Command;
use edgewire_contract::ids::CommandId;
use edgewire_contract::keys;
use futures::future::join_all;
use harness::{Organization, Session, World, wait_until};
use http::Method;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::contact::Contact;

const DAY: i64 = 24 * 3_600_000;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(now.as_millis()).expect("a time")
}

async fn texts(contact: &Contact) -> Vec<String> {
    let received = contact.world.sandbox().get(&format!("accounts/{}/received", contact.phone)).await;
    let messages = received.as_array().into_iter().flatten();
    messages.map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn has(contact: &Contact, wanted: &[&str]) {
    wait_until(&format!("{wanted:?}"), || async {
        let texts = texts(contact).await;
        if texts == wanted { Ok(()) } else { Err(format!("{texts:?}")) }
    })
    .await;
}

async fn listed(us: &Organization, session: &Session) -> Vec<String> {
    let page = us.get(&session.path("/scheduled")).send().await.expect(200);
    let items = page["data"].as_array().expect("a list").iter();
    items.map(|it| it["outboxId"].as_str().expect("an id").to_owned()).collect()
}

pub async fn a_message_goes_out_at_its_time(world: Arc<World>) {
    let us = world.organization("later");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let send = async |text: &str, at: i64| {
        let body = json!({ "to": ada.phone, "type": "text", "text": text, "sendAt": at });
        us.post(&session.path("/messages"))
            .header("idempotency-key", text)
            .json(&body)
            .send()
            .await
            .expect(202)
    };
    let soon_at = now() + 4_000;
    let later = send("later", now() + DAY).await;
    let soon = send("soon", soon_at).await;
    assert_eq!((&soon["status"], &soon["sendAt"]), (&json!("queued"), &json!(soon_at)));
    let again = send("soon", soon_at).await;
    assert_eq!((&again["outboxId"], &again["replayed"]), (&soon["outboxId"], &json!(true)));
    let id = |it: &Value| it["outboxId"].as_str().expect("an id").to_owned();
    assert_eq!(listed(&us, &session).await, [id(&soon), id(&later)]);
    // Others of the chat do not wait for it.
    session.send_text(&ada.phone, "at once").await;
    has(&ada, &["at once", "soon"]).await;
    assert!(now() >= soon_at, "not before its time");
    let outbox = format!("/api/v1/outbox/{}", id(&soon));
    let sent = wait_until("the message to be sent", || async {
        let outcome = us.get(&outbox).send().await.expect(200);
        if outcome["status"] == "sent" { Ok(outcome) } else { Err(outcome.to_string()) }
    })
    .await;
    assert!(sent["timestamp"].as_i64().expect("a time") >= soon_at / 1000 * 1000, "{sent}");
    us.delete(&outbox).send().await.expect_error(409, "conflict");
    assert_eq!(listed(&us, &session).await, [id(&later)]);
    has(&ada, &["at once", "soon"]).await;
}

/// The key of the file that a scheduled command owns.
async fn blob_of(redis: &mut impl redis::AsyncCommands, command: &str) -> String {
    let shard = CommandId::parse(command).expect("an id").shard();
    let text: String = redis.hget(keys::scheduled(shard), command).await.expect("it is scheduled");
    let command: Command = serde_json::from_str(&text).expect("a command");
    keys::blob(shard, &command.action.blob().expect("it has a file").blob)
}

pub async fn a_scheduled_message_is_taken_back_with_its_file(world: Arc<World>) {
    let us = world.organization("cancel");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let mut events = us.events(&format!("?session={}", session.id)).await;
    let media = json!({ "data": "AAAAAAAA", "filename": "a.bin" });
    let body = json!({ "to": ada.phone, "type": "document", "media": media, "sendAt": now() + DAY });
    let accepted = us.post(&session.path("/messages")).json(&body).send().await.expect(202);
    let queued = events.next("message.status", |_| true).await;
    assert_eq!(queued["payload"]["status"], "queued");
    let mut redis = world.redis().await;
    let blob = blob_of(&mut redis, accepted["outboxId"].as_str().expect("an id")).await;
    assert!(redis.exists::<_, bool>(&blob).await.expect("Redis answers"), "its file waits with it");
    let outbox = format!("/api/v1/outbox/{}", accepted["outboxId"].as_str().expect("an id"));
    for _ in 0..2 {
        let cancelled = us.delete(&outbox).send().await.expect(200);
        assert_eq!(
            (&cancelled["status"], &cancelled["error"]["code"]),
            (&json!("failed"), &json!("cancelled"))
        );
    }
    let failed = events.next("message.status", |_| true).await;
    assert_eq!(failed["payload"]["error"]["code"], "cancelled");
    assert_eq!(failed["payload"]["message_id"], accepted["waMessageId"]);
    assert!(listed(&us, &session).await.is_empty());
    assert!(!redis.exists::<_, bool>(&blob).await.expect("Redis answers"), "its file is gone");
    let message = format!("/messages/{}", accepted["waMessageId"].as_str().expect("an id"));
    let kept = us.get(&session.path(&message)).send().await.expect(200);
    assert_eq!(kept["message"]["status"], "failed", "{kept}");

    // The other family's.
    let at = "2098-12-31T23:59:59Z";
    let text = json!({ "number": ada.phone, "text": "never", "send_at": at, "device_id": session.id });
    let job = us.post("/send/text").bearer(&us.user_token).json(&text).send().await.expect(202);
    assert_eq!(job["send_at"], at);
    let path = format!("/jobs/{}", job["job_id"].as_str().expect("an id"));
    let cancelled = us.delete(&path).bearer(&us.user_token).send().await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    let told = us.get(&path).bearer(&us.user_token).send().await.expect(200);
    assert_eq!((&told["success"], &told["error_code"]), (&json!(false), &json!("CANCELLED")));
    assert!(texts(&ada).await.is_empty());
}

pub async fn over_its_budget_who_waits_is_refused_and_what_does_not_waits(world: Arc<World>) {
    let us = world.organization("budget");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    let rate = async |rate: Value| {
        let change = us.request(Method::PATCH, &session.path("")).json(&json!({ "rate": rate }));
        change.send().await.expect(200)
    };
    assert_eq!(rate(json!({ "per_minute": 3 })).await["rate"], json!({ "per_minute": 3 }));
    let send = async |text: &str, query: &str| {
        let body = json!({ "to": ada.phone, "type": "text", "text": text });
        let path = session.path(&format!("/messages{query}"));
        us.post(&path).header("idempotency-key", text).json(&body).send().await
    };
    let names: Vec<String> = (0..10).map(|n| format!("sync-{n}")).collect();
    let replies = join_all(names.iter().map(|name| send(name, ""))).await;
    let answers: Vec<_> = replies.iter().map(|reply| reply.text()).collect();
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 3, "{answers:#?}");
    let refused: Vec<_> = replies.iter().zip(&names).filter(|(reply, _)| reply.status != 200).collect();
    for (reply, _) in &refused {
        let error = reply.expect_error(429, "rate_limited");
        assert_eq!(error["details"]["limit"], "per_minute");
        let seconds = reply.headers["retry-after"].to_str().expect("text").parse::<u64>().expect("seconds");
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert_eq!(error["details"]["retryAfterSeconds"], seconds);
    }
    let accepted = send("async", "?async=true").await.expect(202);
    let outbox = format!("/api/v1/outbox/{}", accepted["outboxId"].as_str().expect("an id"));
    // Receipts cost nothing, and what is behind in the queue shows that the host has looked at what is before it.
    let read = json!({ "chat_jid": session.phone, "message_ids": ["3EB0AA"] });
    us.post(&session.path("/messages/read")).json(&read).send().await.expect(200);
    assert_eq!(us.get(&outbox).send().await.expect(200)["status"], "queued");
    assert_eq!(texts(&ada).await.len(), 3);

    rate(json!({})).await;
    wait_until("what waited to be sent", || async {
        let outcome = us.get(&outbox).send().await.expect(200);
        if outcome["status"] == "sent" { Ok(()) } else { Err(outcome.to_string()) }
    })
    .await;
    // The same request may come again under its key.
    let (_, name) = refused[0];
    assert_eq!(send(name, "").await.expect(200)["replayed"], false);
    let texts = texts(&ada).await;
    assert_eq!(texts[3..], ["async", name]);
}

/// What was due while nobody ran goes out when somebody does, once.
pub async fn what_is_due_while_no_host_runs_goes_out_then() {
    let world = World::up().await;
    let us = world.organization("due");
    let session = Session::pair(&us).await;
    let ada = Contact::new(&world, "Ada").await;
    world.kill_host(0);
    let at = now() + 4_000;
    for (text, at) in [("third", at + 2), ("first", at), ("second", at + 1)] {
        let body = json!({ "to": ada.phone, "type": "text", "text": text, "sendAt": at });
        us.post(&session.path("/messages")).json(&body).send().await.expect(202);
    }
    assert_eq!(listed(&us, &session).await.len(), 3);
    wait_until("its time", || async { if now() > at + 2 { Ok(()) } else { Err("not yet".to_owned()) } })
        .await;
    world.start_host(0);
    has(&ada, &["first", "second", "third"]).await;
    assert!(listed(&us, &session).await.is_empty());
}
