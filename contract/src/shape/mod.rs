//! What a request body looks like, said once.
//!
//! A [`record!`](crate::record) lists its fields with a [`Rule`] and an example each. From that one list come the type,
//! the reader that names every bad field, and the JSON schema that `openapi.json` is made of; so a limit cannot be one
//! thing in the code and another in the description.
//!
//! ```
//! use edgewire_contract::fields::{Fields, Noted};
//! use edgewire_contract::shape::{Record as _, optional, text};
//!
//! edgewire_contract::record! {
//!     /// A place.
//!     pub struct Place {
//!         /// What it is called.
//!         pub name: String = text(1, 10);
//!         /// Where it is.
//!         pub address: Option<String> = optional(text(1, 100));
//!     }
//! }
//! let read = |body: &[u8]| Fields::read(body, |f| Place::read(f).ok_or(Noted));
//! assert_eq!(read(br#"{"name":"Home"}"#).unwrap().address, None);
//! assert_eq!(read(br#"{"address":1}"#).unwrap_err().details["fields"].as_array().unwrap().len(), 2);
//! assert_eq!(Place::schema()["properties"]["name"]["maxLength"], 10);
//! ```
//!
//! * this file: the traits and the macro;
//! * [`rules`]: text, numbers, choices; [`lists`]: lists and nested records; [`media`]: a file in its three forms;
//!   [`moment`]: points in time.

pub mod lists;
pub mod media;
pub mod moment;
pub mod rules;

use serde_json::Value;

pub use self::lists::{Items, Nested, items, nested};
pub use self::media::{MediaRule, media};
pub use self::moment::Moment;
pub use self::rules::{
    Choice, Flag, Json, Name, Number, Optional, Or, Parsed, Text, Whole, base64_bytes, base64url, chat,
    choice, currency, flag, group, json_text, message_id, newsletter, number, optional, or, organization_id,
    person, phone, recipient, session_id, text, url, user_id, whole,
};

use crate::fields::Fields;

/// How one field is read and described.
pub trait Rule {
    /// What the field becomes.
    type Value;

    /// Reads `field`. `None` after noting in `fields` what is wrong with it.
    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<Self::Value>;

    /// Its JSON schema.
    fn schema(&self) -> Value;

    /// Whether a body without it is refused.
    fn required(&self) -> bool {
        true
    }
}

/// A JSON object with fields of known names.
pub trait Record: Sized {
    /// Reads it. `None` after noting what is wrong.
    fn read(fields: &mut Fields<'_>) -> Option<Self>;

    /// Its JSON schema.
    fn schema() -> Value;

    /// What must hold between its fields; notes what does not.
    fn check(&self, _fields: &mut Fields<'_>) {}
}

/// Declares a [`Record`]: a struct whose fields each have a [`Rule`]. With `check = path;` in front of the fields, that
/// function is [`Record::check`].
#[macro_export]
macro_rules! record {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident $(check $check:path)? {
            $(
                $(#[doc = $doc:literal])*
                pub $field:ident $(as $wire:literal)? : $type:ty = $rule:expr;
            )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        pub struct $name {
            $(
                $(#[doc = $doc])*
                $(#[serde(rename = $wire)])?
                pub $field: $type,
            )*
        }

        impl $crate::shape::Record for $name {
            fn read(fields: &mut $crate::fields::Fields<'_>) -> Option<Self> {
                // Every field is read before any is missed, so that all bad ones are named. (In one tuple: a field may
                // have the name of a rule.)
                let ($($field,)*) = (
                    $($crate::shape::Rule::read(&$rule, fields, $crate::record!(@wire $field $($wire)?)),)*
                );
                let record = Self { $($field: $field?),* };
                $crate::shape::Record::check(&record, fields);
                Some(record)
            }

            fn schema() -> ::serde_json::Value {
                let mut required: Vec<&str> = Vec::new();
                let mut properties = ::serde_json::Map::new();
                $({
                    let rule = $rule;
                    let name = $crate::record!(@wire $field $($wire)?);
                    if $crate::shape::Rule::required(&rule) {
                        required.push(name);
                    }
                    let about = concat!($($doc, "\n"),*);
                    properties.insert(name.to_owned(), $crate::shape::described($crate::shape::Rule::schema(&rule), about));
                })*
                let about = concat!($($about, "\n"),*);
                let object = ::serde_json::json!({"type": "object", "required": required, "properties": properties});
                $crate::shape::described(object, about)
            }

            $(
                fn check(&self, fields: &mut $crate::fields::Fields<'_>) {
                    $check(self, fields);
                }
            )?
        }
    };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
}

/// `schema` with the text of a doc comment.
#[doc(hidden)]
pub fn described(mut schema: Value, about: &str) -> Value {
    let text: Vec<&str> = about.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if !text.is_empty()
        && let Value::Object(object) = &mut schema
    {
        object.insert("description".into(), text.join(" ").into());
        // An empty list is no valid `required` in older readers.
        if object.get("required").is_some_and(|r| r.as_array().is_some_and(Vec::is_empty)) {
            object.remove("required");
        }
    }
    schema
}
