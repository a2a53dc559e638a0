//! Messages, and how far they are.

use serde_json::json;

use super::build::{
    Named, addresses, flag, list, maybe, maybe_reference, maybe_whole, object, object_of, one_of, reference,
    text, whole,
};

/// The schemas.
pub fn schemas() -> Vec<Named> {
    vec![
        ("MessageEvent", message()),
        ("MessageStatusEvent", status()),
        ("Party", object_of("Somebody.", addresses("jid", "phone", "lid", "Who").into())),
        ("MessageTarget", target()),
        ("QuotedMessage", quoted()),
        ("MediaPointer", media()),
        ("MessagePlace", place()),
        (
            "ContactCard",
            object("A contact card.", [("name", maybe("The name.")), ("vcard", text("The card."))]),
        ),
        ("PollAsked", poll()),
        ("MessageChoice", choice()),
        ("PinnedMessage", pinned()),
    ]
}

fn message() -> serde_json::Value {
    let mut properties = vec![("message_id", text("WhatsApp's id of it, as its sender chose it."))];
    properties.extend(addresses("chat", "chat_phone", "chat_lid", "The chat it belongs to"));
    properties.extend(addresses("from", "from_phone", "from_lid", "Who wrote it"));
    properties.extend([
        ("is_group", flag("Whether the chat is a group.")),
        ("from_me", flag("Whether this account wrote it.")),
        ("push_name", maybe("The name the writer gave himself.")),
        (
            "type",
            text(
                "Its kind, as the routes name them (`text`, `image`, …); `other` for what has no name here.",
            ),
        ),
        ("text", maybe("The text, or the caption.")),
        ("timestamp", whole("When it was written, unix seconds.")),
        ("quoted_message_id", maybe("The id of the message that it answers.")),
        ("quoted", maybe_reference("The message that it answers.", "QuotedMessage")),
        ("mentions", list("Whom it mentions: JIDs as the message has them.", json!({"type": "string"}))),
        ("mentioned", list("Whom it mentions, by every address that is known.", reference("Party"))),
        ("media", maybe_reference("Its file: never the bytes.", "MediaPointer")),
        ("location?", reference("MessagePlace")),
        ("contacts?", list("Contact cards.", reference("ContactCard"))),
        ("poll?", reference("PollAsked")),
        ("choice?", reference("MessageChoice")),
        ("pin?", reference("PinnedMessage")),
        ("comment_on?", reference("MessageTarget")),
        ("forwarded", flag("Whether it was forwarded.")),
        ("view_once", flag("Whether it can be seen once only.")),
        ("ephemeral_seconds?", whole("How long it stays, in a chat whose messages disappear.")),
        ("server_id?", whole("The number that WhatsApp's server gave it, of a newsletter's post.")),
        ("verified_name?", text("The name of the business that wrote it, where WhatsApp has verified it.")),
        ("offline", flag("Whether it had waited at WhatsApp while the session was not connected.")),
    ]);
    object_of("A message that came in, or that the account wrote elsewhere.", properties)
}

fn target() -> serde_json::Value {
    object(
        "A message that something is done to.",
        [
            ("message_id", text("WhatsApp's id of it.")),
            ("from", maybe("Who wrote it, a JID; null when that is not known.")),
            ("from_phone", maybe("The writer's phone number (digits), null when unknown.")),
            ("from_lid", maybe("The writer's LID, null when unknown.")),
            ("from_me", flag("Whether this account wrote it.")),
        ],
    )
}

fn quoted() -> serde_json::Value {
    object(
        "A message that another answers.",
        [
            ("message_id", text("WhatsApp's id of it.")),
            ("from", maybe("Who wrote it, a JID; null when that is not known.")),
            ("from_phone", maybe("The writer's phone number (digits), null when unknown.")),
            ("from_lid", maybe("The writer's LID, null when unknown.")),
            ("from_me", flag("Whether this account wrote it.")),
            ("type", maybe("Its kind, null when the answer does not carry it.")),
            ("text", maybe("Its text or caption, at most 4096 bytes.")),
        ],
    )
}

fn media() -> serde_json::Value {
    object(
        "A message's file, and how to get it: `GET /messages/{id}/media`, or `POST …/media/download` with `uploaded`.",
        [
            ("kind", one_of("What it was sent as.", &["image", "video", "audio", "document", "sticker"])),
            ("mimetype", maybe("Its type, as its sender says.")),
            ("file_name", maybe("Its name, as its sender says.")),
            ("file_length", whole("Bytes.")),
            ("file_sha256", maybe("SHA-256 of its bytes, lower-case hex; null when the sender did not say.")),
            ("seconds?", whole("How long it plays.")),
            ("width?", whole("Pixels.")),
            ("height?", whole("Pixels.")),
            ("pages?", whole("Pages of a document.")),
            ("ptt", flag("Whether it is a voice note.")),
            ("gif", flag("Whether a video is played as a GIF is.")),
            ("animated", flag("Whether a sticker moves.")),
            (
                "uploaded?",
                json!({
                    "type": "object",
                    "description": "Where it is at WhatsApp, with its keys: what `POST …/media/download` and the sends take. \
                                    Absent where messages are listed.",
                }),
            ),
        ],
    )
}

fn place() -> serde_json::Value {
    object(
        "A place.",
        [
            ("latitude", json!({"type": "number", "description": "Degrees."})),
            ("longitude", json!({"type": "number", "description": "Degrees."})),
            ("name", maybe("Its name.")),
            ("address", maybe("Its address.")),
            ("live", flag("Whether the sender shares it while moving.")),
        ],
    )
}

fn poll() -> serde_json::Value {
    object(
        "A poll.",
        [
            ("name", text("The question.")),
            ("options", list("What can be chosen.", json!({"type": "string"}))),
            ("selectable", whole("How many may be chosen; 0 for any number.")),
        ],
    )
}

fn choice() -> serde_json::Value {
    object(
        "What was chosen of buttons, a list or a form.",
        [
            ("id", maybe("The id that the sender of the buttons gave it.")),
            ("title", maybe("What was shown.")),
            ("params?", text("What a form or flow answered: JSON as text.")),
        ],
    )
}

fn pinned() -> serde_json::Value {
    object(
        "A message that everybody in the chat sees at its top, or no more.",
        [
            ("target", reference("MessageTarget")),
            ("pinned", flag("Whether it is pinned from now on.")),
            ("seconds", maybe_whole("For how long; null when the sender did not say.")),
        ],
    )
}

fn status() -> serde_json::Value {
    let statuses = ["queued", "sent", "delivered", "read", "played", "failed"];
    object(
        "A sent message got further. It never goes back.",
        [
            ("message_id", reference("MessageId")),
            ("chat", text("The chat it went to, a JID.")),
            ("outbox_id?", text("The `outboxId` of the send.")),
            ("status", one_of("How far it is. `sent`: acknowledged by WhatsApp's server.", &statuses)),
            (
                "participant",
                maybe(
                    "Whose receipt it was: a group has several recipients. Null for the gateway's own steps.",
                ),
            ),
            ("timestamp", whole("When, unix milliseconds.")),
            (
                "error?",
                object(
                    "Why it failed.",
                    [
                        ("code", text("As in errors.")),
                        ("message", text("In words.")),
                        ("details?", json!({"type": "object"})),
                    ],
                ),
            ),
        ],
    )
}
