//! A payment.

use super::{About, Sendable, To};
use crate::ids::MessageId;
use crate::shape::{json_text, message_id, optional, text};

crate::record! {
    /// A payment.
    pub struct SendPayment {
        /// What it is for.
        pub note: Option<String> = optional(text(1, 1024));
        /// The request that it answers.
        pub request_message_id: Option<MessageId> = optional(message_id());
        /// The payment provider's data: a JSON object, as a string.
        pub transaction_data: Option<String> = optional(json_text(8192));
    }
}

impl Sendable for SendPayment {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Send a payment",
            note: Some(
                "Payments are shown only where WhatsApp offers them (India, Brazil, Singapore) and both sides use them; the gateway moves no money.",
            ),
            example: r#"{"to": "628123456789@s.whatsapp.net", "note": "Payment for services", "request_message_id": "3EB0ABC123", "transaction_data": "{\"key\":\"value\"}"}"#,
        }
    }
}
