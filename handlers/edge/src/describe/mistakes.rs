//! What is wrong with a description: a component's test asks for none.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Content, Description, Operation, Place, valid::Schemas};
use crate::route::{Found, Route, find};

impl Description {
    /// What is wrong, in sentences: an operation that none of `routes` leads to (looked for when there are any), a route
    /// without an operation, an id twice, something left out, a reference that leads nowhere, a JSON body without an
    /// example, an example that its schema refuses.
    pub fn mistakes<Op: Copy>(&self, routes: &[Route<Op>]) -> Vec<String> {
        let schemas = Schemas::of(self);
        let mut mistakes = Vec::new();
        let mut ids = BTreeSet::new();
        for operation in &self.operations {
            let mut note = |what: String| mistakes.push(format!("{}: {what}", operation.id));
            if !ids.insert(&operation.id) {
                note("its id is there twice".into());
            }
            if !routes.is_empty() && !matches!(find(routes, operation.method, &operation.path), Found::Op(..))
            {
                note(format!("no route leads to {} {}", operation.method, operation.path));
            }
            if operation.summary.is_empty() || operation.answers.is_empty() {
                note("it has no summary or no answer".into());
            }
            // `tests/e2e/isolation` asks with it.
            let untold = |it: &Content| it.media_type == "application/json" && it.examples.is_empty();
            if operation.body.iter().flat_map(|body| &body.content).any(untold) {
                note("its body has no example".into());
            }
            parameters(operation, &schemas, &mut note);
            let contents = operation.body.iter().flat_map(|body| &body.content);
            for content in
                contents.chain(operation.answers.iter().filter_map(|answer| answer.content.as_ref()))
            {
                examples(content, &schemas, &mut note);
            }
        }
        for (name, schema) in &self.schemas {
            lost(schema, &schemas, &mut |what| mistakes.push(format!("schema {name}: {what}")));
        }
        let told = |route: &Route<Op>| {
            self.operations.iter().any(|o| route.method == o.method && route.fits(&o.path))
        };
        let untold = routes.iter().filter(|route| !told(route));
        mistakes.extend(untold.map(|route| format!("{} {} is not described", route.method, route.path)));
        mistakes
    }
}

impl<Op: Copy> Route<Op> {
    /// Whether `path` (perhaps itself a template) is one of its paths.
    fn fits(&self, path: &str) -> bool {
        matches!(find(&[Route { method: "*", path: self.path, op: () }], "*", path), Found::Op(..))
    }
}

fn parameters(operation: &Operation, schemas: &Schemas<'_>, note: &mut impl FnMut(String)) {
    let named: BTreeSet<&str> =
        operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    let in_path = operation.parameters.iter().filter(|parameter| parameter.place == Place::Path);
    let told: BTreeSet<&str> = in_path.map(|parameter| parameter.name).collect();
    if named != told {
        note(format!("its path names {named:?}, its parameters {told:?}"));
    }
    for parameter in &operation.parameters {
        lost(&parameter.schema, schemas, note);
        for fault in parameter.example.iter().flat_map(|example| schemas.faults(&parameter.schema, example)) {
            note(format!("the example of {}: {fault}", parameter.name));
        }
    }
}

fn examples(content: &Content, schemas: &Schemas<'_>, note: &mut impl FnMut(String)) {
    lost(&content.schema, schemas, note);
    for (name, example) in &content.examples {
        for fault in schemas.faults(&content.schema, example) {
            note(format!("its example {name}: {fault}"));
        }
    }
}

/// Notes the references that lead nowhere.
fn lost(schema: &Value, schemas: &Schemas<'_>, note: &mut impl FnMut(String)) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref")
                && schemas.find(reference).is_none()
            {
                note(format!("{reference} leads nowhere"));
            }
            object.values().for_each(|value| lost(value, schemas, note));
        }
        Value::Array(items) => items.iter().for_each(|value| lost(value, schemas, note)),
        _ => {}
    }
}
