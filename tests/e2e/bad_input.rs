//! What is refused, and how it is said.

use std::sync::Arc;

use edgewire_contract::token::Capability;
use harness::{Session, World};
use serde_json::json;

pub async fn without_a_good_token_nothing_is_told(world: Arc<World>) {
    let us = world.organization("auth");
    let session = Session::create(&us).await;
    let expired = us.limited_key(&Capability::ALL, Some(1)).await;
    for path in ["/api/v1/sessions", &session.path(""), "/api/v1/events", "/api/v1/outbox/x"] {
        us.get(path).anonymous().send().await.expect_error(401, "unauthorized");
        us.get(path).bearer("wa_nobody_ever_made_this").send().await.expect_error(401, "unauthorized");
        us.get(path).bearer(&expired).send().await.expect_error(401, "unauthorized");
        us.get(path)
            .header("authorization", "Basic dXNlcjpwYXNz")
            .send()
            .await
            .expect_error(401, "unauthorized");
    }
    // The other ways to show a good one.
    us.get("/api/v1/sessions").anonymous().header("x-api-key", &us.key).send().await.expect(200);
    us.get("/api/v1/sessions")
        .header("authorization", &format!("bEaReR {}", us.key))
        .send()
        .await
        .expect(200);
    us.get("/api/v1/sessions").bearer(&us.user_token).send().await.expect(200);
}

pub async fn a_token_does_what_it_may_and_no_more(world: Arc<World>) {
    let us = world.organization("capabilities");
    let session = Session::create(&us).await;
    let reader = us.limited_key(&[Capability::Read], None).await;
    us.get(&session.path("")).bearer(&reader).send().await.expect(200);
    us.get("/api/v1/events").bearer(&reader).send().await.expect_error(403, "forbidden");
    us.post("/api/v1/sessions").bearer(&reader).json(&json!({})).send().await.expect_error(403, "forbidden");
    let text = json!({ "to": "491701234567", "type": "text", "text": "x" });
    let refused = us.post(&session.path("/messages")).bearer(&reader).json(&text).send().await;
    refused.expect_error(403, "forbidden");
}

pub async fn what_belongs_to_others_does_not_exist(world: Arc<World>) {
    let (us, others) = (world.organization("we"), world.organization("they"));
    let theirs = Session::create(&others).await;
    let text = json!({ "to": "491701234567", "type": "text", "text": "x" });
    for session in [theirs.id.as_str(), "nobody-made-this"] {
        let path = |rest: &str| format!("/api/v1/sessions/{session}{rest}");
        for rest in ["", "/status", "/qr", "/device"] {
            us.get(&path(rest)).send().await.expect_error(404, "not_found");
        }
        for rest in ["/connect", "/disconnect", "/restart", "/logout"] {
            us.post(&path(rest)).send().await.expect_error(404, "not_found");
        }
        us.delete(&path("")).send().await.expect_error(404, "not_found");
        us.post(&path("/messages")).json(&text).send().await.expect_error(404, "not_found");
        us.post(&path("/messages?async=true")).json(&text).send().await.expect_error(404, "not_found");
    }
    let listed = us.get("/api/v1/sessions").send().await.expect(200);
    assert_eq!((&listed["sessions"], &listed["total"]), (&json!([]), &json!(0)));
    // An outbox id is as private as the session behind it.
    let peer = format!("49168{:07}", world.next_number());
    world.sandbox().contact(&peer, "Private").await;
    let paired = Session::pair(&others).await;
    let sent = paired.send_text(&peer, "between us").await;
    let outbox = format!("/api/v1/outbox/{}", sent["outboxId"].as_str().unwrap_or_default());
    others.get(&outbox).send().await.expect(200);
    us.get(&outbox).send().await.expect_error(404, "not_found");
    us.get("/api/v1/nothing/here").send().await.expect(404);
}

pub async fn a_session_that_was_never_paired_cannot_send(world: Arc<World>) {
    let us = world.organization("unpaired");
    let session = Session::create(&us).await;
    session.qr().await;
    let text = json!({ "to": "491701234567", "type": "text", "text": "x" });
    for query in ["", "?async=true"] {
        let reply = us.post(&session.path(&format!("/messages{query}"))).json(&text).send().await;
        reply.expect_error(409, "session_not_connected");
    }
}

pub async fn every_bad_field_is_named(world: Arc<World>) {
    let us = world.organization("fields");
    let session = Session::pair(&us).await;
    let path = session.path("/messages");
    let long = "x".repeat(4097);
    for (body, fields) in [
        (json!({}), &["to", "type"][..]),
        (json!({ "to": 5, "type": "text", "text": true }), &["text", "to"]),
        (json!({ "to": "12", "type": "text", "text": "" }), &["text", "to"]),
        (json!({ "to": "someone@example.org", "type": "text", "text": long }), &["text", "to"]),
        (json!({ "to": "491701234567", "type": "text" }), &["text"]),
        (json!({ "to": "491701234567", "type": "telegram", "text": "x" }), &["type"]),
        (json!({ "to": null, "type": null }), &["to", "type"]),
    ] {
        us.post(&path).json(&body).send().await.expect_bad_fields(fields);
    }
    for raw in ["", "{", "[]", "\"text\"", "{\"to\":\"49170", "\u{0}"] {
        us.post(&path).raw(raw).send().await.expect_bad_fields(&["body"]);
    }
    us.post(&path).raw(&b"{\"to\":\"\xff\"}"[..]).send().await.expect_bad_fields(&["body"]);
    // What we do not know is none of our business; what is exactly long enough is taken.
    let contact = format!("49169{:07}", world.next_number());
    world.sandbox().contact(&contact, "Long").await;
    let body = json!({ "to": contact, "type": "text", "text": "x".repeat(4096), "colour": "green" });
    us.post(&path).json(&body).send().await.expect(200);

    us.post("/api/v1/sessions")
        .json(&json!({ "id": "no spaces", "name": 5 }))
        .send()
        .await
        .expect_bad_fields(&["id", "name"]);
    us.post(&session.path("/pair"))
        .json(&json!({ "phone_number": "12" }))
        .send()
        .await
        .expect_bad_fields(&["phone_number"]);
}

pub async fn the_route_per_kind_names_every_bad_field_too(world: Arc<World>) {
    let us = world.organization("kind-fields");
    let session = Session::pair(&us).await;
    let path = session.path("/messages/text");
    us.post(&path).json(&json!({})).send().await.expect_bad_fields(&["text", "to"]);
    us.post(&path).json(&json!({ "to": [], "text": {} })).send().await.expect_bad_fields(&["text", "to"]);
    us.post(&path).raw("nonsense").send().await.expect_bad_fields(&["body"]);
    us.post(&session.path("/messages/telepathy"))
        .json(&json!({}))
        .send()
        .await
        .expect_error(404, "not_found");
}

pub async fn a_body_over_the_limit_is_refused(world: Arc<World>) {
    let us = world.organization("large");
    let session = Session::create(&us).await;
    // One byte over what JSON may have: the answer comes without our having read it all.
    let body = "x".repeat((32 << 20) + 1);
    let reply = us.post(&session.path("/messages")).raw(body).try_send().await;
    reply.expect("an answer, not a broken connection").expect_error(413, "payload_too_large");
    us.get(&session.path("")).send().await.expect(200);
}

pub async fn a_taken_session_id_is_a_conflict(world: Arc<World>) {
    let us = world.organization("taken");
    let session = Session::create(&us).await;
    us.post("/api/v1/sessions").json(&json!({ "id": session.id })).send().await.expect_error(409, "conflict");
    let generated = us.post("/api/v1/sessions").json(&json!({})).send().await.expect(201);
    assert!(generated["session"]["id"].as_str().is_some_and(|id| !id.is_empty()), "{generated}");
}

pub async fn a_request_id_is_kept(world: Arc<World>) {
    let us = world.organization("request-id");
    let kept = us.get("/api/v1/sessions").header("x-request-id", "from-the-client.1").send().await;
    assert_eq!(kept.headers["x-request-id"], "from-the-client.1");
    let replaced = us.get("/api/v1/sessions").header("x-request-id", "not sane!").send().await;
    let id = replaced.headers["x-request-id"].to_str().unwrap_or_default();
    assert!(!id.is_empty() && id != "not sane!", "{id}");
    for path in ["/livez", "/readyz"] {
        assert_eq!(us.get(path).anonymous().send().await.status, 200, "{path}");
    }
    let document = us.get("/openapi.json").anonymous().send().await.expect(200);
    assert!(document["openapi"].as_str().is_some_and(|v| v.starts_with("3.1")), "{}", document["openapi"]);
}
