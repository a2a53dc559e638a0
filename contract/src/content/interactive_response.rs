//! The answer to native-flow buttons.

use super::{About, Sendable, To};
use crate::shape::{json_text, optional, or, text, whole};

crate::record! {
    /// The answer to native-flow buttons.
    pub struct InteractiveResponse {
        /// What the answer says.
        pub body_text: Option<String> = optional(text(1, 1024));
        /// The flow's name.
        pub name: String = text(1, 64);
        /// The answer's parameters: a JSON object, as a string.
        pub params_json: String = json_text(8192);
        /// The flow's version.
        pub version: i64 = or(whole(1, 100), 3);
    }
}

impl Sendable for InteractiveResponse {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Answer an interactive message",
            note: None,
            example: r#"{"to": "628123456789@s.whatsapp.net", "body_text": "Response body", "name": "quick_reply", "params_json": "{\"id\":\"btn1\"}", "version": 3}"#,
        }
    }
}
