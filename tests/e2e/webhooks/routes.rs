//! The routes: webhooks made, tried out, changed, deleted; by organization, by session, by device.

use std::sync::Arc;

use harness::sink::Delivery;
use harness::{Organization, Session, WebhookSink, World, wait_until};
use http::Method;
use serde_json::{Value, json};

use super::{SECRET, assert_signed};

const WEBHOOKS: &str = "/api/v1/webhooks";

pub async fn a_webhook_is_made_tried_changed_and_deleted(world: Arc<World>) {
    let us = world.organization("hooks");
    let (sink, witness) = (WebhookSink::open().await, WebhookSink::open().await);
    let wish = json!({
        "url": sink.url, "events": ["message.*"], "secret": SECRET, "custom_headers": {"X-Tenant": "7"},
    });
    let made = us.post(WEBHOOKS).json(&wish).send().await.expect(201);
    assert_eq!((&made["has_secret"], &made["breaker"]["state"]), (&json!(true), &json!("closed")), "{made}");
    assert!(!made.to_string().contains(SECRET), "a secret is never given back: {made}");
    us.post(WEBHOOKS).json(&json!({ "url": witness.url })).send().await.expect(201);
    let path = format!("{WEBHOOKS}/{}", text(&made, "id"));

    // A test delivery is a delivery like any other.
    let tried = us.post(&format!("{path}/test")).send().await.expect(200);
    assert_eq!((&tried["success"], &tried["status"]), (&json!(true), &json!(204)), "{tried}");
    let test = sink.wait("the test", |d| d.event["event"] == "webhook.test").await;
    assert_eq!(test.header("x-webhook-request-id"), text(&tried, "event_id"));
    assert_eq!(test.header("x-tenant"), "7");
    assert_signed(&test);

    let session = Session::pair(&us).await;
    let contact = contact(&world).await;
    let first = world.sandbox().write(&contact, &session.phone, "first").await;
    sink.wait("a message", |d| is(d, &first)).await;
    assert!(
        sink.deliveries().iter().all(|d| !text(&d.event, "event").starts_with("session")),
        "only messages"
    );

    // While it sleeps it gets nothing, not even later.
    let change = |body: Value| us.request(Method::PATCH, &path).json(&body);
    assert_eq!(change(json!({ "active": false })).send().await.expect(200)["active"], false);
    settled(&us, &path).await;
    let second = world.sandbox().write(&contact, &session.phone, "second").await;
    witness.wait("the second", |d| is(d, &second)).await;
    let settings = json!({ "active": true, "retry": { "attempts": 3 }, "secret": "" });
    let changed = change(settings).send().await.expect(200);
    assert_eq!(
        (&changed["retry"]["attempts"], &changed["has_secret"]),
        (&json!(3), &json!(false)),
        "{changed}"
    );
    settled(&us, &path).await;
    let third = world.sandbox().write(&contact, &session.phone, "third").await;
    let third = sink.wait("the third", |d| is(d, &third)).await;
    assert_eq!(third.header("x-webhook-signature"), "", "without a secret nothing is signed");
    assert!(!sink.deliveries().iter().any(|d| is(d, &second)), "what came while it slept is not sent later");

    let log = us.get(&format!("{path}/deliveries")).send().await.expect(200);
    let told: Vec<_> = log["deliveries"].as_array().into_iter().flatten().collect();
    assert!(told.iter().all(|d| d["outcome"] == "delivered" && d["status"] == 204), "{log}");
    assert!(told.iter().any(|d| d["cause"] == "test"), "{log}");

    us.delete(&path).send().await.expect(200);
    us.get(&path).send().await.expect_error(404, "not_found");
    us.post(&format!("{path}/test")).send().await.expect_error(404, "not_found");
    let left = us.get(WEBHOOKS).send().await.expect(200);
    assert_eq!((&left["total"], &left["webhooks"][0]["url"]), (&json!(1), &json!(witness.url)), "{left}");
    settled(&us, WEBHOOKS).await;
    let fourth = world.sandbox().write(&contact, &session.phone, "fourth").await;
    witness.wait("the fourth", |d| is(d, &fourth)).await;
    assert!(!sink.deliveries().iter().any(|d| is(d, &fourth)), "a deleted webhook gets nothing");
}

pub async fn what_nobody_took_is_listed_and_sent_again(world: Arc<World>) {
    let us = world.organization("hooks-dead");
    let sink = WebhookSink::open().await;
    let wish = json!({
        "url": sink.url, "events": ["message"], "secret": SECRET, "retry": { "attempts": 2, "delay_seconds": 1 },
    });
    let made = us.post(WEBHOOKS).json(&wish).send().await.expect(201);
    let path = format!("{WEBHOOKS}/{}", text(&made, "id"));
    let session = Session::pair(&us).await;
    let contact = contact(&world).await;
    sink.answer_next(&[500, 410]);
    let id = world.sandbox().write(&contact, &session.phone, "not wanted").await;
    let dead = wait_until("a dead letter", || async {
        let dead = us.get(&format!("{path}/dead")).send().await.expect(200);
        if dead["total"] == 1 { Ok(dead) } else { Err(dead.to_string()) }
    })
    .await;
    let letter = &dead["dead"][0];
    assert_eq!(
        (&letter["attempts"], &letter["status"], &letter["event"]),
        (&json!(2), &json!(410), &json!("message"))
    );
    assert_eq!(
        (&letter["reason"], &letter["session"]),
        (&json!("the receiver answered 410"), &json!(session.id))
    );
    assert_eq!(us.get(&path).send().await.expect(200)["dead"], 1);
    let log = us.get(&format!("{path}/deliveries")).send().await.expect(200);
    let outcomes: Vec<&Value> =
        log["deliveries"].as_array().into_iter().flatten().map(|d| &d["outcome"]).collect();
    assert_eq!(outcomes, ["dead", "failed"], "{log}");

    let event = text(letter, "event_id");
    let replay = format!("{path}/dead/replay");
    let replayed = us.post(&replay).json(&json!({ "ids": [event] })).send().await.expect(202);
    assert_eq!(replayed["replayed"], 1, "{replayed}");
    let taken = sink.wait("it again", |d| is(d, &id) && d.answered == 204).await;
    assert_eq!(taken.header("x-webhook-request-id"), event, "under the same id");
    assert_signed(&taken);
    wait_until("the end of the replay", || async {
        let told = us.get(&path).send().await.expect(200);
        if told["dead"] == 0 && told["replaying"] == 0 { Ok(()) } else { Err(told.to_string()) }
    })
    .await;
    assert_eq!(us.post(&replay).send().await.expect(202)["replayed"], 0);
}

pub async fn a_session_has_webhooks_of_its_own(world: Arc<World>) {
    let (us, others) = (world.organization("hooks-of"), world.organization("hooks-not-of"));
    let (ours, also_ours) = (Session::pair(&us).await, Session::pair(&us).await);
    let (sink, witness) = (WebhookSink::open().await, WebhookSink::open().await);
    let wish = json!({ "url": sink.url, "events": ["message"], "secret": SECRET });
    let made = us.post(&ours.path("/webhooks")).json(&wish).send().await.expect(201);
    assert_eq!(made["session_id"], ours.id, "{made}");
    us.post(WEBHOOKS).json(&json!({ "url": witness.url, "events": ["message"] })).send().await.expect(201);
    let contact = contact(&world).await;
    let other = world.sandbox().write(&contact, &also_ours.phone, "to the other session").await;
    witness.wait("the other's", |d| is(d, &other)).await;
    let own = world.sandbox().write(&contact, &ours.phone, "to this one").await;
    assert_signed(&sink.wait("this one's", |d| is(d, &own)).await);
    assert_eq!(sink.deliveries().len(), 1, "of the other session it hears nothing");

    let id = text(&made, "id");
    assert_eq!(us.get(&ours.path("/webhooks")).send().await.expect(200)["total"], 1);
    assert_eq!(us.get(&also_ours.path("/webhooks")).send().await.expect(200)["total"], 0);
    us.get(&also_ours.path(&format!("/webhooks/{id}"))).send().await.expect_error(404, "not_found");
    for path in [format!("{WEBHOOKS}/{id}"), ours.path(&format!("/webhooks/{id}"))] {
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            let answer = others.request(method, &path).json(&json!({})).send().await;
            answer.expect_error(404, "not_found");
        }
        us.get(&path).send().await.expect(200);
    }
    us.delete(&ours.path(&format!("/webhooks/{id}"))).send().await.expect(200);
    us.get(&format!("{WEBHOOKS}/{id}")).send().await.expect_error(404, "not_found");
}

pub async fn a_device_sets_its_webhook(world: Arc<World>) {
    let us = world.organization("hooks-device");
    let sink = WebhookSink::open().await;
    let session = Session::pair(&us).await;
    let device = |method, path: &str| world.request(method, path).bearer(&us.user_token);
    let missing = device(Method::GET, "/webhook").send().await.expect(404);
    assert_eq!(
        (&missing["success"], &missing["error_code"]),
        (&json!(false), &json!("NOT_FOUND")),
        "{missing}"
    );
    let bad = device(Method::POST, "/webhook").json(&json!({ "retry_attempts": 0 })).send().await.expect(400);
    let fields: Vec<_> =
        bad["validation"].as_array().into_iter().flatten().map(|f| text(f, "field")).collect();
    assert_eq!(fields, ["webhook_url", "retry_attempts"], "{bad}");

    let wish = json!({ "webhook_url": sink.url, "enabled_events": ["message"], "secret": SECRET, "retry_attempts": 4 });
    let set = device(Method::POST, "/webhook").json(&wish).send().await.expect(200);
    assert_eq!((&set["success"], &set["webhook"]["has_secret"]), (&json!(true), &json!(true)), "{set}");
    assert!(!set.to_string().contains(SECRET), "{set}");
    // Once more is the same webhook.
    let again = device(Method::POST, "/webhook").json(&wish).send().await.expect(200);
    assert_eq!(again["webhook"]["id"], set["webhook"]["id"]);
    let told = device(Method::GET, "/webhook").send().await.expect(200);
    let webhook = &told["webhook"];
    assert_eq!(
        (&webhook["retry_attempts"], &webhook["device_id"]),
        (&json!(4), &json!(session.id)),
        "{told}"
    );
    let contact = contact(&world).await;
    let id = world.sandbox().write(&contact, &session.phone, "hello").await;
    assert_signed(&sink.wait("the message", |d| is(d, &id)).await);
    device(Method::DELETE, "/webhook").send().await.expect(200);
    assert_eq!(us.get(WEBHOOKS).send().await.expect(200)["total"], 0);
}

pub async fn a_webhook_leads_nowhere_inside(world: Arc<World>) {
    let us = world.organization("hooks-inside");
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/",
        "http://[fd00::1]/",
        "http://0x7f.1/",
        "https://a:b@example.com/",
    ] {
        us.post(WEBHOOKS).json(&json!({ "url": url })).send().await.expect_bad_fields(&["url"]);
    }
    // What its text does not tell is refused when it is about to be delivered: here by its port.
    let made = us.post(WEBHOOKS).json(&json!({ "url": "http://127.0.0.1:6379/" })).send().await.expect(201);
    let tried = us.post(&format!("{WEBHOOKS}/{}/test", text(&made, "id"))).send().await.expect(200);
    assert_eq!((&tried["success"], &tried["status"]), (&json!(false), &Value::Null), "{tried}");
    assert_eq!(tried["reason"], "refused: port 6379 is not allowed");
}

/// Waits until the host that delivers knows what was changed: it answers what is asked after that.
async fn settled(us: &Organization, path: &str) {
    let path = match path {
        WEBHOOKS => {
            let all = us.get(WEBHOOKS).send().await.expect(200);
            format!("{WEBHOOKS}/{}", text(&all["webhooks"][0], "id"))
        }
        path => path.to_owned(),
    };
    us.post(&format!("{path}/test")).send().await.expect(200);
}

async fn contact(world: &Arc<World>) -> String {
    let contact = format!("49168{:07}", world.next_number());
    world.sandbox().contact(&contact, "Hester").await;
    contact
}

/// Whether a delivery is of this message.
fn is(delivery: &Delivery, message: &str) -> bool {
    delivery.event["event"] == "message" && delivery.event["payload"]["message_id"] == message
}

fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{answer} has {field}")).to_owned()
}
