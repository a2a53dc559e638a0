//! Deletes a message for everyone.

use super::{About, Sendable, To};
use crate::ids::MessageId;
use crate::jid::Jid;
use crate::shape::{message_id, optional, person};

crate::record! {
    /// Deletes a message for everyone.
    pub struct Revoke {
        /// The message.
        pub message_id: MessageId = message_id();
        /// Who wrote it, when an administrator of the group deletes somebody else's.
        pub original_sender: Option<Jid> = optional(person());
    }
}

impl Sendable for Revoke {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Delete a message for everyone",
            note: None,
            example: r#"{"to": "628123456789@s.whatsapp.net", "message_id": "3EB0ABC123"}"#,
        }
    }
}
