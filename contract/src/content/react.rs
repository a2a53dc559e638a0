//! Reacts to a message.

use super::{About, Sendable, To};
use crate::ids::MessageId;
use crate::jid::Jid;
use crate::shape::{self, message_id, optional, person, text};

/// The rule of an emoji; empty takes a reaction back.
pub const EMOJI: shape::Text = text(0, 32);

crate::record! {
    /// Reacts to a message, or takes the reaction back.
    pub struct React {
        /// The message.
        pub message_id: MessageId = message_id();
        /// The emoji; empty takes the reaction back.
        pub emoji: String = EMOJI;
        /// Who wrote the message, if it is not known to the gateway: needed in groups then.
        pub sender: Option<Jid> = optional(person());
    }
}

impl Sendable for React {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "React to a message",
            note: None,
            example: r#"{"to": "628123456789", "message_id": "3EB0ABC123", "emoji": "👍"}"#,
        }
    }
}
