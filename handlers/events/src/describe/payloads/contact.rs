//! Contacts, calls, presence.

use serde_json::Value;

use super::build::{Named, addresses, flag, maybe, maybe_whole, object_of, one_of, reference, text, whole};

/// The schemas.
pub fn schemas() -> Vec<Named> {
    vec![
        ("ContactUpdateEvent", contact()),
        ("CallEvent", call()),
        ("PresenceEvent", presence()),
        ("ChatPresenceEvent", chat_presence()),
    ]
}

fn contact() -> Value {
    let changes = [
        "push_name",
        "name",
        "picture",
        "about",
        "number",
        "blocked",
        "unblocked",
        "identity",
        "disappearing_mode",
        "other",
    ];
    let mut properties: Vec<_> = addresses("jid", "phone", "lid", "Who").into();
    properties.extend([
        ("change", one_of("What changed.", &changes)),
        ("push_name?", text("The name that he gave himself.")),
        ("name?", text("The name that the account gave him.")),
        ("about?", text("His about text.")),
        ("picture_id?", text("His picture's id; absent when it was removed.")),
        ("removed?", flag("Whether the picture was removed.")),
        ("ephemeral_seconds?", whole("How long messages stay; 0 for ever.")),
        ("new?", reference("Party")),
        ("timestamp", whole("When, unix seconds.")),
    ]);
    object_of(
        "A contact changed. Of the optional fields, those are there that the change is about.",
        properties,
    )
}

fn call() -> Value {
    let statuses = ["ringing", "missed", "accepted", "rejected", "ended"];
    let mut properties = vec![("call_id", text("WhatsApp's id of the call."))];
    properties.extend(addresses("from", "from_phone", "from_lid", "Who"));
    properties.extend([
        ("is_video", flag("Whether it is with video.")),
        ("group", maybe("The group that is called, a JID; null for a call to this account alone.")),
        ("status", one_of("How far it is.", &statuses)),
        ("timestamp", whole("When, unix seconds.")),
    ]);
    object_of("Somebody calls.", properties)
}

fn presence() -> Value {
    let mut properties: Vec<_> = addresses("jid", "phone", "lid", "Who").into();
    properties.extend([
        ("available", flag("Whether he is online.")),
        ("last_seen", maybe_whole("When he was last, unix seconds; null when he is online or hides it.")),
    ]);
    object_of("Somebody came or went. WhatsApp tells this of contacts that were subscribed to.", properties)
}

fn chat_presence() -> Value {
    let mut properties: Vec<_> = addresses("chat", "chat_phone", "chat_lid", "The chat").into();
    properties.extend(addresses("from", "from_phone", "from_lid", "Who"));
    properties.extend([
        ("is_group", flag("Whether the chat is a group.")),
        ("state", one_of("What he does.", &["composing", "recording", "paused"])),
    ]);
    object_of("Somebody began or stopped to write.", properties)
}
