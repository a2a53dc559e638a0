//! A part is away. Nothing that was accepted is lost, callers are told in time, and all mends itself.

use std::time::{Duration, Instant};

use harness::{Line, Organization, Peer, Session, World, wait_until};
use serde_json::{Value, json};

use crate::presence::logins;

/// The promise for a request while Redis is away.
const TOLD_WITHIN: Duration = Duration::from_secs(2);

pub async fn redis_goes_away_and_comes_back() {
    let world = World::up().await;
    let us = world.organization("no-redis");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bob").await;
    session.send_text(&bob.phone, "before").await;
    let text = json!({ "to": bob.phone, "type": "text", "text": "meanwhile" });

    world.kill_redis();
    for (what, request) in [
        ("a read", us.get(&session.path(""))),
        ("a sync send", us.post(&session.path("/messages")).json(&text)),
        ("an async send", us.post(&session.path("/messages?async=true")).json(&text)),
        ("a new session", us.post("/api/v1/sessions").json(&json!({}))),
    ] {
        let begun = Instant::now();
        let reply = request.send().await;
        reply.expect_error(503, "gateway_unavailable");
        assert!(begun.elapsed() < TOLD_WITHIN, "{what} was told after {:?}", begun.elapsed());
        assert!(reply.headers.contains_key("retry-after"), "{what}: {:?}", reply.headers);
    }
    assert_eq!(us.get("/livez").send().await.status, 200, "edge-host itself is well");
    assert_eq!(us.get("/readyz").send().await.status, 503);

    world.start_redis();
    wait_until("the gateway to be ready again", || async {
        let reply = us.get("/readyz").send().await;
        if reply.status == 200 { Ok(()) } else { Err(reply.text()) }
    })
    .await;
    session.wait_for_status("connected").await;
    let sent = session.send_text(&bob.phone, "after").await;
    bob.hears_id(sent["waMessageId"].as_str().unwrap_or_default()).await;
    let mut events = us.events(&format!("?session={}&events=message", session.id)).await;
    bob.writes(&session.phone, "you are back").await;
    events.next("message", |p| p["text"] == "you are back").await;
    let texts: Vec<String> = bob.all_heard().into_iter().map(|h| h.text).collect();
    assert_eq!(texts, ["before", "after"], "what was refused was not sent");
    bob.leave().await;
}

/// Held by scripts whose first write takes no memory.
pub async fn redis_is_full_and_is_emptied() {
    let world = World::up().await;
    let us = world.organization("full-redis");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bob").await;
    session.send_text(&bob.phone, "before").await;
    let text = |text: &str| json!({ "to": bob.phone, "type": "text", "text": text });
    let mut redis = world.redis().await;
    let mut limit = async |bytes: &str| {
        let set = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).to_owned();
        let () = set.query_async(&mut redis).await.expect("a limit");
    };
    let mut accepted = Vec::new();
    for n in 0..20 {
        let path = session.path("/messages?async=true");
        accepted.push(us.post(&path).json(&text(&format!("accepted {n}"))).send().await.expect(202));
    }
    let connections = logins(&world, &session).await;
    limit("1").await;
    for path in ["/messages", "/messages?async=true"] {
        let reply = us.post(&session.path(path)).json(&text("refused")).send().await;
        reply.expect_error(503, "gateway_unavailable");
        assert!(reply.headers.contains_key("retry-after"), "{path}: {:?}", reply.headers);
    }
    // The session lives through it: its lease is renewed, which ends after 5 s, and its connection stays.
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(session.status().await["status"], "connected");
    assert_eq!(logins(&world, &session).await, connections);
    limit("0").await;
    for accepted in &accepted {
        let outcome = sent(&us, &accepted["outboxId"]).await;
        bob.hears_id(outcome["waMessageId"].as_str().expect("a message id")).await;
    }
    session.send_text(&bob.phone, "after").await;
    bob.hears("after").await;
    let all = (0..20).map(|n| format!("accepted {n}"));
    let all: Vec<String> =
        std::iter::once("before".to_owned()).chain(all).chain(["after".to_owned()]).collect();
    assert_eq!(bob.shown(), all, "each once, in order, and nothing that was refused");
    bob.leave().await;
}

/// Mutation tried: `OOM` is no error that passes (`conn-host/store/src/error.rs`). What waits fails after five tries.
pub async fn what_a_full_redis_keeps_goes_out_once_it_is_emptied() {
    let world = World::up().await;
    let us = world.organization("full-wait");
    let line = Line::open(&us).await;
    let freeze = |freeze: bool| json!({ "phone": line.session.phone, "freeze": freeze });
    // To those whom it has not written to yet it needs keys, which must be kept before anything goes out under them; until
    // Redis is full WhatsApp does not give them.
    world.sandbox().post("faults", freeze(true)).await;
    let mut accepted = Vec::new();
    for _ in 0..3 {
        let stranger = format!("49161{:07}", world.next_number());
        world.sandbox().contact(&stranger, "Stranger").await;
        let body = json!({ "to": stranger, "type": "text", "text": "kept" });
        let reply = us.post(&line.session.path("/messages?async=true")).json(&body).send().await;
        accepted.push((reply.expect(202)["outboxId"].clone(), stranger));
    }
    let mut redis = world.redis().await;
    let mut limit = async |bytes: &str| {
        let set = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).to_owned();
        let () = set.query_async(&mut redis).await.expect("a limit");
    };
    limit("1").await;
    world.sandbox().post("faults", freeze(false)).await;
    // For longer than five tries take.
    let until = Instant::now() + Duration::from_secs(8);
    while Instant::now() < until {
        for (outbox, _) in &accepted {
            let path = format!("/api/v1/outbox/{}", outbox.as_str().expect("an outbox id"));
            let outcome = us.get(&path).send().await.expect(200);
            assert_eq!(outcome["status"], "queued", "{outcome}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    limit("0").await;
    for (outbox, stranger) in &accepted {
        let id = line.sent(outbox, Duration::from_secs(30)).await;
        assert_eq!(world.sandbox().received_ids(stranger).await, [id]);
    }
}

pub async fn conn_host_goes_away_and_comes_back() {
    let world = World::builder().variable("sync_timeout_ms", "2000").build().await;
    let us = world.organization("no-host");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Bob").await;
    session.send_text(&bob.phone, "before").await;

    world.kill_host(0);
    let send = |text: &str, query: &str| {
        let body = json!({ "to": bob.phone, "type": "text", "text": text });
        us.post(&session.path(&format!("/messages{query}"))).json(&body).send()
    };
    let queued = send("queued", "?async=true").await.expect(202);
    let late = send("late", "").await.expect_error(504, "timeout");
    let late_id = late["details"]["outboxId"].clone();
    assert!(late_id.is_string(), "{late}");
    let waiting = us.get(&outbox(&late_id)).send().await.expect(200);
    assert_eq!(waiting["status"], "queued", "{waiting}");

    world.start_host(0);
    for id in [&queued["outboxId"], &late_id] {
        let outcome = sent(&us, id).await;
        let message = outcome["waMessageId"].as_str().expect("a message id").to_owned();
        bob.hears_id(&message).await;
        assert_eq!(world.sandbox().times_seen(&message).await, 1);
    }
    session.send_text(&bob.phone, "after").await;
    bob.hears("after").await;
    let texts: Vec<String> = bob.all_heard().into_iter().map(|h| h.text).collect();
    assert_eq!(texts, ["before", "queued", "late", "after"], "all of it, once, in order");
    bob.leave().await;
}

fn outbox(id: &Value) -> String {
    format!("/api/v1/outbox/{}", id.as_str().expect("an outbox id"))
}

async fn sent(us: &Organization, id: &Value) -> Value {
    wait_until("the send to be done", || async {
        let outcome = us.get(&outbox(id)).send().await.expect(200);
        if outcome["status"] == "sent" { Ok(outcome) } else { Err(outcome.to_string()) }
    })
    .await
}
