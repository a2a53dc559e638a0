//! A menu of rows.

use super::{About, Sendable, To};
use crate::fields::Fields;
use crate::shape::{items, nested, optional, text};

crate::record! {
    /// A menu of rows.
    pub struct List check check {
        /// Its title.
        pub title: String = text(1, 100);
        /// The text.
        pub description: String = text(1, 1024);
        /// What is written on the button that opens it.
        pub button_text: String = text(1, 100);
        /// The rows, in sections; at most ten in all.
        pub sections: Vec<Section> = items(nested::<Section>(), 1, 10);
        /// Small text below it.
        pub footer: Option<String> = optional(text(1, 60));
    }
}

crate::record! {
    /// Some rows under a title.
    pub struct Section {
        /// The title.
        pub title: String = text(1, 100);
        /// The rows.
        pub rows: Vec<Row> = items(nested::<Row>(), 1, 10);
    }
}

crate::record! {
    /// A row.
    pub struct Row {
        /// What comes back when it is chosen.
        pub row_id: String = text(1, 200);
        /// Its title.
        pub title: String = text(1, 100);
        /// More of it.
        pub description: Option<String> = optional(text(1, 200));
    }
}

/// The most rows of a list, over all its sections.
const MOST_ROWS: usize = 10;

fn check(list: &List, fields: &mut Fields<'_>) {
    let rows: usize = list.sections.iter().map(|section| section.rows.len()).sum();
    if rows > MOST_ROWS {
        fields.note("sections", format!("must have at most {MOST_ROWS} rows in all, has {rows}"));
    }
}

impl Sendable for List {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send a menu",
            note: Some(
                "WhatsApp no longer shows list menus to most people. Use `interactive` with a `single_select` button, or `poll`, instead.",
            ),
            example: r#"{"to": "628123456789", "title": "Main Menu", "description": "Please select an option", "button_text": "View Options", "sections": [{"title": "Category 1", "rows": [{"row_id": "row_1", "title": "Item 1", "description": "Description for item 1"}, {"row_id": "row_2", "title": "Item 2", "description": "Description for item 2"}]}], "footer": "Powered by Edgewire"}"#,
        }
    }
}
