//! Parameters and headers that many operations have, told once.

use edgewire_edge::describe::{Operation, Parameter, Place};
use serde_json::{Map, Value, json};

use crate::ordered::Node;
use crate::pascal;

/// A parameter that so many operations have is told once.
const MANY: usize = 3;

/// The parameters that are told once, by their names there.
#[derive(Debug, Default)]
pub struct Shared(Vec<(String, Value)>);

impl Shared {
    /// Of these operations.
    pub fn of(operations: &[Operation]) -> Self {
        let mut counts: Vec<(&'static str, Value, usize)> = Vec::new();
        for parameter in operations.iter().flat_map(|operation| &operation.parameters) {
            let told = told(parameter);
            match counts.iter_mut().find(|(_, known, _)| *known == told) {
                Some((.., count)) => *count += 1,
                None => counts.push((parameter.name, told, 1)),
            }
        }
        let mut shared = Self::default();
        for (name, told, _) in counts.into_iter().filter(|(.., count)| *count >= MANY) {
            let name = pascal(name);
            let taken = |name: &str| shared.0.iter().any(|(own, _)| own == name);
            let free = (1..).map(|n| if n == 1 { name.clone() } else { format!("{name}{n}") });
            let name = free.into_iter().find(|name| !taken(name)).expect("numbers do not end");
            shared.0.push((name, told));
        }
        shared
    }

    /// A parameter where it is used.
    pub fn parameter(&self, parameter: &Parameter) -> Value {
        let told = told(parameter);
        match self.0.iter().find(|(_, known)| *known == told) {
            Some((name, _)) => json!({"$ref": format!("#/components/parameters/{name}")}),
            None => told,
        }
    }

    /// The parameters that are told once.
    pub fn parameters(&self) -> Node {
        Node::Object(self.0.iter().map(|(name, told)| (name.clone(), Node::Leaf(told.clone()))).collect())
    }
}

fn told(parameter: &Parameter) -> Value {
    let mut told = Map::new();
    told.insert("name".into(), parameter.name.into());
    told.insert("in".into(), parameter.place.as_str().into());
    told.insert("description".into(), parameter.description.clone().into());
    if parameter.required {
        told.insert("required".into(), true.into());
    }
    if parameter.place == Place::Query && parameter.schema["type"] == "array" {
        told.insert("style".into(), "form".into());
        told.insert("explode".into(), false.into());
    }
    told.insert("schema".into(), parameter.schema.clone());
    if let Some(example) = &parameter.example {
        told.insert("example".into(), example.clone());
    }
    Value::Object(told)
}

/// The headers that are told once.
pub fn headers() -> Value {
    json!({
        "RequestId": {
            "required": true,
            "description": "Leads to the log lines of the request: yours, if you sent a usable one.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        },
        "RetryAfter": {"required": true, "description": "When to try again, seconds.", "schema": {"type": "integer", "minimum": 0}},
        "Authenticate": {"required": true, "description": "`Bearer`.", "schema": {"type": "string"}},
        "IdempotentReplayed": {
            "description": "`true` when this is an earlier request's answer, by its `Idempotency-Key`.",
            "schema": {"const": "true"},
        },
    })
}

/// A header of an answer where it is used.
pub fn header(name: &str, description: &str) -> Value {
    let known = match name.to_ascii_lowercase().as_str() {
        "x-request-id" => "RequestId",
        "retry-after" => "RetryAfter",
        "idempotent-replayed" => "IdempotentReplayed",
        _ => return json!({"description": description, "schema": {"type": "string"}}),
    };
    json!({"$ref": format!("#/components/headers/{known}")})
}
