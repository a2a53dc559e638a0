//! Replaces the text of a message of ours.

use super::{About, Sendable, TEXT, To};
use crate::ids::MessageId;
use crate::shape::message_id;

crate::record! {
    /// Replaces the text of a message that the session sent. WhatsApp takes edits for some 15 minutes.
    pub struct Edit {
        /// The message.
        pub message_id: MessageId = message_id();
        /// The new text.
        pub text: String = TEXT;
    }
}

impl Sendable for Edit {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Edit a message",
            note: None,
            example: r#"{"to": "628123456789", "message_id": "3EB0ABC123", "text": "Edited message text"}"#,
        }
    }
}
