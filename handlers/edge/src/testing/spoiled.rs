//! Bodies that break one rule each, made from a record's schema: what a component's tests hold its reader against.

use serde_json::{Map, Value, json};

/// A good body of which one thing was made bad.
#[derive(Debug, Clone)]
pub struct Spoiled {
    /// The field that an answer must name.
    pub field: String,
    /// What was done to it.
    pub how: &'static str,
    /// The body.
    pub body: String,
}

/// Every way to break one rule of `schema` (an object's) in the `good` body: each required field left out; each field of
/// a wrong type, one over and one under its limits, of an unknown name; the same for the items of lists.
pub fn spoiled(schema: &Value, good: &Value) -> Vec<Spoiled> {
    let good = good.as_object().cloned().unwrap_or_default();
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body.insert(field.to_owned(), value);
        Value::Object(body).to_string()
    };
    let mut all = Vec::new();
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let mut body = good.clone();
        body.remove(name);
        for (how, body) in [("left out", Value::Object(body).to_string()), ("null", with(name, Value::Null))]
        {
            all.push(Spoiled { field: name.to_owned(), how, body });
        }
    }
    for (name, schema) in schema["properties"].as_object().unwrap_or(&Map::new()) {
        for (how, value, item) in bad_values(schema) {
            let field = if item { format!("{name}[0]") } else { name.clone() };
            all.push(Spoiled { field, how, body: with(name, value) });
        }
    }
    all
}

/// Values that `schema` refuses, how, and whether the fault is a list's first item's.
fn bad_values(schema: &Value) -> Vec<(&'static str, Value, bool)> {
    let number = |name: &str| schema[name].as_u64().map(|n| n as usize);
    let mut bad = Vec::new();
    match schema["type"].as_str() {
        Some("array") => {
            bad.push(("not a list", json!("x"), false));
            if let Some(max) = number("maxItems") {
                bad.push(("one item too many", json!(vec!["628123456789"; max + 1]), false));
            }
            if let Some(min) = number("minItems") {
                bad.push(("one item too few", json!(vec!["628123456789"; min - 1]), false));
            }
            let items = bad_values(&schema["items"]).into_iter();
            bad.extend(items.map(|(how, value, _)| (how, json!([value]), true)));
        }
        Some("boolean") => bad.push(("not a flag", json!("true"), false)),
        Some("integer" | "number") => {
            bad.push(("not a number", json!("5"), false));
            if schema["enum"].is_array() {
                bad.push(("an unknown number", json!(-7), false));
            }
            for (name, step, how) in [("minimum", -1, "too small"), ("maximum", 1, "too large")] {
                bad.extend(schema[name].as_i64().map(|limit| (how, json!(limit + step), false)));
            }
        }
        Some("object") => bad.push(("not an object", json!("x"), false)),
        // Text; so is what a shared schema describes.
        _ => {
            bad.push(("not a text", json!(7), false));
            if schema["enum"].is_array() || schema["$ref"].is_string() || schema["pattern"].is_string() {
                bad.push(("no such name", json!("no such name!"), false));
            }
            if let Some(max) = number("maxLength").filter(|_| !schema["pattern"].is_string()) {
                bad.push(("one character too long", json!("é".repeat(max + 1)), false));
            }
            if let Some(min) = number("minLength").filter(|min| *min > 0) {
                bad.push(("one character too short", json!("é".repeat(min - 1)), false));
            }
        }
    }
    bad
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_broken_once() {
        let schema = json!({
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 3},
                "age": {"type": "integer", "minimum": 0, "maximum": 9},
                "friends": {"type": "array", "maxItems": 2, "items": {"$ref": "#/x"}},
            },
        });
        let all = spoiled(&schema, &json!({"name": "Ana"}));
        let told: Vec<String> = all.iter().map(|s| format!("{}: {}", s.field, s.how)).collect();
        assert_eq!(
            told,
            [
                "name: left out",
                "name: null",
                "age: not a number",
                "age: too small",
                "age: too large",
                "friends: not a list",
                "friends: one item too many",
                "friends[0]: not a text",
                "friends[0]: no such name",
                "name: not a text",
                "name: one character too long",
                "name: one character too short",
            ]
        );
        assert_eq!(all[0].body, "{}");
    }
}
