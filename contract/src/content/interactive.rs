//! A text with native-flow buttons.

use super::{About, Sendable, To};
use crate::shape::{items, json_text, nested, optional, text};

crate::record! {
    /// A text with native-flow buttons.
    pub struct Interactive {
        /// The text.
        pub body_text: String = text(1, 1024);
        /// Small text below it.
        pub footer_text: Option<String> = optional(text(1, 60));
        /// A line above the text.
        pub header_text: Option<String> = optional(text(1, 60));
        /// The buttons.
        pub buttons: Vec<FlowButton> = items(nested::<FlowButton>(), 1, 10);
    }
}

crate::record! {
    /// A native-flow button.
    pub struct FlowButton {
        /// `quick_reply`, `cta_url`, `cta_call`, `cta_copy`, `single_select` and the like.
        pub name: String = text(1, 64);
        /// Its parameters: a JSON object, as a string.
        pub button_params_json: String = json_text(8192);
    }
}

impl Sendable for Interactive {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send native-flow buttons",
            note: Some(
                "What people see depends on their app: phones show quick replies, links, copy codes and single selects; WhatsApp Web may not.",
            ),
            example: r#"{"to": "628123456789", "body_text": "Choose an action", "footer_text": "Powered by Edgewire", "buttons": [{"name": "quick_reply", "button_params_json": "{\"display_text\":\"Click Me\",\"id\":\"btn1\"}"}]}"#,
        }
    }
}
