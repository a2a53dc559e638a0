//! Each route as its caller sees it.

use edgewire_contract::command::{Action, Command, Live};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::SessionId;
use edgewire_contract::media::MediaKind;
use edgewire_contract::session::SessionStatus;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::fake::Ending;
use edgewire_edge::request::Request;
use edgewire_edge::testing::{Answer, FakeBody, FakeGateway, gateway, request, run};
use serde_json::{Value, json};

use super::*;

mod down;
mod forms;
mod received;
mod up;

const UPLOAD: &str = "POST /api/v1/sessions/main/media/upload";
const DOWNLOAD: &str = "POST /api/v1/sessions/main/media/download";

/// Asks with a body in pieces of `size` bytes.
fn ask_in(gateway: &FakeGateway, line: &str, headers: &[&str], body: &[u8], size: usize) -> Answer {
    let Request { head, .. } = request(line, headers, "");
    let pieces = body.chunks(size).map(<[u8]>::to_vec).collect();
    Answer::read(run(handle(gateway.clone(), Request { head, body: FakeBody::new(pieces) })))
}

fn ask(gateway: &FakeGateway, line: &str, headers: &[&str], body: &[u8]) -> Answer {
    ask_in(gateway, line, headers, body, 16 << 10)
}

fn key(byte: u8) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode([byte; 32])
}

fn uploaded(length: u64) -> Value {
    json!({
        "url": "https://mmg.whatsapp.net/v/t62/1.enc",
        "direct_path": "/v/t62/1.enc",
        "media_key": key(1),
        "file_sha256": key(2),
        "file_enc_sha256": key(3),
        "file_length": length,
        "mimetype": "image/png",
    })
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn message(answer: &Answer) -> String {
    answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
}

/// No blob is left.
fn is_clean(gateway: &FakeGateway) -> bool {
    gateway.bus.with(|state| state.blobs.is_empty())
}

fn main_session() -> SessionId {
    SessionId::parse("main").unwrap()
}
