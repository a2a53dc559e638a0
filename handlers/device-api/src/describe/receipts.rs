//! A message's status, receipts, and older messages.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Body, Operation, Parameter};
use serde_json::{Value, json};

use super::messages::{ID, PERSON, TAG, message, processing};
use super::shapes::object;
use super::{AT, answer, device_id, operation};
use crate::history::{REQUESTED, Wanted};
use crate::receipts::{Marked, Missed, Told};

const SEND: &[Capability] = &[Capability::Send];
const READ: &[Capability] = &[Capability::Read, Capability::Send];
const GROUP: &str = "120363039000000000@g.us";

/// All of them.
pub fn all() -> Vec<Operation> {
    vec![status(), mark(Told::Read), mark(Told::Delivered), retry(), history()]
}

/// The shapes of their answers.
pub fn shapes() -> Vec<(&'static str, Value)> {
    let (text, success) = (json!({"type": "string"}), json!({"const": true}));
    let id = json!({"$ref": "#/components/schemas/MessageId"});
    let time = json!({"type": "string", "format": "date-time"});
    let maybe_time = json!({"type": ["string", "null"], "format": "date-time"});
    let states = json!({"type": "string", "enum": ["pending", "delivered", "read", "played", "failed"], "description": "`pending`: on its way, or at WhatsApp's server; `failed`: `error` says why."});
    let mut status = object(
        vec![
            ("success", success.clone()),
            ("message_id", id.clone()),
            ("chat_jid", text.clone()),
            ("is_group", json!({"type": "boolean"})),
            ("status", states),
            ("delivered_at", maybe_time.clone()),
            ("read_at", maybe_time.clone()),
            ("played_at", maybe_time),
        ],
        "How far a message has come; of a group's the times of its first participant.",
    );
    status["properties"]["error"] = json!({"type": "string", "description": "Why it failed."});
    status["properties"]["error_code"] = json!({"type": "string", "description": "Why it failed."});
    status["properties"]["ack_error"] = json!({"description": "WhatsApp's code of a refusal: 463, 479…"});
    let receipt = object(
        vec![
            ("success", success.clone()),
            ("chat_jid", text.clone()),
            ("sender_jid", json!({"type": ["string", "null"]})),
            ("message_ids", json!({"type": "array", "items": id})),
            ("receipt_type", json!({"type": "string", "enum": ["read", "delivered", "retry"]})),
            ("timestamp", time),
        ],
        "What was told of which messages.",
    );
    let history = object(
        vec![
            ("success", success),
            ("message", text.clone()),
            ("chat_jid", text),
            ("requested_count", json!({"type": "integer"})),
        ],
        "The phone was asked.",
    );
    vec![("DeviceMessageStatus", status), ("DeviceReceipt", receipt), ("DeviceHistory", history)]
}

fn status() -> Operation {
    let told = json!({
        "success": true, "message_id": ID, "chat_jid": PERSON, "is_group": false, "status": "read",
        "delivered_at": AT, "read_at": AT, "played_at": null,
    });
    let about = "The device. Without it, the message is looked for on all that the token may use.";
    let device = Parameter { description: about.into(), ..device_id() };
    operation("GET", "/messages/{id}/status", "deviceMessageStatus", TAG)
        .summed_up("Get a message's delivery status")
        .told("Of a message that a device sent. It never goes back: pending, delivered, read, played; or failed, with WhatsApp's code and a reason.")
        .needs(READ)
        .parameter(message())
        .parameter(device)
        .answer(answer(200, "How far it has come.", "DeviceMessageStatus", told))
}

fn mark(what: Told) -> Operation {
    let (path, id, summary) = match what {
        Told::Delivered => {
            ("/messages/{id}/delivered", "deviceMarkDelivered", "Tell that messages have arrived")
        }
        _ => ("/messages/{id}/read", "deviceMarkRead", "Mark messages as read"),
    };
    let note =
        "Without `message_ids`, the path's message is the one. The writer sees it as the app would show it.";
    receipt(path, id, what.as_str())
        .summed_up(summary)
        .told(note)
        .parameter(Parameter::asynchronous())
        .parameter(Parameter::idempotency_key())
        .body(
            Body::json(Marked::schema())
                .example("one", json!({"chat_jid": PERSON}))
                .example("in a group", json!({"chat_jid": GROUP, "sender_jid": PERSON, "message_ids": [ID]})),
        )
        .answer(answer(202, "It is on its way, and is a job.", "DeviceProcessing", processing()))
        .fails(&[FaultCode::Conflict])
}

fn retry() -> Operation {
    receipt("/messages/{id}/retry", "deviceRequestRetry", "retry")
        .summed_up("Request message retransmission")
        .told("Asks the device that wrote messages to send them once more: those that could not be decrypted (`message.undecryptable`). What then can be read comes as `message` events. Only while the device is connected. A writer is asked five times at most (422).")
        .body(
            Body::json(Missed::schema())
                .example("one", json!({"chat_jid": GROUP, "sender_jid": PERSON, "message_ids": [ID]})),
        )
}

fn receipt(path: &'static str, id: &str, kind: &str) -> Operation {
    let told = json!({
        "success": true, "chat_jid": GROUP, "sender_jid": PERSON, "message_ids": [ID], "receipt_type": kind,
        "timestamp": AT,
    });
    operation("POST", path, id, TAG)
        .needs(SEND)
        .parameter(message())
        .parameter(device_id())
        .fails(&[
            FaultCode::SessionNotConnected,
            FaultCode::RecipientUnavailable,
            FaultCode::RateLimited,
            FaultCode::Timeout,
        ])
        .answer(answer(200, "It was told.", "DeviceReceipt", told))
}

fn history() -> Operation {
    let example = json!({
        "chat_jid": PERSON, "last_message_id": "3EB0XXXX1234ABCD", "last_message_from_me": false,
        "last_message_timestamp": 1_750_000_000, "count": 50,
    });
    let told = json!({"success": true, "message": REQUESTED, "chat_jid": PERSON, "requested_count": 50});
    operation("POST", "/messages/history/request", "deviceRequestHistory", TAG)
        .summed_up("Request a chat history sync")
        .told("Asks the phone for the messages of a chat before one that is known. The answer comes at once; the messages come as `history.sync` events, when the phone sends them. Only while the device is connected.")
        .needs(READ)
        .parameter(device_id())
        .body(Body::json(Wanted::schema()).example("chat", example))
        .fails(&[FaultCode::SessionNotConnected, FaultCode::RateLimited, FaultCode::Timeout])
        .answer(answer(200, "The phone was asked.", "DeviceHistory", told))
}
