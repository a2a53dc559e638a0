//! A request for money.

use super::{About, Sendable, To};
use crate::shape::{currency, optional, text, whole};

crate::record! {
    /// A request for money.
    pub struct RequestPayment {
        /// The currency, ISO 4217.
        pub currency_code: String = currency();
        /// The amount, in thousandths of the currency.
        pub amount1000: i64 = whole(0, 9_007_199_254_740_991);
        /// What it is for.
        pub note: Option<String> = optional(text(1, 1024));
        /// Until when it can be paid, unix seconds.
        pub expiry_timestamp: Option<i64> = optional(whole(0, 253_402_300_799));
    }
}

impl Sendable for RequestPayment {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Ask for a payment",
            note: Some(
                "Payments are shown only where WhatsApp offers them (India, Brazil, Singapore) and both sides use them; the gateway moves no money.",
            ),
            example: r#"{"to": "628123456789@s.whatsapp.net", "currency_code": "USD", "amount1000": 50000000, "note": "Payment for invoice #123", "expiry_timestamp": 1700086400}"#,
        }
    }
}
