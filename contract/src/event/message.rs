//! A message that came in, or that the account wrote elsewhere.

use serde::{Deserialize, Serialize};

use super::{Party, Target};
use crate::media::{MediaKind, Uploaded};

/// A message. `from` and `chat` are canonical JIDs, see [`Party`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MessagePayload {
    /// WhatsApp's id of it, as its sender chose it.
    pub message_id: String,
    /// The chat it belongs to.
    pub chat: String,
    /// The chat's phone number (digits), null for groups and when unknown.
    #[serde(default)]
    pub chat_phone: Option<String>,
    /// The chat's LID, null for groups and when unknown.
    #[serde(default)]
    pub chat_lid: Option<String>,
    /// Whether the chat is a group.
    pub is_group: bool,
    /// Who wrote it.
    pub from: String,
    /// The writer's phone number (digits), null when unknown.
    pub from_phone: Option<String>,
    /// The writer's LID, null when unknown.
    pub from_lid: Option<String>,
    /// Whether this account wrote it.
    pub from_me: bool,
    /// The name the writer gave himself.
    pub push_name: Option<String>,
    /// Its kind, as the routes name them (`text`, `image`, …); `other` for what has no name here.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text, or the caption.
    pub text: Option<String>,
    /// When it was written, unix seconds.
    pub timestamp: i64,
    /// The id of the message that it answers.
    pub quoted_message_id: Option<String>,
    /// The message that it answers.
    #[serde(default)]
    pub quoted: Option<Quoted>,
    /// Whom it mentions: JIDs as the message has them.
    pub mentions: Vec<String>,
    /// Whom it mentions, by every address that is known.
    #[serde(default)]
    pub mentioned: Vec<Party>,
    /// Its file: never the bytes.
    #[serde(default)]
    pub media: Option<MediaPointer>,
    /// A place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Place>,
    /// Contact cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Card>,
    /// A poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<PollAsked>,
    /// What was chosen of buttons, a list or a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// What it pins, or pins no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pinned>,
    /// The message that it comments on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_on: Option<Target>,
    /// Whether it was forwarded.
    #[serde(default)]
    pub forwarded: bool,
    /// Whether it can be seen once only.
    #[serde(default)]
    pub view_once: bool,
    /// How long it stays, seconds, in a chat whose messages disappear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_seconds: Option<u32>,
    /// The number that WhatsApp's server gave it, of a newsletter's post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_id: Option<u64>,
    /// The name of the business that wrote it, where WhatsApp has verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_name: Option<String>,
    /// Whether it had waited at WhatsApp while the session was not connected.
    #[serde(default)]
    pub offline: bool,
}

/// A message that another answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quoted {
    /// WhatsApp's id of it.
    pub message_id: String,
    /// Who wrote it: a canonical JID; null when that is not known.
    pub from: Option<String>,
    /// The writer's phone number (digits), null when unknown.
    pub from_phone: Option<String>,
    /// The writer's LID, null when unknown.
    pub from_lid: Option<String>,
    /// Whether this account wrote it.
    pub from_me: bool,
    /// Its kind, null when the answer does not carry it.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its text or caption, at most [`QUOTED_TEXT_BYTES`].
    pub text: Option<String>,
}

/// How much of a quoted message's text an event has, bytes.
pub const QUOTED_TEXT_BYTES: usize = 4096;

/// A message's file, and how to get it: `GET /messages/{id}/media`, or `POST …/media/download` with `uploaded`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaPointer {
    /// What it was sent as.
    pub kind: MediaKind,
    /// Its type, as its sender says.
    pub mimetype: Option<String>,
    /// Its name, as its sender says.
    pub file_name: Option<String>,
    /// Bytes.
    pub file_length: u64,
    /// SHA-256 of its bytes, lower-case hex; null when the sender did not say.
    pub file_sha256: Option<String>,
    /// How long it plays, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Pages of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Whether it is a voice note.
    #[serde(default)]
    pub ptt: bool,
    /// Whether a video is played as a GIF is.
    #[serde(default)]
    pub gif: bool,
    /// Whether a sticker moves.
    #[serde(default)]
    pub animated: bool,
    /// Where it is at WhatsApp, with its keys: what `POST …/media/download` and the sends take. Absent where messages
    /// are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<Uploaded>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Its name.
    pub name: Option<String>,
    /// Its address.
    pub address: Option<String>,
    /// Whether the sender shares it while moving.
    pub live: bool,
}

/// A contact card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Card {
    /// The name.
    pub name: Option<String>,
    /// The card, as it was sent.
    pub vcard: String,
}

/// A poll.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PollAsked {
    /// The question.
    pub name: String,
    /// What can be chosen.
    pub options: Vec<String>,
    /// How many may be chosen; 0 for any number.
    pub selectable: u32,
}

/// A message that everybody in the chat sees at its top, or no more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pinned {
    /// Which message.
    pub target: Target,
    /// Whether it is pinned from now on.
    pub pinned: bool,
    /// For how long, seconds; null when the sender did not say.
    pub seconds: Option<u32>,
}

/// What was chosen of buttons, a list or a form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// The id that the sender of the buttons gave it.
    pub id: Option<String>,
    /// What was shown.
    pub title: Option<String>,
    /// What a form or flow answered: JSON as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<String>,
}
