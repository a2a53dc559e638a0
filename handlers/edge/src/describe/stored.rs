//! The schema of a message that is kept, as [`crate::shown`] shows it, and one such message.

use edgewire_contract::event::MessageStatus;
use serde_json::{Map, Value, json};

/// The schema's name.
pub const STORED_MESSAGE: &str = "StoredMessage";

/// Every field that may be missing; the others never are.
const OPTIONAL: [&str; 9] = [
    "location",
    "contacts",
    "poll",
    "choice",
    "pin",
    "commentOn",
    "ephemeralSeconds",
    "serverId",
    "verifiedName",
];

/// The schema.
pub fn schema() -> Value {
    use MessageStatus::{Delivered, Failed, Played, Queued, Read, Sent};
    let statuses = [Queued, Sent, Delivered, Read, Played, Failed].map(MessageStatus::as_str);
    let mut how_far: Vec<Value> = statuses.map(Value::from).into();
    how_far.push(Value::Null);
    let time = |about: &str| json!({"type": ["integer", "null"], "description": format!("{about}, unix milliseconds.")});
    let text = |about: &str| json!({"type": ["string", "null"], "description": about});
    let flag = |about: &str| json!({"type": "boolean", "description": about});
    let mut properties = Map::new();
    let mut set = |name: &str, schema: Value| properties.insert(name.to_owned(), schema);
    set("messageId", json!({"$ref": "#/components/schemas/MessageId"}));
    set(
        "chat",
        json!({"type": "string", "description": "The chat's JID: by phone number, or by LID where no number is known."}),
    );
    set("chatPhone", text("The chat's phone number, digits; null of groups, and when unknown."));
    set("chatLid", text("The chat's LID; null of groups, and when unknown."));
    set("isGroup", flag("Whether the chat is a group."));
    set("from", text("Who wrote it: a JID. Null of the session's own while it is on its way."));
    set("fromPhone", text("The writer's phone number, digits; null when unknown."));
    set("fromLid", text("The writer's LID; null when unknown."));
    set("fromMe", flag("Whether the account itself wrote it."));
    set("pushName", text("The name the writer gave himself."));
    set(
        "type",
        text(
            "Its kind, as the routes name them; `other` for what has no name here, `undecryptable` for what could not be read (yet), null of a message on its way.",
        ),
    );
    set("text", text("The text, or the caption."));
    set("timestamp", time("When it was written; null of a message on its way"));
    set("quotedMessageId", text("The id of the message that it answers."));
    set("quoted", json!({"type": ["object", "null"], "description": "The message that it answers."}));
    set(
        "mentions",
        json!({"type": "array", "items": {"type": "string"}, "description": "Whom it mentions: JIDs as the message has them."}),
    );
    set(
        "mentioned",
        json!({"type": "array", "items": {"type": "object"}, "description": "Whom it mentions, by every address that is known."}),
    );
    set(
        "media",
        json!({"type": ["object", "null"], "description": "What its file is: `kind`, `mimetype`, `fileName`, `fileLength`, `fileSha256`… Its bytes: `GET /messages/{id}/media`."}),
    );
    set("location", json!({"type": "object", "description": "A place."}));
    set("contacts", json!({"type": "array", "items": {"type": "object"}, "description": "Contact cards."}));
    set("poll", json!({"type": "object", "description": "A poll: `name`, `options`, `selectable`."}));
    set("choice", json!({"type": "object", "description": "What was chosen of buttons, a list or a form."}));
    set("pin", json!({"type": "object", "description": "What it pins, or pins no more."}));
    set("commentOn", json!({"type": "object", "description": "The message that it comments on."}));
    set("forwarded", flag("Whether it was forwarded."));
    set("viewOnce", flag("Whether it can be seen once only."));
    set(
        "ephemeralSeconds",
        json!({"type": "integer", "description": "How long it stays, in a chat whose messages disappear."}),
    );
    set("serverId", json!({"type": "integer", "description": "The number of a newsletter's post."}));
    set(
        "verifiedName",
        json!({"type": "string", "description": "The name of the business that wrote it, where WhatsApp has verified it."}),
    );
    set("offline", flag("Whether it had waited at WhatsApp while the session was not connected."));
    set("editedAt", time("When it was last edited"));
    set("revokedAt", time("When it was deleted for everyone; its contents are gone then"));
    set(
        "status",
        json!({"type": ["string", "null"], "enum": how_far, "description": "How far it has come; null of what the gateway did not send."}),
    );
    set("sentAt", time("When WhatsApp's server acknowledged it"));
    set("deliveredAt", time("When it first was on a recipient's device"));
    set("readAt", time("When it was first read"));
    set("playedAt", time("When it was first played"));
    set(
        "error",
        json!({"type": ["object", "null"], "description": "Why it failed: `code`, `message`, `details` as in every error."}),
    );
    set("outboxId", text("The send that it went out by: `GET /api/v1/outbox/{id}`."));
    let required: Vec<&String> =
        properties.keys().filter(|name| !OPTIONAL.contains(&name.as_str())).collect();
    json!({
        "type": "object",
        "description": "A message that is kept, sent or received, and how far it has come.",
        "required": required,
        "properties": properties,
    })
}

/// A message of the session's own that was read, in a chat of two.
pub fn example() -> Value {
    json!({
        "messageId": "3EB0218E40B57E61441F58",
        "chat": "628123456789@s.whatsapp.net", "chatPhone": "628123456789", "chatLid": "100000000000001@lid",
        "isGroup": false,
        "from": "15550001@s.whatsapp.net", "fromPhone": "15550001", "fromLid": null, "fromMe": true,
        "pushName": "Ana",
        "type": "text", "text": "Hello",
        "timestamp": 1_781_524_801_234_i64,
        "quotedMessageId": null, "quoted": null, "mentions": [], "mentioned": [], "media": null,
        "forwarded": false, "viewOnce": false, "offline": false,
        "editedAt": null, "revokedAt": null,
        "status": "read",
        "sentAt": 1_781_524_801_234_i64, "deliveredAt": 1_781_524_802_000_i64, "readAt": 1_781_524_860_000_i64,
        "playedAt": null,
        "error": null,
        "outboxId": "01K8ZQ4T5V0006N6R6J1Q4X0AB",
    })
}
