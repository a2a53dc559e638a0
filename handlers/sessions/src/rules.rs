//! How the fields of this component's bodies are read and described, where the contract has no rule for them.

use edgewire_contract::fields::Fields;
use edgewire_contract::ids::SessionId;
use edgewire_contract::shape::Rule;
use serde_json::{Value, json};

/// A string that is read into something else.
#[derive(Debug, Clone, Copy)]
pub struct Parsed<T> {
    parse: fn(&str) -> Result<T, String>,
    schema: fn() -> Value,
}

impl<T> Rule for Parsed<T> {
    type Value = T;

    fn read(&self, fields: &mut Fields<'_>, field: &str) -> Option<T> {
        fields.parsed(field, self.parse)
    }

    fn schema(&self) -> Value {
        (self.schema)()
    }
}

/// A session's id.
pub const fn session_id() -> Parsed<SessionId> {
    Parsed {
        parse: |text| SessionId::parse(text).map_err(|e| e.to_string()),
        schema: || json!({"$ref": "#/components/schemas/SessionId"}),
    }
}
