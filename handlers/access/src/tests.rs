//! Each route as its caller sees it.

use std::collections::BTreeMap;
use std::rc::Rc;

use edgewire_contract::access::{
    Action, MOST_ORGANIZATIONS, MOST_TOKENS, MOST_USERS, Organization, Role, User,
};
use edgewire_contract::ids::{OrganizationId, SessionId, TokenId, UserId};
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::{Capability, TokenKind, TokenRecord, token_hash};
use edgewire_edge::bus::fake::State;
use edgewire_edge::describe::valid::Schemas;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::settings::Settings;
use edgewire_edge::testing::breaks::breaks;
use edgewire_edge::testing::{Answer, FakeGateway, gateway as plain, request, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod acts;
mod bodies;
mod deleting;
mod grants;
mod organizations;
mod races;
mod refusals;
mod suspended;
mod tokens;
mod users;

const TOKENS: &str = "/api/v1/tokens";
const ORGANIZATIONS: &str = "/api/v1/organizations";
const USERS: &str = "/api/v1/organizations/acme/users";
const SECONDS: i64 = NOON / 1000;
/// The bootstrap token, of the deployment, in the organization `default`.
const BOOT: &str = "boot";

/// As the shared one, with the organizations of its tokens and a bootstrap token.
fn gateway() -> FakeGateway {
    let settings = Settings { admin_token_hash: Some(token_hash(BOOT)), ..Settings::default() };
    let gateway = FakeGateway { settings: Rc::new(settings), ..plain() };
    gateway.bus.with(|state| state.access.all.extend([id("acme"), id("someone-else")]));
    gateway
}

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

fn id(text: &str) -> OrganizationId {
    OrganizationId::parse(text).unwrap()
}

fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// What is answered, which succeeds with this status.
#[track_caller]
fn good(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    answer.json()
}

/// A token that is made by its route: its secret and its id.
#[track_caller]
fn made(gateway: &FakeGateway, by: &str, wish: Value) -> (String, String) {
    let told = good(&ask_as(gateway, by, &format!("POST {TOKENS}"), wish), 201);
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    (text("token"), text("id"))
}

/// A user of `acme` that is made by its route.
#[track_caller]
fn made_user(gateway: &FakeGateway, id: &str, role: &str) {
    good(&ask(gateway, &format!("POST {USERS}"), json!({"id": id, "name": id, "role": role})), 201);
}

/// Whether a token opens anything now: the status of a list.
fn opens(gateway: &FakeGateway, secret: &str) -> u16 {
    ask_as(gateway, secret, &format!("GET {TOKENS}"), "").status
}

/// A token's record.
fn record(gateway: &FakeGateway, secret: &str) -> Option<TokenRecord> {
    gateway.bus.with(|state| state.tokens.get(&token_hash(secret)).cloned())
}

/// What was done, as an organization's audit tells it: the oldest first.
fn acts(gateway: &FakeGateway, organization: &str) -> Vec<(Action, String)> {
    gateway.bus.with(|state| {
        let own = state.access.acts.iter().filter(|(owner, ..)| owner.as_str() == organization);
        own.map(|(_, _, act)| (act.action, act.target.clone())).collect()
    })
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,80}") {
        for line in ["POST /api/v1/tokens", "POST /api/v1/organizations", "POST /api/v1/organizations/acme/users"] {
            let answer = ask_as(&gateway(), BOOT, line, body.as_str());
            prop_assert!([201, 400].contains(&answer.status));
        }
    }
}
