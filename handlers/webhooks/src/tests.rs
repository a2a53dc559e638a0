//! Each route as its caller sees it.

use edgewire_contract::ids::{EntryId, OrganizationId, SessionId, WebhookId};
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::Capability;
use edgewire_contract::webhook::ask::{Tried, Wish};
use edgewire_contract::webhook::{
    Breaker, Cause, DeadLetter, Delivery, Ending, MAX_PER_ORGANIZATION, Retry, Webhook,
};
use edgewire_edge::bus::hooks::HookState;
use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::testing::breaks::breaks;
use edgewire_edge::testing::{Answer, FakeGateway, SlowBody, gateway, request, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod after;
mod device;
mod making;
mod refusals;

const WEBHOOKS: &str = "/api/v1/webhooks";
const SECONDS: i64 = NOON / 1000;
const URL: &str = "https://example.com/hook";

fn ask(gateway: &FakeGateway, line: &str, body: impl AsBody) -> Answer {
    ask_as(gateway, "wa_all", line, body)
}

fn ask_as(gateway: &FakeGateway, token: &str, line: &str, body: impl AsBody) -> Answer {
    let token = format!("x-api-key: {token}");
    Answer::read(run(handle(gateway.clone(), request(line, &[&token], &body.text()))))
}

trait AsBody {
    fn text(&self) -> String;
}

impl AsBody for &str {
    fn text(&self) -> String {
        (*self).to_owned()
    }
}

impl AsBody for Value {
    fn text(&self) -> String {
        self.to_string()
    }
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// A webhook of `acme`, made by its route.
fn made(gateway: &FakeGateway) -> String {
    let answer = ask(gateway, &format!("POST {WEBHOOKS}"), json!({"url": URL}));
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn id(text: &str) -> WebhookId {
    WebhookId::parse(text).unwrap()
}

/// The only webhook that is kept.
fn kept(gateway: &FakeGateway) -> Webhook {
    gateway.bus.with(|state| {
        assert_eq!(state.webhooks.len(), 1);
        state.webhooks[0].1.clone()
    })
}

/// A token of `acme` for the session `main`.
fn of_main(gateway: &FakeGateway) -> &'static str {
    gateway.bus.add_token("wa_main", "acme", &[Capability::Manage]);
    let main = SessionId::parse("main").unwrap();
    gateway.bus.change_token("wa_main", |token| token.sessions = Some(vec![main]));
    "wa_main"
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,80}") {
        for line in ["POST /api/v1/webhooks", "POST /webhook"] {
            let answer = ask(&gateway(), line, body.as_str());
            prop_assert!([200, 201, 400].contains(&answer.status));
        }
    }
}
