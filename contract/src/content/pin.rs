//! Pins a message in its chat, for everyone.

use super::{About, Sendable, To};
use crate::fields::Fields;
use crate::ids::MessageId;
use crate::jid::Jid;
use crate::shape::{Rule, message_id, optional, or, person};

crate::record! {
    /// Pins a message in its chat, or unpins it, for everyone.
    pub struct Pin {
        /// The message.
        pub message_id: MessageId = message_id();
        /// How long, seconds: 86400 (a day), 604800 (a week), 2592000 (30 days), or 0 to unpin.
        pub duration_seconds: i64 = or(PinDuration, 86_400);
        /// Who wrote the message, if it is not known to the gateway.
        pub sender: Option<Jid> = optional(person());
    }
}

/// One of the durations that WhatsApp knows, or 0.
#[derive(Debug, Clone, Copy)]
struct PinDuration;

const DURATIONS: [i64; 4] = [0, 86_400, 604_800, 2_592_000];

impl Rule for PinDuration {
    type Value = i64;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<i64> {
        let seconds = fields.integer(field, DURATIONS[0], DURATIONS[3])?;
        if DURATIONS.contains(&seconds) {
            return Some(seconds);
        }
        fields.note(field, "must be 0, 86400, 604800 or 2592000");
        None
    }

    fn schema(&self) -> serde_json::Value {
        serde_json::json!({"type": "integer", "enum": DURATIONS})
    }
}

impl Sendable for Pin {
    const TO: To = To::CHAT;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Pin or unpin a message",
            note: None,
            example: r#"{"chat": "628123456789@s.whatsapp.net", "message_id": "3EB0ABC123", "duration_seconds": 86400}"#,
        }
    }
}
