//! Each route as its caller sees it.

use edgewire_contract::command::{Action, Command, Mode, SendMessage};
use edgewire_contract::content::Content;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{CommandId, SessionId};
use edgewire_contract::session::{SessionStatus, Wanted};
use edgewire_contract::shard::Shard;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::testing::{Answer, FakeGateway, gateway, request, run};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod again;
mod asynchronous;
mod changes;
mod description;
mod kinds;
mod media;
mod outbox;
mod receipts;
mod refusals;
mod scheduled;
mod single;
mod stored;
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

/// The message of the last command.
fn sent(gateway: &FakeGateway) -> SendMessage {
    match commands(gateway).pop().expect("a command was admitted").action {
        Action::Send(send) => *send,
        other => panic!("no send: {}", other.name()),
    }
}

/// Asks with a body of which only `field` is bad: it is named, and nothing is admitted.
fn refused(line: &str, body: &Value, field: &str, what: &str) {
    let gateway = gateway();
    let answer = ask(&gateway, line, &[], &body.to_string());
    assert_eq!((answer.status, answer.bad_fields()), (400, vec![field.to_owned()]), "{what}");
    assert!(commands(&gateway).is_empty(), "{what}");
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
