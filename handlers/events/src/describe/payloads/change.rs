//! What is done to messages; messages and files that are not there.

use serde_json::{Value, json};

use super::build::{
    Named, Property, addresses, flag, list, maybe, maybe_reference, maybe_whole, object, object_of, one_of,
    reference, text, whole,
};

/// The schemas.
pub fn schemas() -> Vec<Named> {
    vec![
        ("ReactionEvent", reaction()),
        ("EditedEvent", edited()),
        ("RevokedEvent", revoked()),
        ("VoteEvent", vote()),
        ("UndecryptableEvent", undecryptable()),
        ("MediaRetryEvent", media_retry()),
        ("HistorySyncEvent", history()),
    ]
}

/// An object with where and by whom it was done, and `more`.
fn done<const N: usize>(about: &str, more: [Property; N]) -> Value {
    let mut properties = vec![("message_id", text("WhatsApp's id of what was sent to do it."))];
    properties.extend(addresses("chat", "chat_phone", "chat_lid", "The chat"));
    properties.extend(addresses("from", "from_phone", "from_lid", "Who did it"));
    properties.extend([
        ("is_group", flag("Whether the chat is a group.")),
        ("from_me", flag("Whether this account did it, on the phone or another device.")),
        ("push_name", maybe("The name he gave himself.")),
        ("timestamp", whole("When, unix seconds.")),
    ]);
    properties.extend(more);
    object_of(about, properties)
}

fn reaction() -> Value {
    done(
        "Somebody reacted to a message, or took that back.",
        [
            ("target", reference("MessageTarget")),
            ("emoji", maybe("The emoji; null when the reaction was taken back.")),
        ],
    )
}

fn edited() -> Value {
    done(
        "A message was changed by its writer.",
        [
            ("target", reference("MessageTarget")),
            ("type", text("The kind of the message as it is now.")),
            ("text", maybe("The text or caption as it is now.")),
            (
                "mentions",
                list("Whom it mentions now: JIDs as the message has them.", json!({"type": "string"})),
            ),
            ("edited_at", whole("When it was changed, unix milliseconds.")),
        ],
    )
}

fn revoked() -> Value {
    done(
        "A message was deleted.",
        [
            ("target", reference("MessageTarget")),
            ("by_admin", flag("Whether a group's admin deleted the message of another.")),
            ("for_me", flag("Whether it was deleted for this account only.")),
        ],
    )
}

fn vote() -> Value {
    let texts =
        |about: &str| json!({"type": ["array", "null"], "description": about, "items": {"type": "string"}});
    done(
        "Somebody voted in a poll. It replaces his earlier vote.",
        [
            ("poll", reference("MessageTarget")),
            ("poll_name", maybe("The poll's question, null when the poll is not kept here.")),
            (
                "options",
                texts(
                    "What was chosen, as text: empty when the vote was taken back; null when it cannot be read or the poll \
                     is not kept.",
                ),
            ),
            (
                "option_hashes",
                texts(
                    "SHA-256 of each chosen option's text, lower-case hex; null when the vote cannot be read.",
                ),
            ),
        ],
    )
}

fn undecryptable() -> Value {
    let reasons = ["decryption_failed", "missing_secret", "unavailable", "view_once", "hosted", "bot"];
    done(
        "A message came that cannot be read.",
        [
            ("reason", one_of("Why.", &reasons)),
            (
                "will_retry",
                flag(
                    "Whether its sender is asked for it again: then a `message` with the same id may follow.",
                ),
            ),
            ("hidden", flag("Whether WhatsApp's apps show nothing of it either: a reaction, a vote.")),
        ],
    )
}

fn media_retry() -> Value {
    object(
        "A sender answered who had been asked for a file again.",
        [
            ("message_id", text("The message with the file.")),
            ("chat", text("The chat, a JID.")),
            ("chat_phone", maybe("The chat's phone number (digits), null for groups and when unknown.")),
            ("chat_lid", maybe("The chat's LID, null for groups and when unknown.")),
            ("status", one_of("What became of it.", &["available", "not_found", "failed", "undecryptable"])),
            (
                "media",
                maybe_reference("The file where it is now; null unless it is available.", "MediaPointer"),
            ),
        ],
    )
}

fn history() -> Value {
    object(
        "Older messages of a chat, as the phone gives them on request: a piece of them.",
        [
            ("chat", text("The chat, a JID.")),
            (
                "chunk",
                whole(
                    "Which piece, from 1. A phone that answers in parts may give older messages before newer ones.",
                ),
            ),
            ("last", flag("Whether it is the last one of the chat.")),
            ("requested_count", maybe_whole("How many messages were asked for.")),
            ("messages", list("The messages, newest first.", reference("MessageEvent"))),
        ],
    )
}
