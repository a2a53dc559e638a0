//! Changes a scheduled call.

use super::{About, Sendable, To};
use crate::ids::MessageId;
use crate::shape::{choice, message_id, or};

crate::record! {
    /// Changes a scheduled call.
    pub struct ScheduledCallEdit {
        /// The message that scheduled it.
        pub scheduled_call_message_id: MessageId = message_id();
        /// What to do with it.
        pub edit_type: CallEdit = or(choice::<CallEdit>(), CallEdit::Cancel);
    }
}

crate::names! {
    /// What is done with a scheduled call.
    pub enum CallEdit {
        /// It is called off.
        Cancel = "cancel",
    }
}

impl Sendable for ScheduledCallEdit {
    const TO: To = To::GROUP;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Cancel a scheduled call",
            note: None,
            example: r#"{"to": "120363000000000000@g.us", "scheduled_call_message_id": "3EB0ABC123", "edit_type": "cancel"}"#,
        }
    }
}
