//! What is told of the routes is held against the routes, and against what they answer.

use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::describe::{Answer as Told, Description, Operation};

use super::*;
use crate::describe::describe;

#[test]
fn every_route_is_told() {
    assert_eq!(describe().mistakes(ROUTES), Vec::<String>::new());
}

fn told<'a>(description: &'a Description, id: &str, status: u16) -> (&'a Operation, &'a Told) {
    let operation = description.operations.iter().find(|operation| operation.id == id).unwrap();
    let told = operation.answers.iter().find(|answer| answer.status == status);
    (operation, told.unwrap_or_else(|| panic!("{id} has no {status}")))
}

/// Asks, and holds the answer against what is told of it: every field is described, and is as it is described.
fn as_told(gateway: &FakeGateway, id: &str, session: &str, body: &str, status: u16) {
    let description = describe();
    let (operation, told) = told(&description, id, status);
    let line = format!("{} {}", operation.method, operation.path.replace("{session}", session));
    let answer = ask(gateway, &line, body);
    assert_eq!(answer.status, status, "{id}: {}", answer.text);
    let content = told.content.as_ref().unwrap();
    assert_eq!(answer.headers["content-type"], content.media_type, "{id}");
    for (name, _) in &told.headers {
        assert!(answer.headers.contains_key(name.to_lowercase().as_str()), "{id} has no {name}");
    }
    if content.media_type == "application/json" {
        let schemas = Schemas::of(&description);
        let mut schema = content.schema.clone();
        if let Some(reference) = schema["$ref"].as_str() {
            schema = schemas.find(reference).unwrap().clone();
        }
        schema["additionalProperties"] = json!(false);
        assert_eq!(schemas.faults(&schema, &answer.json()), Vec::<String>::new(), "{id}");
    }
}

#[test]
fn answers_are_as_they_are_told() {
    let gateway = gateway();
    gateway.bus.host(done);
    gateway.bus.with(|state| state.hosts = 1);
    as_told(&gateway, "createSession", "", r#"{"id":"new","start":false}"#, 201);
    for session in ["main", "new"] {
        for id in ["listSessions", "getSession", "getSessionStatus", "getDevice"] {
            as_told(&gateway, id, session, "", 200);
        }
    }
    for id in ["live", "ready", "connect", "disconnect", "restart", "logout", "deleteSession"] {
        as_told(&gateway, id, "main", "", 200);
    }
    gateway.bus.change_session("new", |view| {
        view.record.status = SessionStatus::WaitingForQr;
        view.pairing = Some(PairingStep { qr: Some("2@abc".into()), code: None, expires_at: NOON + 19_500 });
    });
    for id in ["getQr", "getQrPng", "getQrSvg"] {
        as_told(&gateway, id, "new", "", 200);
    }
    as_told(&gateway, "pair", "new", r#"{"phone_number":"628123456789"}"#, 200);
    gateway.bus.change_session("new", |view| {
        view.record.status = SessionStatus::WaitingForPasskey;
        view.owner = Some("host".into());
    });
    as_told(&gateway, "answerPasskey", "new", &signed().to_string(), 200);
    as_told(&gateway, "confirmPasskey", "new", "", 200);
}

fn signed() -> Value {
    let response = json!({"clientDataJSON": "e30", "authenticatorData": "AQID", "signature": "BAUG"});
    json!({"id": "YWJj", "type": "public-key", "response": response})
}

#[test]
fn every_rule_that_is_told_is_held() {
    let gateway = gateway();
    gateway.bus.add_session("new", "acme");
    gateway.bus.change_session("new", |view| view.record.paired = false);
    let description = describe();
    let schema = |name: &str| description.schemas.iter().find(|(own, _)| own == name).unwrap().1.clone();
    let make = (
        "POST /api/v1/sessions",
        schema("NewSession"),
        json!({"id": "x", "webhook": {"url": "https://example.com/hook"}}),
    );
    let pair =
        ("POST /api/v1/sessions/new/pair", schema("PairRequest"), json!({"phone_number": "628123456789"}));
    let passkey = ("POST /api/v1/sessions/new/passkey", schema("PasskeyAssertion"), signed());
    for (line, schema, good) in [make, pair, passkey] {
        for bad in breaks(&Schemas::of(&description), &schema, &good) {
            let answer = ask(&gateway, line, &bad.body.to_string());
            assert_eq!(
                (answer.status, answer.bad_fields()),
                (400, vec![bad.field.clone()]),
                "{} {}",
                bad.field,
                bad.how
            );
        }
    }
}
