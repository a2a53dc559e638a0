//! A contact card.

use super::{About, Sendable, To};
use crate::shape::{self, Optional, items, nested, optional, phone, text};

/// The rule of the name.
pub(super) const DISPLAY_NAME: shape::Text = text(1, 256);
/// The most numbers of a card.
pub(super) const MOST_PHONES: usize = 20;
/// The rule of a number's type.
pub(super) const PHONE_TYPE: Optional<shape::Text> = optional(text(1, 32));
/// The rule of the company.
pub(super) const ORGANIZATION: Optional<shape::Text> = optional(text(1, 256));
/// The rule of the mail address.
pub(super) const EMAIL: Optional<shape::Text> = optional(text(3, 254));

crate::record! {
    /// A contact card.
    pub struct Contact {
        /// The card.
        pub contact: Card = nested::<Card>();
    }
}

crate::record! {
    /// Somebody's card.
    pub struct Card {
        /// The name.
        pub display_name: String = DISPLAY_NAME;
        /// The numbers.
        pub phones: Vec<Phone> = items(nested::<Phone>(), 1, MOST_PHONES);
        /// The company.
        pub organization: Option<String> = ORGANIZATION;
        /// The mail address.
        pub email: Option<String> = EMAIL;
    }
}

crate::record! {
    /// One number of a card.
    pub struct Phone {
        /// The number, with its country code; digits only once read.
        pub number: String = phone();
        /// `CELL`, `HOME`, `WORK` and the like: a vCard's type.
        pub phone_type: Option<String> = PHONE_TYPE;
    }
}

impl Sendable for Contact {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Send a contact",
            note: None,
            example: r#"{"to": "628123456789", "contact": {"display_name": "John Doe", "phones": [{"number": "+628123456789", "phone_type": "CELL"}]}}"#,
        }
    }
}
