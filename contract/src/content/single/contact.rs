//! A contact card of the single send endpoint, in its long or its short form.

use serde_json::{Value, json};

use super::super::contact::{
    Card, Contact, DISPLAY_NAME, EMAIL, MOST_PHONES, ORGANIZATION, PHONE_TYPE, Phone,
};
use crate::content::Content;
use crate::fields::Fields;
use crate::shape::{Record as _, Rule, items, nested, phone};

crate::record! {
    /// A contact card.
    pub struct ContactBody {
        /// The card; or just a name and a number.
        pub contact: Card = AnyCard;
    }
}

crate::record! {
    /// Somebody's card.
    pub struct LongCard {
        /// The name.
        pub display_name as "displayName": String = DISPLAY_NAME;
        /// The numbers.
        pub phones: Vec<LongPhone> = items(nested::<LongPhone>(), 1, MOST_PHONES);
        /// The company.
        pub organization: Option<String> = ORGANIZATION;
        /// The mail address.
        pub email: Option<String> = EMAIL;
    }
}

crate::record! {
    /// One number of a card.
    pub struct LongPhone {
        /// The number, with its country code.
        pub number: String = phone();
        /// `CELL`, `HOME`, `WORK` and the like: a vCard's type.
        pub phone_type as "phoneType": Option<String> = PHONE_TYPE;
    }
}

crate::record! {
    /// Somebody's card, short.
    pub struct ShortCard {
        /// The name.
        pub name: String = DISPLAY_NAME;
        /// The number.
        pub phone: String = phone();
    }
}

/// A card: in the short form when it has a name or a number of that form, and none of the long one.
#[derive(Debug, Clone, Copy)]
struct AnyCard;

impl Rule for AnyCard {
    type Value = Card;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Card> {
        fields.object(field, |card| {
            let has = |names: [&str; 2]| names.into_iter().any(|name| card.raw(name).is_some());
            if has(["name", "phone"]) && !has(["displayName", "phones"]) {
                ShortCard::read(card).map(Card::from)
            } else {
                LongCard::read(card).map(Card::from)
            }
        })
    }

    fn schema(&self) -> Value {
        json!({"oneOf": [LongCard::schema(), ShortCard::schema()]})
    }
}

impl From<LongCard> for Card {
    fn from(LongCard { display_name, phones, organization, email }: LongCard) -> Self {
        let phones = phones.into_iter().map(|LongPhone { number, phone_type }| Phone { number, phone_type });
        Self { display_name, phones: phones.collect(), organization, email }
    }
}

impl From<ShortCard> for Card {
    fn from(ShortCard { name, phone }: ShortCard) -> Self {
        let phones = vec![Phone { number: phone, phone_type: None }];
        Self { display_name: name, phones, organization: None, email: None }
    }
}

impl From<ContactBody> for Content {
    fn from(ContactBody { contact }: ContactBody) -> Self {
        Self::Contact(Contact { contact })
    }
}
