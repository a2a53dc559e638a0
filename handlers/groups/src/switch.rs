//! Rules for what can be changed of a group and has no default: it stays as it is when it is missing.

use edgewire_contract::fields::Fields;
use edgewire_contract::shape::Rule;
use serde_json::{Value, json};

/// On or off.
#[derive(Debug, Clone, Copy)]
pub struct Switch;

impl Rule for Switch {
    type Value = bool;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<bool> {
        Some(fields.flag(field, false))
    }

    fn schema(&self) -> Value {
        json!({"type": "boolean"})
    }
}

/// The times after which messages disappear that WhatsApp's apps offer, seconds: never, a day, a week, 90 days.
pub const EPHEMERAL_SECONDS: [u32; 4] = [0, 86_400, 604_800, 7_776_000];

/// One of [`EPHEMERAL_SECONDS`].
#[derive(Debug, Clone, Copy)]
pub struct Ephemeral;

impl Rule for Ephemeral {
    type Value = u32;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<u32> {
        let given = fields.raw(field).and_then(Value::as_u64);
        let known = EPHEMERAL_SECONDS.into_iter().find(|known| given == Some(u64::from(*known)));
        if known.is_none() {
            fields.note(
                field,
                format!("must be one of {}", EPHEMERAL_SECONDS.map(|s| s.to_string()).join(", ")),
            );
        }
        known
    }

    fn schema(&self) -> Value {
        json!({"type": "integer", "enum": EPHEMERAL_SECONDS})
    }
}
