//! An invitation to WhatsApp payments.

use super::{About, Sendable, To};
use crate::shape::{optional, whole};

crate::record! {
    /// An invitation to WhatsApp payments.
    pub struct PaymentInvite {
        /// Which service: 0 unknown, 1 Facebook Pay, 2 Novi, 3 UPI.
        pub service_type: Option<i64> = optional(whole(0, 3));
    }
}

impl Sendable for PaymentInvite {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Invite somebody to payments",
            note: Some(
                "Payments are shown only where WhatsApp offers them (India, Brazil, Singapore) and both sides use them; the gateway moves no money. WhatsApp carries no quote in it: `reply_to` has no effect.",
            ),
            example: r#"{"to": "628123456789", "service_type": 0}"#,
        }
    }
}
