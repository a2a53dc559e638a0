//! What is done to messages: reactions, edits, revokes, votes; and messages or files that are not there.

use serde::{Deserialize, Serialize};

use super::{MediaPointer, MessagePayload, Target};

/// Where something was done, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// WhatsApp's id of what was sent to do it; empty where nothing was sent.
    pub message_id: String,
    /// The chat: a canonical JID.
    pub chat: String,
    /// The chat's phone number (digits), null for groups and when unknown.
    pub chat_phone: Option<String>,
    /// The chat's LID, null for groups and when unknown.
    pub chat_lid: Option<String>,
    /// Whether the chat is a group.
    pub is_group: bool,
    /// Who did it: a canonical JID.
    pub from: String,
    /// His phone number (digits), null when unknown.
    pub from_phone: Option<String>,
    /// His LID, null when unknown.
    pub from_lid: Option<String>,
    /// Whether this account did it, on the phone or another device.
    pub from_me: bool,
    /// The name he gave himself.
    pub push_name: Option<String>,
    /// When, unix seconds.
    pub timestamp: i64,
}

/// Somebody reacted to a message, or took that back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReactionPayload {
    /// Where and who.
    #[serde(flatten)]
    pub origin: Origin,
    /// To which message.
    pub target: Target,
    /// The emoji; null when the reaction was taken back.
    pub emoji: Option<String>,
}

/// A message was changed by its writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditedPayload {
    /// Where and who.
    #[serde(flatten)]
    pub origin: Origin,
    /// Which message.
    pub target: Target,
    /// The kind of the message as it is now.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text or caption as it is now.
    pub text: Option<String>,
    /// Whom it mentions now: JIDs as the message has them.
    pub mentions: Vec<String>,
    /// When it was changed, unix ms.
    pub edited_at: i64,
}

/// A message was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RevokedPayload {
    /// Where and who.
    #[serde(flatten)]
    pub origin: Origin,
    /// Which message.
    pub target: Target,
    /// Whether a group's admin deleted the message of another.
    pub by_admin: bool,
    /// Whether it was deleted for this account only.
    pub for_me: bool,
}

/// Somebody voted in a poll. It replaces his earlier vote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VotePayload {
    /// Where and who.
    #[serde(flatten)]
    pub origin: Origin,
    /// Which poll.
    pub poll: Target,
    /// The poll's question, null when the poll is not kept here.
    pub poll_name: Option<String>,
    /// What was chosen, as text: empty when the vote was taken back; null when it cannot be read or the poll is not kept.
    pub options: Option<Vec<String>>,
    /// SHA-256 of each chosen option's text, lower-case hex; null when the vote cannot be read.
    pub option_hashes: Option<Vec<String>>,
}

/// Why a message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// It does not decrypt: its sender is asked for it again.
    DecryptionFailed,
    /// It needs the secret of a message that is not known here.
    MissingSecret,
    /// WhatsApp did not give it to this device.
    Unavailable,
    /// It can be seen once, on the phone only.
    ViewOnce,
    /// It is a hosted business's, for the phone only.
    Hosted,
    /// It is a bot's, for the phone only.
    Bot,
}

/// A message came that cannot be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UndecryptablePayload {
    /// Where and who.
    #[serde(flatten)]
    pub origin: Origin,
    /// Why.
    pub reason: Unreadable,
    /// Whether its sender is asked for it again: then a `message` with the same id may follow.
    pub will_retry: bool,
    /// Whether WhatsApp's apps show nothing of it either: a reaction, a vote.
    pub hidden: bool,
}

/// What became of asking a sender for a file again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaRetryStatus {
    /// It is there again.
    Available,
    /// The sender does not have it any more.
    NotFound,
    /// The sender could not upload it.
    Failed,
    /// The answer does not decrypt.
    Undecryptable,
}

/// A sender answered who had been asked for a file again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaRetryPayload {
    /// The message with the file.
    pub message_id: String,
    /// The chat: a canonical JID.
    pub chat: String,
    /// The chat's phone number (digits), null for groups and when unknown.
    pub chat_phone: Option<String>,
    /// The chat's LID, null for groups and when unknown.
    pub chat_lid: Option<String>,
    /// What became of it.
    pub status: MediaRetryStatus,
    /// The file where it is now; null unless it is available.
    pub media: Option<MediaPointer>,
}

/// Older messages of a chat, as the phone gives them on request: a piece of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistorySyncPayload {
    /// The chat: a canonical JID.
    pub chat: String,
    /// Which piece, from 1. A phone that answers in parts may give older messages before newer ones.
    pub chunk: u32,
    /// Whether it is the last one of the chat.
    pub last: bool,
    /// How many messages were asked for; null for what the phone gave by itself.
    pub requested_count: Option<u32>,
    /// The messages, newest first.
    pub messages: Vec<MessagePayload>,
}
