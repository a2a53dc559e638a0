//! Messages to send: one internal model, whatever route the request came by.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::MessageId;
use crate::jid::Jid;

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
}

/// The content, by kind. Adding a kind: a variant here, a route in `handlers/messages`, a translation in
/// `conn-host/src/commands/translate`, a golden file; the compiler names what is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Content {
    /// Plain text.
    Text(Text),
}

impl Content {
    /// The kind's name, as in the route `/messages/<kind>`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
        }
    }
}

/// Plain text, 1 to 4096 characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// The text.
    pub text: String,
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
