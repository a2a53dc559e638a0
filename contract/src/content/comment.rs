//! A comment on a message.

use super::{About, Sendable, TEXT, To};
use crate::ids::MessageId;
use crate::jid::Jid;
use crate::shape::{chat, message_id, optional, person};

crate::record! {
    /// A comment on a message in a group or newsletter.
    pub struct Comment {
        /// The comment.
        pub text: String = TEXT;
        /// The message that it is about.
        pub target_message_id: MessageId = message_id();
        /// The chat of that message; `to` when it is not said.
        pub target_chat_jid: Option<Jid> = optional(chat());
        /// Who wrote that message, if it is not known to the gateway.
        pub target_sender: Option<Jid> = optional(person());
    }
}

impl Sendable for Comment {
    const TO: To = To::GROUP_OR_NEWSLETTER;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Comment on a message",
            note: Some(
                "WhatsApp shows comments in the announcement groups of communities. Elsewhere use `text` with `reply_to`.",
            ),
            example: r#"{"to": "120363000000000000@g.us", "text": "This is my comment", "target_message_id": "3EB0ABC123", "target_chat_jid": "120363000000000000@g.us"}"#,
        }
    }
}
