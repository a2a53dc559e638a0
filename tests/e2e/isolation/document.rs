//! The operations of the served OpenAPI document, as far as one must know them to ask for them.

use edgewire_contract::token::Capability;
use harness::World;
use http::Method;
use serde_json::Value;

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// Its path, with names in braces.
    pub path: String,
    /// A token needs one of these.
    pub capabilities: Vec<Capability>,
    /// Whether it takes a token of the deployment.
    pub deployment: bool,
    /// Whether it takes no token.
    pub public: bool,
    /// The parameters of its query.
    pub query: Vec<Parameter>,
    /// Its body.
    pub body: Option<Body>,
}

/// A parameter of the query.
#[derive(Debug)]
pub struct Parameter {
    pub name: String,
    pub required: bool,
    pub example: Option<String>,
}

/// What an operation is given.
#[derive(Debug)]
pub struct Body {
    pub required: bool,
    /// Whole bodies that work, the least first; of what is no JSON there are none.
    pub examples: Vec<Value>,
    /// The names of its fields.
    pub fields: Vec<String>,
    /// Its media type.
    pub kind: String,
}

impl Operation {
    /// Whether it is done by one of the caller's devices where none is named.
    pub fn picks_a_device(&self) -> bool {
        self.query.iter().any(|parameter| parameter.name == "device_id")
    }
}

/// All operations that `world` says it has.
pub async fn operations(world: &World) -> Vec<Operation> {
    let document = world.request(Method::GET, "/openapi.json").send().await.expect(200);
    let mut all = Vec::new();
    for (path, item) in object(&document["paths"]) {
        for (method, told) in object(item) {
            all.push(operation(&document, path, method, told));
        }
    }
    assert!(all.len() > 150, "{} operations", all.len());
    all
}

fn operation(document: &Value, path: &str, method: &str, told: &Value) -> Operation {
    let id = text(&told["operationId"]);
    let public = told["security"].as_array().is_some_and(Vec::is_empty);
    let capabilities: Vec<Capability> = items(&told["x-capabilities"]).iter().map(capability).collect();
    assert_eq!(
        capabilities.is_empty(),
        public,
        "{id}: what takes a token has `x-capabilities`, and nothing else has"
    );
    let parameters = items(&told["parameters"]).iter().map(|it| resolved(document, it));
    let query = parameters.filter(|it| it["in"] == "query").map(|it| Parameter {
        name: text(&it["name"]),
        required: it["required"] == true,
        example: it["example"].as_str().map(str::to_owned),
    });
    Operation {
        method: Method::from_bytes(method.to_ascii_uppercase().as_bytes()).expect("a method"),
        path: path.to_owned(),
        capabilities,
        deployment: told["x-deployment"] == true,
        public,
        query: query.collect(),
        body: told.get("requestBody").map(|told| body(document, &id, resolved(document, told))),
        id,
    }
}

fn capability(name: &Value) -> Capability {
    let found = Capability::ALL.into_iter().find(|capability| name == capability.as_str());
    found.unwrap_or_else(|| panic!("{name} is no capability"))
}

fn body(document: &Value, id: &str, told: &Value) -> Body {
    let content = object(&told["content"]);
    let json = content.iter().find(|(kind, _)| *kind == "application/json");
    let (kind, content) = json.or(content.first()).unwrap_or_else(|| panic!("{id} has a body of no type"));
    let mut examples: Vec<Value> = content.get("example").into_iter().cloned().collect();
    let mut named = content.get("examples").map(object).unwrap_or_default();
    named.sort_by_key(|(name, _)| *name != "least");
    examples.extend(named.into_iter().map(|(_, example)| example["value"].clone()));
    assert!(
        json.is_none() || !examples.is_empty(),
        "{id} cannot be tried: its body has no example. Give it one in its description (`Body::example`)."
    );
    let schema = resolved(document, &content["schema"]);
    let fields = schema.get("properties").map(object).unwrap_or_default();
    let fields = fields.into_iter().map(|(name, _)| name.to_owned()).collect();
    Body { required: told["required"] == true, examples, fields, kind: (*kind).to_owned() }
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

fn object(value: &Value) -> Vec<(&str, &Value)> {
    let fields = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    fields.iter().map(|(name, value)| (name.as_str(), value)).collect()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
