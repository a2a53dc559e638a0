//! The operations, path by path.

use edgewire_edge::describe::{Answer, Content, Operation};
use serde_json::{Map, Value, json};

use crate::faults::Faults;
use crate::ordered::Node;
use crate::shared::{Shared, header};

/// The extension that has the capabilities of which a token needs one.
const CAPABILITIES: &str = "x-capabilities";
/// The extension that says that a token of the deployment is needed.
const DEPLOYMENT: &str = "x-deployment";

/// All paths, in the order of their first operations.
pub fn paths(operations: &[Operation], shared: &Shared, faults: &mut Faults) -> Node {
    let mut paths = Node::Object(Vec::new());
    for told in operations {
        *paths.entry(&told.path).entry(&told.method.to_ascii_lowercase()) = operation(told, shared, faults);
    }
    paths
}

fn operation(told: &Operation, shared: &Shared, faults: &mut Faults) -> Node {
    let mut node = Node::object([
        ("operationId", Node::Leaf(told.id.clone().into())),
        ("tags", Node::Leaf(json!([told.tag]))),
        ("summary", Node::Leaf(told.summary.clone().into())),
    ]);
    let description = description(told);
    if !description.is_empty() {
        *node.entry("description") = Node::Leaf(description.into());
    }
    if !told.parameters.is_empty() {
        let parameters = told.parameters.iter().map(|parameter| shared.parameter(parameter)).collect();
        *node.entry("parameters") = Node::Leaf(parameters);
    }
    if let Some(body) = &told.body {
        *node.entry("requestBody") = Node::Leaf(json!({
            "required": body.required, "content": contents(&body.content),
        }));
    }
    let responses = node.entry("responses");
    for answer in &told.answers {
        *responses.entry(&answer.status.to_string()) = Node::Leaf(response(answer));
    }
    for (status, reference) in faults.of(told) {
        *responses.entry(&status.to_string()) = Node::Leaf(reference);
    }
    if told.capabilities.is_empty() {
        *node.entry("security") = Node::Leaf(json!([]));
    } else {
        let any_of: Vec<&str> = told.capabilities.iter().map(|capability| capability.as_str()).collect();
        *node.entry(CAPABILITIES) = Node::Leaf(json!(any_of));
    }
    if told.deployment {
        *node.entry(DEPLOYMENT) = Node::Leaf(json!(true));
    }
    node
}

/// The text, and the capability that is needed.
fn description(told: &Operation) -> String {
    let names: Vec<String> = told.capabilities.iter().map(|c| format!("`{}`", c.as_str())).collect();
    let capability =
        if names.is_empty() { None } else { Some(format!("Capability: {}.", names.join(" or "))) };
    let text = Some(told.description.clone()).filter(|text| !text.is_empty());
    text.into_iter().chain(capability).collect::<Vec<_>>().join(" ")
}

fn response(answer: &Answer) -> Value {
    let mut headers = Map::new();
    headers.insert("X-Request-Id".into(), header("X-Request-Id", ""));
    for (name, description) in &answer.headers {
        headers.insert((*name).into(), header(name, description));
    }
    let mut told = json!({"description": answer.description, "headers": headers});
    if let Some(content) = &answer.content {
        told["content"] = contents(std::slice::from_ref(content));
    }
    told
}

fn contents(all: &[Content]) -> Value {
    all.iter()
        .map(|content| (content.media_type.to_owned(), media_type(content)))
        .collect::<Map<_, _>>()
        .into()
}

fn media_type(content: &Content) -> Value {
    let mut told = json!({"schema": content.schema});
    match content.examples.as_slice() {
        [] => {}
        [(_, example)] => told["example"] = example.clone(),
        many => {
            let examples: Map<String, Value> =
                many.iter().map(|(name, example)| (name.clone(), json!({"value": example}))).collect();
            told["examples"] = examples.into();
        }
    }
    told
}
