//! Changes of contacts, and calls.

use serde::{Deserialize, Serialize};

use super::Party;

/// What changed of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactChange {
    /// The name that he gave himself.
    PushName,
    /// The name that the account gave him.
    Name,
    /// His picture.
    Picture,
    /// His about text.
    About,
    /// His phone number: `new` is who he is now.
    Number,
    /// The account blocked him.
    Blocked,
    /// The account blocks him no more.
    Unblocked,
    /// His keys: a new phone, or WhatsApp installed anew.
    Identity,
    /// How long messages with him stay.
    DisappearingMode,
    /// Something that WhatsApp does not say.
    Other,
}

/// A contact changed. Of the optional fields, those are there that the change is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactUpdatePayload {
    /// Who.
    #[serde(flatten)]
    pub who: Party,
    /// What changed.
    pub change: ContactChange,
    /// The name that he gave himself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_name: Option<String>,
    /// The name that the account gave him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// His about text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// His picture's id; absent when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_id: Option<String>,
    /// Whether the picture was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// How long messages stay, seconds; 0 for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_seconds: Option<u32>,
    /// Who he is now, after a change of number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Party>,
    /// When, unix seconds.
    pub timestamp: i64,
}

impl ContactUpdatePayload {
    /// `change` of `who` at `timestamp` (unix seconds), with nothing said of it yet.
    pub fn new(who: Party, change: ContactChange, timestamp: i64) -> Self {
        Self {
            who,
            change,
            push_name: None,
            name: None,
            about: None,
            picture_id: None,
            removed: false,
            ephemeral_seconds: None,
            new: None,
            timestamp,
        }
    }
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// It rings.
    Ringing,
    /// Nobody took it.
    Missed,
    /// It was taken, on the phone or another device.
    Accepted,
    /// It was refused.
    Rejected,
    /// It is over.
    Ended,
}

/// Somebody calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallPayload {
    /// WhatsApp's id of the call.
    pub call_id: String,
    /// Who: a canonical JID.
    pub from: String,
    /// His phone number (digits), null when unknown.
    pub from_phone: Option<String>,
    /// His LID, null when unknown.
    pub from_lid: Option<String>,
    /// Whether it is with video.
    pub is_video: bool,
    /// The group that is called, a JID; null for a call to this account alone.
    pub group: Option<String>,
    /// How far it is.
    pub status: CallStatus,
    /// When, unix seconds.
    pub timestamp: i64,
}
