//! A text with up to three buttons.

use super::{About, Sendable, To};
use crate::shape::{items, nested, optional, text};

crate::record! {
    /// A text with up to three buttons.
    pub struct Buttons {
        /// The text.
        pub content_text: String = text(1, 1024);
        /// Small text below it.
        pub footer: Option<String> = optional(text(1, 60));
        /// The buttons.
        pub buttons: Vec<Button> = items(nested::<Button>(), 1, 3);
        /// A line above the text.
        pub header_text: Option<String> = optional(text(1, 60));
    }
}

crate::record! {
    /// A button.
    pub struct Button {
        /// What comes back when it is pressed.
        pub button_id: String = text(1, 256);
        /// What is written on it.
        pub display_text: String = text(1, 100);
    }
}

impl Sendable for Buttons {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send a text with buttons",
            note: Some(
                "WhatsApp no longer shows buttons of this kind to most people: the message arrives, and its body is not drawn. Use `interactive` or `poll` instead.",
            ),
            example: r#"{"to": "628123456789", "content_text": "Please choose an option", "footer": "Powered by Edgewire", "buttons": [{"button_id": "btn_1", "display_text": "Option 1"}, {"button_id": "btn_2", "display_text": "Option 2"}], "header_text": "Main Menu"}"#,
        }
    }
}
