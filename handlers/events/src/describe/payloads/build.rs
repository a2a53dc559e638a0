//! What the schemas of payloads are put together from.

use serde_json::{Map, Value, json};

/// A named schema.
pub type Named = (&'static str, Value);
/// A property: its name, and what it is.
pub type Property = (&'static str, Value);

/// An object. A property whose name ends with `?` may be absent.
pub fn object<const N: usize>(about: &str, properties: [Property; N]) -> Value {
    object_of(about, properties.into())
}

/// As [`object`], of any number of properties.
pub fn object_of(about: &str, properties: Vec<Property>) -> Value {
    let required: Vec<&str> =
        properties.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let all: Map<String, Value> = properties
        .iter()
        .map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema.clone()))
        .collect();
    json!({"type": "object", "description": about, "required": required, "properties": all})
}

/// A text.
pub fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

/// A text or null.
pub fn maybe(about: &str) -> Value {
    json!({"type": ["string", "null"], "description": about})
}

/// A number without fraction.
pub fn whole(about: &str) -> Value {
    json!({"type": "integer", "description": about})
}

/// Such a number or null.
pub fn maybe_whole(about: &str) -> Value {
    json!({"type": ["integer", "null"], "description": about})
}

/// True or false.
pub fn flag(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

/// One of some words.
pub fn one_of(about: &str, words: &[&str]) -> Value {
    json!({"enum": words, "description": about})
}

/// Several of `items`.
pub fn list(about: &str, items: Value) -> Value {
    json!({"type": "array", "description": about, "items": items})
}

/// Another schema.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Another schema or null.
pub fn maybe_reference(about: &str, name: &str) -> Value {
    json!({"description": about, "oneOf": [{"type": "null"}, reference(name)]})
}

/// Who: canonical JID, phone and LID, under `jid`, `<prefix>phone` and `<prefix>lid`.
pub fn addresses(jid: &'static str, phone: &'static str, lid: &'static str, who: &str) -> [Property; 3] {
    [
        (jid, text(&format!("{who}: the JID of the phone number, or the LID where no number is known."))),
        (phone, maybe("The phone number (digits), null when unknown.")),
        (lid, maybe("The LID, null when unknown.")),
    ]
}
