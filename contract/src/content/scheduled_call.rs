//! A call that is to be held in a group.

use super::{About, Sendable, To};
use crate::shape::{choice, optional, or, text, whole};

crate::record! {
    /// A call that is to be held in a group.
    pub struct ScheduledCall {
        /// When, unix milliseconds.
        pub scheduled_timestamp_ms: i64 = whole(1, 253_402_300_799_999);
        /// With or without pictures.
        pub call_type: CallType = or(choice::<CallType>(), CallType::Voice);
        /// What it is called.
        pub title: Option<String> = optional(text(1, 256));
    }
}

crate::names! {
    /// With or without pictures.
    pub enum CallType {
        /// Without.
        Voice = "voice",
        /// With.
        Video = "video",
    }
}

impl Sendable for ScheduledCall {
    const TO: To = To::GROUP;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Schedule a call",
            note: Some("Newer apps of WhatsApp schedule calls as events and may not show this kind."),
            example: r#"{"to": "120363000000000000@g.us", "scheduled_timestamp_ms": 1700000000000, "call_type": "voice", "title": "Weekly Team Sync"}"#,
        }
    }
}
