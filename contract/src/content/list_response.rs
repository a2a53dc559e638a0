//! The answer to a menu.

use super::{About, Sendable, To};
use crate::shape::{optional, text};

crate::record! {
    /// The answer to a menu.
    pub struct ListResponse {
        /// The row's title.
        pub title: String = text(1, 1024);
        /// The row's id.
        pub selected_row_id: String = text(1, 200);
        /// More of it.
        pub description: Option<String> = optional(text(1, 1024));
    }
}

impl Sendable for ListResponse {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Answer a list message",
            note: None,
            example: r#"{"to": "628123456789@s.whatsapp.net", "title": "Category 1", "selected_row_id": "row_1", "description": "Description for the selection"}"#,
        }
    }
}
