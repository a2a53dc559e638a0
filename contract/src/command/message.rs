//! Messages to send: one internal model, whatever route the request came by.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::content::Content;
use crate::ids::MessageId;
use crate::jid::{Jid, JidKind};

/// A message on its way out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendMessage {
    /// The stanza's id, final from the moment the command is accepted.
    pub message_id: MessageId,
    /// Where it goes.
    pub to: Jid,
    /// The message's own secret: votes, reactions and edits of it are encrypted under it.
    pub secret: MessageSecret,
    /// The timestamp inside the message, unix ms.
    pub timestamp: i64,
    /// What it says.
    pub content: Content,
    /// The message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quoted>,
    /// Whom it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Jid>,
    /// How long after its command was accepted it goes out at the earliest, ms. The later messages of its chat wait too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
    /// When it was to go out, unix ms: it waited until then before it entered its session's queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<i64>,
}

impl SendMessage {
    /// The person that it goes to, who may be a new contact; `None` for a group, a newsletter, the status.
    pub fn person(&self) -> Option<&str> {
        matches!(self.to.kind(), JidKind::Phone | JidKind::Lid).then(|| self.to.as_str())
    }
}

fn is_zero(delay_ms: &u64) -> bool {
    *delay_ms == 0
}

/// A message that another one answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quoted {
    /// Its id.
    pub message_id: MessageId,
    /// Who wrote it, when the caller says; otherwise taken from what is stored of it, or from the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Jid>,
}

/// A receipt for messages of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The chat they stand in.
    pub chat: Jid,
    /// Who wrote them; needed in groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Jid>,
    /// The messages, at least one.
    pub message_ids: Vec<MessageId>,
    /// What is said of them.
    pub mark: MarkKind,
}

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// They were read.
    Read,
    /// They arrived on the device.
    Delivered,
}

/// 32 random bytes. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageSecret(pub [u8; 32]);

impl std::fmt::Debug for MessageSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MessageSecret(…)")
    }
}

impl Serialize for MessageSecret {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for MessageSecret {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = STANDARD.decode(String::deserialize(d)?).map_err(serde::de::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_| serde::de::Error::custom("a message secret is 32 bytes"))
    }
}
