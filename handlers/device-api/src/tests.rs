//! Each route as its caller sees it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::command::{Action, Command, SendMessage};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::SessionId;
use edgewire_contract::outcome::MediaReport;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::env::fake::NOON;
use edgewire_edge::testing::{Answer, FakeGateway, gateway, request, run};
use serde_json::{Value, json};

use super::*;

mod changing;
mod choosing;
mod describing;
mod devices;
mod files;
mod jobs;
mod receipts;
mod refusals;
mod sending;
mod statuses;

const PERSON: &str = "5511999999999@s.whatsapp.net";
const AT: &str = "2026-06-15T12:00:01Z";

fn ask(gateway: &FakeGateway, line: &str, body: impl AsBody) -> Answer {
    ask_with(gateway, &[], line, body)
}

fn ask_as(gateway: &FakeGateway, token: &str, line: &str, body: impl AsBody) -> Answer {
    ask_with(gateway, &[&format!("x-api-key: {token}")], line, body)
}

fn ask_with(gateway: &FakeGateway, headers: &[&str], line: &str, body: impl AsBody) -> Answer {
    Answer::read(run(handle(gateway.clone(), request(line, headers, &body.text()))))
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

impl AsBody for &Value {
    fn text(&self) -> String {
        self.to_string()
    }
}

/// Sends are acknowledged; of a file it is told what became of it.
fn hosted() -> FakeGateway {
    let gateway = gateway();
    gateway.bus.host(sends);
    gateway
}

fn sends(command: &Command) -> Ending {
    match &command.action {
        Action::Send(send) if send.content.media().is_some() => Ending::SentFile(NOON + 1_234, report()),
        Action::Send(_) => Ending::Sent(NOON + 1_234),
        _ => Ending::Done(None),
    }
}

fn takes_long(_: &Command) -> Ending {
    Ending::Background
}

fn refuses(_: &Command) -> Ending {
    Ending::Failed(Fault::new(FaultCode::RecipientUnavailable, "refused").with("ack_error", 463))
}

fn report() -> MediaReport {
    MediaReport {
        kind: Some(MediaKind::Audio),
        ptt: true,
        size_bytes: 4_321,
        mimetype: "audio/ogg; codecs=opus".into(),
        original_format: "audio/mpeg".into(),
        converted: true,
        duration_seconds: Some(12.5),
        waveform: true,
        thumbnail: false,
        download_ms: 7,
        conversion_ms: 80,
        upload_ms: 90,
        ..MediaReport::default()
    }
}

fn commands(gateway: &FakeGateway) -> Vec<Command> {
    gateway.bus.with(|state| state.commands.clone())
}

/// The only message that was sent, and by which device.
fn sent(gateway: &FakeGateway) -> (SessionId, SendMessage) {
    let [command] = <[Command; 1]>::try_from(commands(gateway)).expect("one command");
    let Action::Send(send) = command.action else { panic!("no send: {}", command.action.name()) };
    (command.session, *send)
}

fn code(answer: &Answer) -> String {
    answer.json()["error_code"].as_str().unwrap_or_default().to_owned()
}

/// The fields that a 400 names.
fn bad(answer: &Answer) -> Vec<String> {
    assert_eq!((answer.status, code(answer)), (400, "VALIDATION_ERROR".into()), "{}", answer.text);
    let fields = answer.json()["validation"].as_array().cloned().unwrap_or_default();
    fields.iter().map(|field| field["field"].as_str().unwrap_or_default().to_owned()).collect()
}

/// A second device of the organization.
fn two() -> FakeGateway {
    let gateway = hosted();
    gateway.env.pass(1);
    gateway.bus.add_session("second", "acme");
    gateway
}

fn session(id: &str) -> SessionId {
    SessionId::parse(id).expect("is a name")
}
