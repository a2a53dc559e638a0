//! Changes of newsletters, and of labels.

use serde::{Deserialize, Serialize};

/// How often somebody reacted to a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionCount {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: u64,
}

/// A newsletter's post, and the reactions to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostReactions {
    /// The number that WhatsApp's server gave it.
    pub server_id: u64,
    /// Its reactions.
    pub reactions: Vec<ReactionCount>,
}

/// A newsletter changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewsletterUpdatePayload {
    /// The newsletter's JID; null when WhatsApp does not say.
    pub newsletter: Option<String>,
    /// What changed: `reactions`, or WhatsApp's name of the operation.
    pub change: String,
    /// The posts whose reactions changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<PostReactions>,
    /// What WhatsApp says of it, as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

/// What happened to a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelChange {
    /// It was made or changed.
    Edited,
    /// It was deleted.
    Deleted,
    /// A chat got it.
    Added,
    /// A chat lost it.
    Removed,
}

/// A label of a business account changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelUpdatePayload {
    /// WhatsApp's id of the label.
    pub label_id: String,
    /// What happened.
    pub change: LabelChange,
    /// Its name.
    pub name: Option<String>,
    /// The number of its colour.
    pub color: Option<i32>,
    /// The chat: a canonical JID; null for what is not about a chat.
    pub chat: Option<String>,
    /// The chat's phone number (digits), null for groups and when unknown.
    pub chat_phone: Option<String>,
    /// The chat's LID, null for groups and when unknown.
    pub chat_lid: Option<String>,
    /// When, unix seconds.
    pub timestamp: i64,
}
