//! A business order.

use super::{About, Sendable, To};
use crate::jid::Jid;
use crate::shape::{choice, currency, optional, person, text, whole};

crate::record! {
    /// A business order.
    pub struct Order {
        /// The order's id.
        pub order_id: String = text(1, 256);
        /// How many items.
        pub item_count: Option<i64> = optional(whole(0, 2_147_483_647));
        /// How far it is.
        pub status: Option<OrderStatus> = optional(choice::<OrderStatus>());
        /// What the customer says.
        pub message: Option<String> = optional(text(1, 1024));
        /// Its title.
        pub order_title: Option<String> = optional(text(1, 256));
        /// Who sells.
        pub seller_jid: Option<Jid> = optional(person());
        /// The order's token.
        pub token: Option<String> = optional(text(1, 1024));
        /// The total, in thousandths of the currency.
        pub total_amount_1000: Option<i64> = optional(whole(0, 9_007_199_254_740_991));
        /// The currency, ISO 4217.
        pub total_currency_code: Option<String> = optional(currency());
    }
}

crate::names! {
    /// How far an order is.
    pub enum OrderStatus {
        /// The customer asks.
        Inquiry = "inquiry",
        /// The seller takes it.
        Accepted = "accepted",
        /// The seller does not.
        Declined = "declined",
    }
}

impl Sendable for Order {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = true;

    fn about() -> About {
        About {
            summary: "Send an order",
            note: Some(
                "WhatsApp shows an order fully only where a catalogue stands behind its id and token.",
            ),
            example: r#"{"to": "628123456789", "order_id": "ORD-001", "item_count": 3, "status": "inquiry", "message": "I'd like to order these items", "order_title": "My Order", "total_amount_1000": 50000000, "total_currency_code": "USD"}"#,
        }
    }
}
