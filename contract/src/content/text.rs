//! Plain text.

use super::{About, Sendable, To};
use crate::shape::{self, text};

/// The rule of every text.
pub const TEXT: shape::Text = text(1, 4096);

crate::record! {
    /// Plain text.
    pub struct Text {
        /// The text.
        pub text: String = TEXT;
    }
}

impl Sendable for Text {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send a text",
            note: None,
            example: r#"{"to": "628123456789", "text": "Hello from Edgewire!"}"#,
        }
    }
}
