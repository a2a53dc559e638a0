//! Whether a value is what a schema says: as much of JSON Schema as our descriptions use. A `pattern` is not looked at
//! (there is no regular expression in this crate); the rules that read are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Description, shared};

/// Schemas by name.
#[derive(Debug, Clone)]
pub struct Schemas<'a> {
    own: &'a [(String, Value)],
    shared: BTreeMap<&'static str, Value>,
}

impl<'a> Schemas<'a> {
    /// Those that a description may refer to.
    pub fn of(description: &'a Description) -> Self {
        Self { own: &description.schemas, shared: shared::schemas().into_iter().collect() }
    }

    /// What `#/components/schemas/<name>` leads to.
    pub fn find(&self, reference: &str) -> Option<&Value> {
        let name = reference.strip_prefix("#/components/schemas/")?;
        let own = self.own.iter().find(|(own, _)| own == name).map(|(_, schema)| schema);
        own.or_else(|| self.shared.get(name))
    }

    /// What `schema` says against `value`, with its place.
    pub fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(schema, value, "$", &mut faults);
        faults
    }

    fn takes(&self, schema: &Value, value: &Value) -> bool {
        self.faults(schema, value).is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            match self.find(reference) {
                Some(target) => self.check(target, value, at, faults),
                None => faults.push(format!("{at}: {reference} leads nowhere")),
            }
        }
        let list = |name: &str| schema[name].as_array().map(Vec::as_slice).unwrap_or_default();
        for part in list("allOf") {
            self.check(part, value, at, faults);
        }
        for (name, least, most) in [("oneOf", 1, 1), ("anyOf", 1, usize::MAX)] {
            let fits = list(name).iter().filter(|part| self.takes(part, value)).count();
            if schema[name].is_array() && !(least..=most).contains(&fits) {
                faults.push(format!("{at}: fits {fits} of its {name}: {value}"));
            }
        }
        if schema["not"].is_object() && self.takes(&schema["not"], value) {
            faults.push(format!("{at}: is what it must not be"));
        }
        if !types(&schema["type"]).is_none_or(|types| types.iter().any(|name| is(name, value))) {
            faults.push(format!("{at}: is no {}: {value}", schema["type"]));
            return;
        }
        if schema["enum"].as_array().is_some_and(|names| !names.contains(value))
            || schema.get("const").is_some_and(|only| only != value)
        {
            faults.push(format!("{at}: is none of the values that may be: {value}"));
        }
        self.members(schema, value, at, faults);
        limits(schema, value, at, faults);
    }

    /// Of an object its fields, of a list its items.
    fn members(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        if let Value::Object(object) = value {
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !object.contains_key(name) {
                    faults.push(format!("{at}: has no {name}"));
                }
            }
            for (name, value) in object {
                match schema["properties"].get(name) {
                    Some(schema) => self.check(schema, value, &format!("{at}.{name}"), faults),
                    None if schema["additionalProperties"] == false => {
                        faults.push(format!("{at}: {name} is not described"));
                    }
                    None => {}
                }
            }
        }
        if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
            for (i, item) in items.iter().enumerate() {
                self.check(schema, item, &format!("{at}[{i}]"), faults);
            }
        }
    }
}

/// The names of types that a schema has, if it has any.
fn types(named: &Value) -> Option<Vec<&str>> {
    match named {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    }
}

fn limits(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let (measure, least, most) = match value {
        Value::String(text) => (text.chars().count() as f64, "minLength", "maxLength"),
        Value::Number(number) => (number.as_f64().unwrap_or(f64::NAN), "minimum", "maximum"),
        Value::Array(items) => (items.len() as f64, "minItems", "maxItems"),
        _ => return,
    };
    if schema[least].as_f64().is_some_and(|least| measure < least)
        || schema[most].as_f64().is_some_and(|most| measure > most)
    {
        faults.push(format!("{at}: {measure} is outside its limits"));
    }
    if let Value::Array(items) = value
        && schema["uniqueItems"] == true
        && (1..items.len()).any(|i| items[..i].contains(&items[i]))
    {
        faults.push(format!("{at}: has an item twice"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_schema_says_is_held() {
        let description = Description::default().schema("Age", json!({"type": "integer", "minimum": 0}));
        let schemas = Schemas::of(&description);
        let schema = json!({
            "type": "object", "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 3},
                "age": {"$ref": "#/components/schemas/Age"},
                "mood": {"enum": ["good", null]},
                "friends": {"type": "array", "items": {"type": "string"}, "maxItems": 2, "uniqueItems": true},
            },
        });
        let count = |value: Value| schemas.faults(&schema, &value).len();
        assert_eq!(count(json!({"name": "Ana", "age": 7, "mood": null, "friends": ["a", "b"], "x": 1})), 0);
        for bad in [
            json!([]),
            json!({}),
            json!({"name": ""}),
            json!({"name": "Anna"}),
            json!({"name": "Ana", "age": -1}),
            json!({"name": "Ana", "age": 1.5}),
            json!({"name": "Ana", "mood": "bad"}),
            json!({"name": "Ana", "friends": ["a", "a"]}),
            json!({"name": "Ana", "friends": ["a", 1]}),
        ] {
            assert_eq!(count(bad.clone()), 1, "{bad}");
        }
    }

    #[test]
    fn a_file_has_one_of_three_forms() {
        let description = Description::default();
        let schemas = Schemas::of(&description);
        let media = json!({"$ref": "#/components/schemas/Media"});
        let hash = "A".repeat(43) + "=";
        for (value, good) in [
            (json!({"url": "https://example.com/a.jpg"}), true),
            (json!({"data": "AAAA", "mimetype": "image/png"}), true),
            (
                json!({"direct_path": "/v/x", "media_key": hash, "file_sha256": hash, "file_enc_sha256": hash, "file_length": 1}),
                true,
            ),
            (json!({"url": "https://example.com/a.jpg", "data": "AAAA"}), false),
            (json!({"direct_path": "/v/x"}), false),
            (json!({}), false),
        ] {
            assert_eq!(schemas.faults(&media, &value).is_empty(), good, "{value}");
        }
    }
}
