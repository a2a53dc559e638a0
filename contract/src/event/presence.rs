//! Who is there, and who is writing.

use serde::{Deserialize, Serialize};

use super::Party;

/// Somebody came or went. WhatsApp tells this of contacts that were subscribed to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresencePayload {
    /// Who.
    #[serde(flatten)]
    pub who: Party,
    /// Whether he is online.
    pub available: bool,
    /// When he was last, unix seconds; null when he is online or hides it.
    pub last_seen: Option<i64>,
}

/// What somebody does in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatActivity {
    /// Writing.
    Composing,
    /// Recording a voice note.
    Recording,
    /// No longer.
    Paused,
}

/// Somebody began or stopped to write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatPresencePayload {
    /// The chat: a canonical JID.
    pub chat: String,
    /// The chat's phone number (digits), null for groups and when unknown.
    pub chat_phone: Option<String>,
    /// The chat's LID, null for groups and when unknown.
    pub chat_lid: Option<String>,
    /// Whether the chat is a group.
    pub is_group: bool,
    /// Who: a canonical JID.
    pub from: String,
    /// His phone number (digits), null when unknown.
    pub from_phone: Option<String>,
    /// His LID, null when unknown.
    pub from_lid: Option<String>,
    /// What he does.
    pub state: ChatActivity,
}
