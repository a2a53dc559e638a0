//! A highly structured message (template).

use super::{About, Sendable, To};
use crate::shape::{items, optional, text};

crate::record! {
    /// A highly structured message (template).
    pub struct HighlyStructured {
        /// The template's namespace.
        pub namespace: String = text(1, 256);
        /// The template's name.
        pub element_name: String = text(1, 256);
        /// What is put into it.
        pub params: Vec<String> = items(text(0, 1024), 0, 50);
        /// Language, when the recipient's is not there.
        pub fallback_lg: Option<String> = optional(text(2, 8));
        /// Country, likewise.
        pub fallback_lc: Option<String> = optional(text(2, 8));
    }
}

impl Sendable for HighlyStructured {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Send a template",
            note: Some(
                "WhatsApp's apps no longer show templates of this kind, and carry no quote in them: `reply_to` has no effect. Use `text` or `interactive` instead.",
            ),
            example: r#"{"to": "628123456789@s.whatsapp.net", "namespace": "your_namespace", "element_name": "template_name", "params": ["param1", "param2"], "fallback_lg": "en", "fallback_lc": "US"}"#,
        }
    }
}
