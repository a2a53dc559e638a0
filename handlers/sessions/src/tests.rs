//! Each route as its caller sees it.

use edgewire_contract::command::{Action, Command, Mode, SessionAction};
use edgewire_contract::ids::{EntryId, SessionId};
use edgewire_contract::session::{PairingStep, SessionStatus, Wanted};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::testing::breaks::breaks;
use edgewire_edge::testing::{Answer, FakeGateway, SlowBody, gateway, request, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod changing;
mod description;
mod listing;
mod making;
mod pairing;
mod rates;
mod refusals;
mod service;
mod telling;

const SESSIONS: &str = "/api/v1/sessions";
const SECONDS: i64 = NOON / 1000;

fn ask(gateway: &FakeGateway, line: &str, body: &str) -> Answer {
    ask_as(gateway, "wa_all", line, body)
}

fn ask_as(gateway: &FakeGateway, token: &str, line: &str, body: &str) -> Answer {
    let token = format!("x-api-key: {token}");
    Answer::read(run(handle(gateway.clone(), request(line, &[&token], body))))
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap().to_owned()
}

fn actions(gateway: &FakeGateway) -> Vec<SessionAction> {
    let commands = gateway.bus.with(|state| state.commands.clone());
    commands
        .into_iter()
        .map(|command| match command.action {
            Action::Session(action) => action,
            other => panic!("no change of the session: {}", other.name()),
        })
        .collect()
}

fn wanted(gateway: &FakeGateway, id: &str) -> Wanted {
    let id = SessionId::parse(id).unwrap();
    gateway.bus.with(|state| state.sessions[&id].record.wanted)
}

fn done(command: &Command) -> Ending {
    match &command.action {
        Action::Session(SessionAction::PairCode(_)) => {
            Ending::Done(Some(json!({"code": "ABCD-EFGH", "timeout_seconds": 180})))
        }
        _ => Ending::Done(None),
    }
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,80}", line in prop::sample::select(vec![
        "POST /api/v1/sessions", "POST /api/v1/sessions/main/pair",
    ])) {
        let answer = ask(&gateway(), line, &body);
        prop_assert!([400, 201].contains(&answer.status));
    }

    #[test]
    fn no_webhook_url_panics(url in "\\PC{0,60}") {
        let body = json!({"webhook": {"url": url}}).to_string();
        let answer = ask(&gateway(), "POST /api/v1/sessions", &body);
        prop_assert!([400, 201].contains(&answer.status));
    }
}
