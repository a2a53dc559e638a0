//! The shapes of the answers. A test holds real ones against them.

use serde_json::{Value, json};

/// An outbox id in the examples.
pub const OUTBOX_ID: &str = "01K8ZQ4T5V0006N6R6J1Q4X0AB";
/// A message in the examples.
pub const MESSAGE_ID: &str = "3EB0218E40B57E61441F58";
const TO: &str = "628123456789@s.whatsapp.net";

/// A reference to a schema.
pub fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schemas of answers.
pub fn schemas() -> Vec<(String, Value)> {
    let outbox_id =
        json!({"type": "string", "description": "Leads to `GET /api/v1/outbox/{id}`, for 24 hours."});
    let status = json!({"type": "string", "enum": ["queued", "sent", "failed", "done"], "description": "`queued`: accepted; `sent`: WhatsApp's server acknowledged the message; `failed`: `error` says why; `done`: carried out, of what sends no message."});
    let message_id = |about: &str| json!({"allOf": [refer("MessageId")], "description": about});
    let to = json!({"type": "string", "description": "The JID that it goes to.", "examples": [TO]});
    let send_result = json!({
        "type": "object",
        "description": "How far a send has come.",
        "required": ["mode", "outboxId", "waMessageId", "status", "timestamp", "replayed"],
        "additionalProperties": false,
        "properties": {
            "mode": {"type": "string", "enum": ["sync", "async"]},
            "outboxId": outbox_id,
            "waMessageId": {"type": ["string", "null"], "description": "The message's id at WhatsApp, final from the start; null of what sends no message."},
            "status": status,
            "timestamp": {"type": "integer", "description": "When that was, unix milliseconds; WhatsApp's own time once it is sent."},
            "replayed": {"type": "boolean", "description": super::REPLAYED},
            "sendAt": {"type": "integer", "description": "When it is to go out, unix milliseconds, where that was said."},
            "error": {"type": "object", "description": "Why it failed: `code`, `message`, `details` as in every error."},
            "data": {"description": "What the command gave besides: of a sent file its size, type and duration."},
        },
    });
    let sent = json!({
        "type": "object",
        "required": ["message_id", "timestamp", "to"],
        "additionalProperties": false,
        "properties": {
            "message_id": message_id("The message's id at WhatsApp."),
            "timestamp": {"type": "integer", "description": "WhatsApp's time of it, unix seconds."},
            "to": to,
        },
    });
    let queued = json!({
        "type": "object",
        "required": ["message_id", "status", "outbox_id", "to"],
        "additionalProperties": false,
        "properties": {
            "message_id": message_id("The message's id at WhatsApp, final already."),
            "status": status,
            "outbox_id": outbox_id,
            "to": to,
            "send_at": {"type": "integer", "description": "When it is to go out, unix seconds, where that was said."},
        },
    });
    vec![("SendResult".into(), send_result), ("SentMessage".into(), sent), ("QueuedMessage".into(), queued)]
}

/// A `SendResult`.
pub fn send_result(mode: &str, status: &str) -> Value {
    json!({"mode": mode, "outboxId": OUTBOX_ID, "waMessageId": MESSAGE_ID, "status": status, "timestamp": 1_781_524_801_234_i64, "replayed": false})
}

/// A `SentMessage`.
pub fn sent() -> Value {
    json!({"message_id": MESSAGE_ID, "timestamp": 1_781_524_801, "to": TO})
}

/// A `QueuedMessage`.
pub fn queued() -> Value {
    json!({"message_id": MESSAGE_ID, "status": "queued", "outbox_id": OUTBOX_ID, "to": TO})
}
