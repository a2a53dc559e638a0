//! A text that is marked as forwarded.

use super::{About, Sendable, TEXT, To};

crate::record! {
    /// A text that is marked as forwarded. (To forward a stored message as it is: `POST …/messages/{mid}/forward`.)
    pub struct Forward {
        /// The text.
        pub text: String = TEXT;
    }
}

impl Sendable for Forward {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send a text as forwarded",
            note: None,
            example: r#"{"to": "628987654321@s.whatsapp.net", "text": "Forwarded content here"}"#,
        }
    }
}
