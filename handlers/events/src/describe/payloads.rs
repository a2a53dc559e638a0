//! Events as integrators read them: the envelope, and a payload for each kind. The golden files of the contract are held
//! against these.

use edgewire_contract::event::EVENT_KINDS;
use serde_json::{Value, json};

/// Kind, name of the payload's schema, when it comes.
const KINDS: [(&str, &str, &str); 6] = [
    ("message", "MessageEvent", "A message came in."),
    ("message.from_me", "MessageEvent", "The account itself wrote, from the phone or another device."),
    ("message.status", "MessageStatusEvent", "A message that was sent got further, or failed."),
    ("session.status", "SessionStatusEvent", "The session's state changed."),
    ("auth.qr", "AuthQrEvent", "There is a QR code to scan; the next one replaces it."),
    ("auth.code", "AuthCodeEvent", "There is a pair code to type into the phone."),
];

/// The envelope.
pub fn event() -> Value {
    debug_assert_eq!(KINDS.map(|(kind, ..)| kind), EVENT_KINDS, "every kind is described, in order");
    let kinds = KINDS.map(|(kind, payload, when)| {
        json!({
            "title": kind,
            "description": when,
            "properties": {"event": {"const": kind}, "payload": reference(payload)},
        })
    });
    json!({
        "type": "object",
        "description": "Something that happened to a session. Streams, polls and webhooks give the same.",
        "required": ["schema", "id", "event", "session", "organization", "timestamp", "payload"],
        "properties": {
            "schema": {"const": "v1"},
            "id": {"type": "string", "pattern": "^evt_[0-9A-Z]{26}$", "description": "Its id: what `since` and `Last-Event-ID` take."},
            "event": reference("EventKind"),
            "session": reference("SessionId"),
            "organization": {"type": "string", "description": "Whose session it is."},
            "timestamp": {"type": "integer", "description": "When, unix milliseconds."},
            "payload": {"type": "object", "description": "What happened, by kind."},
        },
        "oneOf": kinds,
    })
}

/// The payloads, and what they are made of.
pub fn schemas() -> Vec<(String, Value)> {
    let all = [
        ("MessageEvent", message()),
        ("MessageStatusEvent", message_status()),
        ("SessionStatusEvent", session_status()),
        (
            "AuthQrEvent",
            code(
                "A QR code to scan.",
                "The text to draw.",
                "Until when it can be scanned, unix milliseconds.",
            ),
        ),
        (
            "AuthCodeEvent",
            code(
                "A pair code to type into the phone.",
                "`ABCD-EFGH`.",
                "Until when it works, unix milliseconds.",
            ),
        ),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// An event, whole.
pub fn example() -> Value {
    json!({
        "schema": "v1", "id": super::ID, "event": "message",
        "payload": {
            "message_id": "3EB0AA", "chat": "628111111111@s.whatsapp.net", "is_group": false,
            "from": "628111111111@s.whatsapp.net", "from_phone": "628111111111", "from_lid": null, "from_me": false,
            "push_name": "Budi", "type": "text", "text": "Hi", "timestamp": 1_781_524_801,
            "quoted_message_id": null, "mentions": [],
        },
        "session": "main", "organization": "acme", "timestamp": 1_781_524_801_234_i64,
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn message() -> Value {
    json!({
        "type": "object",
        "description": "A message that came in, or that the account wrote elsewhere.",
        "required": [
            "message_id", "chat", "is_group", "from", "from_phone", "from_lid", "from_me", "push_name", "type", "text",
            "timestamp", "quoted_message_id", "mentions",
        ],
        "properties": {
            "message_id": {"type": "string", "description": "WhatsApp's id of it, as its sender chose it."},
            "chat": {"type": "string", "description": "The chat it belongs to, a JID."},
            "is_group": {"type": "boolean", "description": "Whether the chat is a group."},
            "from": {"type": "string", "description": "Who wrote it, as WhatsApp addressed it; a JID without a device."},
            "from_phone": {"type": ["string", "null"], "description": "The writer's phone number (digits), null when unknown."},
            "from_lid": {"type": ["string", "null"], "description": "The writer's LID, null when unknown."},
            "from_me": {"type": "boolean", "description": "Whether this account wrote it."},
            "push_name": {"type": ["string", "null"], "description": "The name the writer gave himself."},
            "type": {"type": "string", "description": "`text`, or the kind that WhatsApp's protocol names."},
            "text": {"type": ["string", "null"], "description": "The text, or the caption."},
            "timestamp": {"type": "integer", "description": "When it was written, unix seconds."},
            "quoted_message_id": {"type": ["string", "null"], "description": "The id of the message that it answers."},
            "mentions": {"type": "array", "items": {"type": "string"}, "description": "Whom it mentions, JIDs."},
        },
    })
}

fn message_status() -> Value {
    json!({
        "type": "object",
        "description": "A sent message got further. It never goes back.",
        "required": ["message_id", "chat", "status", "participant", "timestamp"],
        "properties": {
            "message_id": reference("MessageId"),
            "chat": {"type": "string", "description": "The chat it went to, a JID."},
            "outbox_id": {"type": "string", "description": "The `outboxId` of the send."},
            "status": {"enum": ["queued", "sent", "delivered", "read", "played", "failed"], "description": "How far it is. `sent`: acknowledged by WhatsApp's server."},
            "participant": {"type": ["string", "null"], "description": "Whose receipt it was: a group has several recipients. Null for the gateway's own steps."},
            "timestamp": {"type": "integer", "description": "When, unix milliseconds."},
            "error": {
                "type": "object", "description": "Why it failed.", "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string", "description": "As in errors."},
                    "message": {"type": "string"},
                    "details": {"type": "object"},
                },
            },
        },
    })
}

fn session_status() -> Value {
    json!({
        "type": "object",
        "description": "The session's state changed.",
        "required": ["status", "reason", "phone_number", "push_name"],
        "properties": {
            "status": reference("SessionStatus"),
            "reason": {"type": ["string", "null"], "description": "Why, in words; null when there is nothing to say."},
            "phone_number": {"type": ["string", "null"], "description": "The account's phone number (digits), once paired."},
            "push_name": {"type": ["string", "null"], "description": "The account's name, once known."},
        },
    })
}

fn code(about: &str, code: &str, until: &str) -> Value {
    json!({
        "type": "object",
        "description": about,
        "required": ["code", "expires_at"],
        "properties": {
            "code": {"type": "string", "description": code},
            "expires_at": {"type": "integer", "description": until},
        },
    })
}
