//! The answer to a template button.

use super::{About, Sendable, To};
use crate::shape::{optional, text, whole};

crate::record! {
    /// The answer to a template button.
    pub struct TemplateButtonReply {
        /// The button's id.
        pub selected_id: String = text(1, 256);
        /// What is written on it.
        pub selected_display_text: String = text(1, 1024);
        /// Which one it is, from 0.
        pub selected_index: Option<i64> = optional(whole(0, 100));
    }
}

impl Sendable for TemplateButtonReply {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Answer a template button",
            note: None,
            example: r#"{"to": "628123456789@s.whatsapp.net", "selected_id": "btn_1", "selected_display_text": "Option 1", "selected_index": 0}"#,
        }
    }
}
