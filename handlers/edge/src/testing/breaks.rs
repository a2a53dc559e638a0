//! Every way to break one rule of a body, made from its schema: each required field left out, each field of a wrong type
//! or one beyond its limits, as deep as the schema goes. What a reader is held against: it must name exactly that field.

use serde_json::{Value, json};

use crate::describe::valid::Schemas;

/// A body of which one thing was made bad.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The field that the answer must name.
    pub field: String,
    /// What was done to it.
    pub how: &'static str,
    /// The body.
    pub body: Value,
}

/// What `good`, a body of `schema`, can be broken into.
pub fn breaks(schemas: &Schemas<'_>, schema: &Value, good: &Value) -> Vec<Broken> {
    let mut all = of_object(schemas, schema, good);
    for broken in &mut all {
        broken.field = broken.field.trim_start_matches('.').to_owned();
    }
    all
}

fn broken(how: &'static str, body: Value) -> Broken {
    Broken { field: String::new(), how, body }
}

/// The names within `#/components/schemas/`.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

fn of(schemas: &Schemas<'_>, schema: &Value, good: &Value) -> Vec<Broken> {
    if let Some(name) = referred(schema) {
        let mut all: Vec<Broken> =
            strangers(name).iter().map(|text| broken("another kind", json!(text))).collect();
        all.extend(of(
            schemas,
            schemas.find(schema["$ref"].as_str().expect("a text")).expect("leads somewhere"),
            good,
        ));
        return all;
    }
    for alternatives in ["oneOf", "anyOf"] {
        if let Some(parts) = schema[alternatives].as_array() {
            let fits = parts.iter().find(|part| schemas.faults(part, good).is_empty());
            let mut all = of(schemas, fits.unwrap_or(&parts[0]), good);
            // What is not of this alternative may be of another.
            all.retain(|b| {
                b.how != "another kind"
                    || parts.iter().all(|p| !referred(p).is_some_and(|n| takes(n, &b.body)))
            });
            return all;
        }
    }
    match schema["type"].as_str() {
        Some("object") => {
            let mut all = vec![broken("no object", json!("x"))];
            all.extend(of_object(schemas, schema, good));
            all
        }
        Some("array") => of_list(schemas, schema, good),
        Some("boolean") => vec![broken("no flag", json!("true"))],
        Some("integer" | "number") => of_number(schema),
        _ => of_text(schema),
    }
}

/// Addresses that are no `name`.
fn strangers(name: &str) -> &'static [&'static str] {
    match name {
        "Person" => &["1@g.us", "1@newsletter", "status@broadcast", "123456"],
        "Group" => &["628123456789", "1@lid", "1@newsletter"],
        "Newsletter" => &["628123456789", "1@g.us"],
        "Recipient" => &["628123456789@c.us", "123456", "1234567890123456"],
        "Phone" => &["12", "1234567890123456", "1@lid"],
        _ => &[],
    }
}

fn takes(name: &str, address: &Value) -> bool {
    !strangers(name).iter().any(|stranger| address == stranger)
}

fn of_object(schemas: &Schemas<'_>, schema: &Value, good: &Value) -> Vec<Broken> {
    let mut all = Vec::new();
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let mut left_out = good.clone();
        left_out.as_object_mut().expect("a good body is an object").remove(name);
        for (how, body) in [("left out", left_out), ("null", with(name, Value::Null))] {
            all.push(Broken { field: format!(".{name}"), how, body });
        }
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        let own = good.get(name).cloned().unwrap_or_else(|| sample(schema, 0));
        all.extend(of(schemas, schema, &own).into_iter().map(|Broken { field, how, body }| Broken {
            field: format!(".{name}{field}"),
            how,
            body: with(name, body),
        }));
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        // That it is no object is said once, and an alternative leaves out what it does not have.
        all.extend(of(schemas, part, good).into_iter().filter(|broken| !broken.field.is_empty()));
    }
    all
}

fn of_list(schemas: &Schemas<'_>, schema: &Value, good: &Value) -> Vec<Broken> {
    let number = |name: &str| schema[name].as_u64().map(|n| n as usize);
    let list = |length: usize| Value::from_iter((0..length).map(|i| sample(&schema["items"], i)));
    let mut all = vec![broken("no list", json!("x"))];
    all.extend(number("maxItems").map(|max| broken("an item too many", list(max + 1))));
    all.extend(number("minItems").filter(|min| *min > 0).map(|min| broken("an item too few", list(min - 1))));
    let mut good = good.as_array().cloned().unwrap_or_default();
    while good.len() < number("minItems").unwrap_or(0).max(1) {
        good.push(sample(&schema["items"], good.len()));
    }
    if schema["uniqueItems"] == true {
        let mut twice = good.clone();
        twice[1] = twice[0].clone();
        all.push(Broken { field: "[1]".into(), how: "twice", body: twice.into() });
    }
    let last = good.len() - 1;
    all.extend(of(schemas, &schema["items"], &good[last]).into_iter().map(|Broken { field, how, body }| {
        let mut items = good.clone();
        items[last] = body;
        Broken { field: format!("[{last}]{field}"), how, body: items.into() }
    }));
    all
}

fn of_number(schema: &Value) -> Vec<Broken> {
    let mut all = vec![broken("no number", json!("5"))];
    if schema["type"] == "integer" {
        all.push(broken("no whole number", json!(0.5)));
    }
    if schema["enum"].is_array() {
        all.push(broken("an unknown number", json!(1)));
    }
    for (limit, step, how) in [("minimum", -1, "too small"), ("maximum", 1, "too large")] {
        let beyond = schema[limit].as_i64().map(|limit| json!(limit + step));
        let beyond = beyond.or_else(|| schema[limit].as_f64().map(|limit| json!(limit + step as f64)));
        all.extend(beyond.map(|value| broken(how, value)));
    }
    all
}

fn of_text(schema: &Value) -> Vec<Broken> {
    let number = |name: &str| schema[name].as_u64().map(|n| n as usize);
    let mut all = vec![broken("no text", json!(7))];
    let formed = ["enum", "const", "pattern", "contentEncoding", "contentMediaType", "format"];
    if formed.iter().any(|name| !schema[*name].is_null()) {
        all.push(broken("of another form", json!("no such thing!")));
    }
    if let Some(max) = number("maxLength") {
        all.push(if schema["contentEncoding"] == "base64" {
            broken("too many bytes", json!("A".repeat(max + 4)))
        } else {
            broken("a character too long", json!("é".repeat(max + 1)))
        });
    }
    let min = number("minLength").filter(|min| *min > 0);
    all.extend(min.map(|min| broken("a character too short", json!("é".repeat(min - 1)))));
    all
}

/// A good value, for each `i` another.
fn sample(schema: &Value, i: usize) -> Value {
    if let Some(name) = referred(schema) {
        return match name {
            "MessageId" => json!(format!("A{i}")),
            "Group" | "Newsletter" => {
                json!(format!("{}@{}", i + 1, if name == "Group" { "g.us" } else { "newsletter" }))
            }
            _ => json!(format!("62812345{i:04}")),
        };
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required.map(|name| (name.to_owned(), sample(&schema["properties"][name], i))).collect()
        }
        Some("array") => {
            let length = schema["minItems"].as_u64().unwrap_or(0).max(1) as usize;
            Value::from_iter((0..length).map(|i| sample(&schema["items"], i)))
        }
        Some("boolean") => json!(true),
        Some("integer" | "number") => schema["minimum"].clone(),
        _ if schema["contentMediaType"].is_string() => json!(format!("{{\"a\":{i}}}")),
        _ => json!(format!("{i:03}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::Description;

    #[test]
    fn every_rule_is_broken_once() {
        let schema = json!({
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 3},
                "age": {"type": "integer", "minimum": 0, "maximum": 9},
                "friends": {
                    "type": "array", "maxItems": 2,
                    "items": {"type": "object", "required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/MessageId"}}},
                },
            },
        });
        let description = Description::default();
        let all = breaks(&Schemas::of(&description), &schema, &json!({"name": "Ana"}));
        let mut told: Vec<String> =
            all.iter().map(|broken| format!("{}: {}", broken.field, broken.how)).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "age: no number",
                "age: no whole number",
                "age: too large",
                "age: too small",
                "friends: an item too many",
                "friends: no list",
                "friends[0].id: left out",
                "friends[0].id: no text",
                "friends[0].id: null",
                "friends[0].id: of another form",
                "friends[0]: no object",
                "name: a character too long",
                "name: a character too short",
                "name: left out",
                "name: no text",
                "name: null",
            ]
        );
        let left_out = all.iter().find(|broken| broken.how == "left out").expect("there is one");
        assert_eq!(left_out.body, json!({}));
    }
}
