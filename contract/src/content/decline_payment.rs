//! Refuses a request for money.

use super::{About, Sendable, To};
use crate::ids::MessageId;
use crate::shape::message_id;

crate::record! {
    /// Refuses a request for money.
    pub struct DeclinePayment {
        /// The request, one of theirs.
        pub request_message_id: MessageId = message_id();
    }
}

impl Sendable for DeclinePayment {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Decline a payment request",
            note: Some(
                "Payments are shown only where WhatsApp offers them (India, Brazil, Singapore) and both sides use them; the gateway moves no money.",
            ),
            example: r#"{"to": "628123456789@s.whatsapp.net", "request_message_id": "3EB0ABC123"}"#,
        }
    }
}
