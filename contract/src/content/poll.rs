//! A question with options.

use super::{About, Sendable, To};
use crate::fields::Fields;
use crate::shape::{self, Items, Or, Whole, items, or, text, whole};

/// The rule of the question.
pub(super) const NAME: shape::Text = text(1, 255);
/// The rule of one option.
pub(super) const OPTION: shape::Text = text(1, 100);
/// The most options.
pub(super) const MOST_OPTIONS: usize = 12;
/// The rule of the options.
pub(super) const OPTIONS: Items<shape::Text> = items(OPTION, 2, MOST_OPTIONS).unique();
/// The rule of how many may be picked.
pub(super) const SELECTABLE: Or<Whole> = or(whole(0, MOST_OPTIONS as i64), 1);

crate::record! {
    /// A question with options.
    pub struct Poll check check {
        /// The question.
        pub name: String = NAME;
        /// The options, all different.
        pub options: Vec<String> = OPTIONS;
        /// How many options a voter may pick; 0 is any number.
        pub selectable_count: i64 = SELECTABLE;
    }
}

fn check(poll: &Poll, fields: &mut Fields<'_>) {
    check_selectable(poll.selectable_count, &poll.options, "selectable_count", fields);
}

/// Nobody can pick more options than there are. `field` is what said how many.
pub(super) fn check_selectable(count: i64, options: &[String], field: &str, fields: &mut Fields<'_>) {
    if count > options.len() as i64 {
        fields.note(field, format!("must be at most the number of options, {}", options.len()));
    }
}

impl Sendable for Poll {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Ask a question with options",
            note: None,
            example: r#"{"to": "628123456789", "name": "What is your favorite color?", "options": ["Red", "Blue", "Green", "Yellow"], "selectable_count": 1}"#,
        }
    }
}
