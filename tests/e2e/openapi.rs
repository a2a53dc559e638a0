//! What others make of `openapi.json`: a validator of such documents, and Schemathesis, which asks a real gateway
//! everything that the document says can be asked, and holds every answer against it.
//!
//! The gateway has what the document's examples name: a paired session `main`, a contact, a group, a newsletter, a sent
//! message. What ends a session is asked of one that is there for that (`tests/schemathesis/schemathesis.toml`). No
//! request makes the gateway speak to another machine (`tests/schemathesis/hooks.py`).

use harness::{Organization, Session, World, schemathesis};
use serde_json::{Value, json};

/// The contact in the examples.
const CONTACT: &str = "628123456789";
/// Shorter than Schemathesis waits for an answer.
const SYNC_TIMEOUT_MS: &str = "15000";

pub async fn the_document_is_one() {
    in_background(schemathesis::validate).await;
}

pub async fn a_gateway_does_what_the_document_says() {
    let world = World::builder().variable("sync_timeout_ms", SYNC_TIMEOUT_MS).build().await;
    world.sandbox().contact(CONTACT, "Ana").await;
    let us = world.organization("examples");
    let main = paired(&us, "main", "628111111111").await;
    paired(&us, "spare", "628222222222").await;
    made(&us, "waiting").await.qr().await;
    let sent = main.send_text(CONTACT, "Hello").await;
    let variables = [
        ("EDGEWIRE_BASE_URL", world.base().to_owned()),
        ("EDGEWIRE_TOKEN", us.key.clone()),
        ("EDGEWIRE_MESSAGE", text(&sent, "waMessageId")),
        ("EDGEWIRE_OUTBOX", text(&sent, "outboxId")),
        ("EDGEWIRE_GROUP", group(&main, "Club").await),
        ("EDGEWIRE_SPARE_GROUP", group(&main, "Party").await),
        ("EDGEWIRE_NEWSLETTER", newsletter(&main).await),
        ("EDGEWIRE_WEBHOOK", webhook(&us, "/api/v1/webhooks").await),
        ("EDGEWIRE_SPARE_WEBHOOK", webhook(&us, "/api/v1/webhooks").await),
        ("EDGEWIRE_SESSION_WEBHOOK", webhook(&us, "/api/v1/sessions/main/webhooks").await),
        ("EDGEWIRE_SPARE_SESSION_WEBHOOK", webhook(&us, "/api/v1/sessions/main/webhooks").await),
        ("EDGEWIRE_ORGANIZATION", us.id.clone()),
        ("EDGEWIRE_SPARE_TOKEN", token(&us).await),
        ("EDGEWIRE_USER", user(&us, "ada").await),
        ("EDGEWIRE_SPARE_USER", user(&us, "bob").await),
    ];
    in_background(move || {
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        schemathesis::ask(&variables)
    })
    .await;
    // It is the gateway of before: nothing that was asked has ended the session or the host.
    main.wait_for_status("connected").await;
    main.send_text(CONTACT, "Hello again").await;
}

async fn in_background(work: impl FnOnce() -> anyhow::Result<()> + Send + 'static) {
    let done = tokio::task::spawn_blocking(work).await.expect("it does not panic");
    if let Err(e) = done {
        panic!("{e:#}");
    }
}

/// A session of this name that waits for a phone.
async fn made(us: &Organization, id: &str) -> Session {
    us.post("/api/v1/sessions").json(&json!({ "id": id })).send().await.expect(201);
    Session { owner: us.clone(), id: id.to_owned(), phone: String::new() }
}

/// A session of this name, linked to this number.
async fn paired(us: &Organization, id: &str, phone: &str) -> Session {
    let session = Session { phone: phone.to_owned(), ..made(us, id).await };
    us.world.sandbox().scan(&session.qr().await, phone).await.expect(200);
    session.wait_for_status("connected").await;
    session
}

async fn group(session: &Session, subject: &str) -> String {
    let body = json!({ "subject": subject, "participants": [CONTACT] });
    text(&session.owner.post(&session.path("/groups")).json(&body).send().await.expect(201), "groupJid")
}

async fn newsletter(session: &Session) -> String {
    let body = json!({ "name": "News" });
    text(
        &session.owner.post(&session.path("/newsletters")).json(&body).send().await.expect(201),
        "newsletterJid",
    )
}

/// A webhook that leads to a port of this machine where the guard lets nothing go.
async fn webhook(us: &Organization, path: &str) -> String {
    let body = json!({ "url": "http://127.0.0.1:9/", "events": ["message"] });
    text(&us.post(path).json(&body).send().await.expect(201), "id")
}

/// A token that may be revoked.
async fn token(us: &Organization) -> String {
    let body = json!({ "capabilities": ["read"] });
    text(&us.post("/api/v1/tokens").json(&body).send().await.expect(201), "id")
}

async fn user(us: &Organization, id: &str) -> String {
    let body = json!({ "id": id, "name": id, "role": "user" });
    let users = format!("/api/v1/organizations/{}/users", us.id);
    text(&us.post(&users).json(&body).send().await.expect(201), "id")
}

fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{answer} has {field}")).to_owned()
}
