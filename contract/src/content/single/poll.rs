//! A poll of the single send endpoint.

use super::super::poll::{NAME, OPTIONS, Poll, SELECTABLE, check_selectable};
use crate::content::Content;
use crate::fields::Fields;

crate::record! {
    /// A question with options.
    pub struct PollBody check check {
        /// The question.
        pub name: String = NAME;
        /// The options, all different.
        pub options: Vec<String> = OPTIONS;
        /// How many options a voter may pick; 0 is any number.
        pub selectable_count as "selectableCount": i64 = SELECTABLE;
    }
}

fn check(poll: &PollBody, fields: &mut Fields<'_>) {
    check_selectable(poll.selectable_count, &poll.options, "selectableCount", fields);
}

impl From<PollBody> for Content {
    fn from(PollBody { name, options, selectable_count }: PollBody) -> Self {
        Self::Poll(Poll { name, options, selectable_count })
    }
}
