//! The answer to a text with buttons.

use super::{About, Sendable, To};
use crate::shape::text;

crate::record! {
    /// The answer to a text with buttons.
    pub struct ButtonsResponse {
        /// The button's id.
        pub selected_button_id: String = text(1, 256);
        /// What is written on it.
        pub selected_display_text: String = text(1, 1024);
    }
}

impl Sendable for ButtonsResponse {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Answer a buttons message",
            note: None,
            example: r#"{"to": "628123456789@s.whatsapp.net", "selected_button_id": "btn_1", "selected_display_text": "Option 1", "reply_to": "3EB0ABC123"}"#,
        }
    }
}
