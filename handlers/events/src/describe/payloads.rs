//! Events as integrators read them: the envelope, and a payload for each kind. The golden files of the contract are held
//! against these.
//!
//! * [`build`]: what schemas are put together from; the rest: the payloads, by what they are about.

mod build;
mod change;
mod contact;
mod group;
mod message;
mod session;

use edgewire_contract::event::EVENT_KINDS;
use serde_json::{Value, json};

use self::build::reference;

/// Kind, name of the payload's schema, when it comes.
const KINDS: [(&str, &str, &str); 22] = [
    ("message", "MessageEvent", "A message came in."),
    ("message.from_me", "MessageEvent", "The account itself wrote, from the phone or another device."),
    ("message.status", "MessageStatusEvent", "A message that was sent got further, or failed."),
    ("message.reaction", "ReactionEvent", "Somebody reacted to a message, or took that back."),
    ("message.edited", "EditedEvent", "A message was changed by its writer."),
    ("message.revoked", "RevokedEvent", "A message was deleted."),
    ("message.undecryptable", "UndecryptableEvent", "A message came that cannot be read."),
    ("poll.vote", "VoteEvent", "Somebody voted in a poll."),
    ("media.retry", "MediaRetryEvent", "A sender answered who had been asked for a file again."),
    ("history.sync", "HistorySyncEvent", "Older messages came from the phone."),
    ("session.status", "SessionStatusEvent", "The session's state changed."),
    ("auth.qr", "AuthQrEvent", "There is a QR code to scan; the next one replaces it."),
    ("auth.code", "AuthCodeEvent", "There is a pair code to type into the phone."),
    ("auth.passkey", "AuthPasskeyEvent", "A pairing asks for a passkey, or goes on after it."),
    ("presence.update", "PresenceEvent", "Somebody came or went."),
    ("chat.presence", "ChatPresenceEvent", "Somebody began or stopped to write."),
    ("group.update", "GroupUpdateEvent", "A group was made or changed."),
    ("group.participants", "GroupParticipantsEvent", "A group's members changed."),
    ("contact.update", "ContactUpdateEvent", "A contact changed."),
    ("call.incoming", "CallEvent", "Somebody calls."),
    ("newsletter.update", "NewsletterUpdateEvent", "A newsletter changed."),
    ("label.update", "LabelUpdateEvent", "A label of a business account changed."),
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
    [message::schemas(), change::schemas(), group::schemas(), contact::schemas(), session::schemas()]
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// An event, whole.
pub fn example() -> Value {
    json!({
        "schema": "v1", "id": super::ID, "event": "message",
        "payload": {
            "message_id": "3EB0AA", "chat": "628111111111@s.whatsapp.net", "chat_phone": "628111111111",
            "chat_lid": "100000000000001@lid", "is_group": false,
            "from": "628111111111@s.whatsapp.net", "from_phone": "628111111111",
            "from_lid": "100000000000001@lid", "from_me": false,
            "push_name": "Budi", "type": "text", "text": "Hi", "timestamp": 1_781_524_801,
            "quoted_message_id": null, "quoted": null, "mentions": [], "mentioned": [], "media": null,
            "forwarded": false, "view_once": false, "offline": false,
        },
        "session": "main", "organization": "acme", "timestamp": 1_781_524_801_234_i64,
    })
}
