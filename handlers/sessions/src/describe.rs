//! The routes, told for `openapi.json`.
//!
//! * [`life`]: making, looking at, changing and deleting sessions; [`linking`]: QR codes, pair codes and passkeys;
//! * [`service`]: for those who run the gateway.

mod life;
mod linking;
mod service;

use edgewire_contract::command::PasskeyAssertion;
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Description, Operation, Parameter};
use edgewire_edge::pairing::Pair;
use serde_json::{Value, json};

use crate::change::SessionWish;
use crate::create::CreateSession;
use crate::rate::RateWish;

/// Tells the component's routes.
pub fn describe() -> Description {
    let mut operations = life::operations();
    operations.extend(linking::operations());
    operations.extend(service::operations());
    Description::of(operations)
        .schema("Session", session())
        .schema("NewSession", CreateSession::schema())
        .schema("SessionUpdate", SessionWish::schema())
        .schema("SessionState", state())
        .schema("SessionDevice", device())
        .schema("SessionChange", change())
        .schema("QrCode", linking::qr_code())
        .schema("PairRequest", Pair::schema())
        .schema("PasskeyAssertion", PasskeyAssertion::schema())
}

/// An operation on one session: `tail` is what stands behind its path.
fn of_session(method: &'static str, tail: &str, id: &str, any_of: &'static [Capability]) -> Operation {
    Operation::new(method, format!("/api/v1/sessions/{{session}}{tail}"), id)
        .tagged("Sessions")
        .needs(any_of)
        .parameter(Parameter::session())
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn session() -> Value {
    json!({
        "type": "object",
        "description": "A session.",
        "required": [
            "id", "name", "phone_number", "push_name", "status", "created_at", "updated_at", "last_connected_at",
            "is_logged_in",
        ],
        "properties": {
            "id": reference("SessionId"),
            "name": {"type": ["string", "null"], "description": "The name that it was given."},
            "phone_number": {"type": ["string", "null"], "description": "Digits, once paired."},
            "push_name": {"type": ["string", "null"], "description": "The account's own name, once known."},
            "status": reference("SessionStatus"),
            "created_at": {"type": "integer", "description": "Unix seconds."},
            "updated_at": {"type": "integer", "description": "Unix seconds."},
            "last_connected_at": {"type": ["integer", "null"], "description": "Unix seconds; null before the first time."},
            "is_logged_in": {"type": "boolean", "description": "Whether the device is linked."},
            "rate": rate(),
        },
    })
}

fn rate() -> Value {
    let mut rate = RateWish::schema();
    rate["description"] = "How fast it may send; only there where that has a limit.".into();
    rate
}

fn state() -> Value {
    json!({
        "type": "object",
        "description": "What a session is now.",
        "required": [
            "status", "is_logged_in", "phone_number", "push_name", "lid", "last_event_at", "owner", "reason",
        ],
        "properties": {
            "status": reference("SessionStatus"),
            "is_logged_in": {"type": "boolean", "description": "Whether the device is linked."},
            "phone_number": {"type": ["string", "null"], "description": "Digits, once paired."},
            "push_name": {"type": ["string", "null"], "description": "The account's own name, once known."},
            "lid": {"type": ["string", "null"], "description": "The account's LID, once paired."},
            "last_event_at": {"type": ["integer", "null"], "description": "When something last happened to it, unix seconds."},
            "owner": {"type": ["string", "null"], "description": "The conn-host that owns the session now; null when none does."},
            "reason": {"type": ["string", "null"], "description": "Why the state is what it is."},
        },
    })
}

fn device() -> Value {
    json!({
        "type": "object",
        "description": "The linked device.",
        "required": ["device_id", "phone_number", "lid", "push_name", "platform"],
        "properties": {
            "device_id": {"type": ["string", "null"], "description": "Its JID, device number included."},
            "phone_number": {"type": ["string", "null"], "description": "Digits."},
            "lid": {"type": ["string", "null"], "description": "The account's LID."},
            "push_name": {"type": ["string", "null"], "description": "The account's own name."},
            "platform": {"type": "string", "description": "What it says it is."},
        },
    })
}

fn change() -> Value {
    json!({
        "type": "object",
        "description": "A change that was taken in.",
        "required": ["success", "status"],
        "properties": {"success": {"const": true}, "status": reference("SessionStatus")},
    })
}
