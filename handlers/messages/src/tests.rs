//! Each route as its caller sees it.

use edgewire_contract::command::{Action, Command, Content, Mode};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{CommandId, SessionId};
use edgewire_contract::session::{SessionStatus, Wanted};
use edgewire_contract::shard::Shard;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::testing::{Answer, FakeGateway, gateway, request, run};
use proptest::prelude::*;
use serde_json::json;

use super::*;

mod again;
mod asynchronous;
mod outbox;
mod refusals;
mod sync;

const MESSAGES: &str = "POST /api/v1/sessions/main/messages";
const TEXT: &str = "POST /api/v1/sessions/main/messages/text";
const HELLO: &str = r#"{"to":"+62 812-3456-7890","type":"text","text":"Hello"}"#;

fn ask(gateway: &FakeGateway, line: &str, headers: &[&str], body: &str) -> Answer {
    Answer::read(run(handle(gateway.clone(), request(line, headers, body))))
}

fn sends(_: &Command) -> Ending {
    Ending::Sent(NOON + 1_234)
}

fn refuses(_: &Command) -> Ending {
    Ending::Failed(Fault::new(FaultCode::RecipientUnavailable, "refused").with("ack_error", 463))
}

fn commands(gateway: &FakeGateway) -> Vec<Command> {
    gateway.bus.with(|state| state.commands.clone())
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap().to_owned()
}

proptest! {
    #[test]
    fn no_body_panics_and_a_bad_one_sends_nothing(body in "\\PC{0,80}") {
        let gateway = gateway();
        let answer = ask(&gateway, MESSAGES, &[], &body);
        prop_assert_eq!(answer.status, 400);
        prop_assert!(commands(&gateway).is_empty());
    }
}
