//! Changes of groups.

use serde::{Deserialize, Serialize};

use super::Party;

/// A group was made or changed. Of the optional fields, those are there that the change is about.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GroupUpdatePayload {
    /// The group's JID.
    pub group: String,
    /// What changed: `created`, `subject`, `description`, `locked`, `announce`, `ephemeral`, `join_approval`,
    /// `member_add_mode`, `member_link_mode`, `picture`, `invite_reset`, `linked`, `unlinked`, `suspended`, `unsuspended`,
    /// `deleted`, or `other`.
    pub change: String,
    /// Who changed it; null when WhatsApp does not say.
    pub by: Option<Party>,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its description; empty when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether only admins change subject, description and picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// Whether only admins write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<bool>,
    /// How long messages stay, seconds; 0 for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_seconds: Option<u32>,
    /// Whether admins let people in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_approval: Option<bool>,
    /// Who adds members: `all` or `admins`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_add_mode: Option<String>,
    /// Its picture's id; null when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_id: Option<String>,
    /// Another group that it was linked with or unlinked from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// When, unix seconds.
    pub timestamp: i64,
}

/// What happened to members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupAction {
    /// They came in.
    Add,
    /// They were put out.
    Remove,
    /// They left.
    Leave,
    /// They are admins now.
    Promote,
    /// They are admins no more.
    Demote,
    /// They changed their number.
    Modify,
    /// They ask to be let in.
    Request,
    /// They ask no more, or were not let in.
    RequestRevoked,
}

/// A group's members changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupParticipantsPayload {
    /// The group's JID.
    pub group: String,
    /// What happened.
    pub action: GroupAction,
    /// To whom.
    pub participants: Vec<Party>,
    /// Who did it; null when WhatsApp does not say.
    pub by: Option<Party>,
    /// Why or how, in WhatsApp's word (`invite`, `linked_group_join`, …).
    pub reason: Option<String>,
    /// When, unix seconds.
    pub timestamp: i64,
}
