//! Puts the description of the API, OpenAPI 3.1, together from what the components tell of their routes. Native only; run
//! by a test, which holds the committed document against it (`cargo xtask openapi` writes it anew).
//!
//! * [`parts`]: the components, a line each: **here a new one is added**;
//! * [`document`]: the whole; [`info`]: what stands in front, and the chapters; [`paths`]: the operations;
//! * [`faults`]: the errors, in both envelopes; [`shared`]: parameters and headers that many have; [`webhooks`]: what
//!   receivers of webhooks are sent;
//! * [`ordered`]: JSON whose fields stand in the order in which they are read; [`problems`]: what is wrong with the whole.

pub mod faults;
pub mod info;
pub mod ordered;
pub mod parts;
pub mod paths;
pub mod problems;
pub mod shared;
pub mod webhooks;

use edgewire_edge::describe::{Operation, shared::schemas};
use serde_json::{Value, json};

use crate::faults::Faults;
use crate::ordered::Node;
use crate::parts::PARTS;
use crate::shared::Shared;

/// Everything that is told, put together.
#[derive(Debug)]
pub struct Told {
    /// The operations, chapter by chapter.
    pub operations: Vec<Operation>,
    /// The schemas with their names, those that many share first; a name that is there twice is a problem.
    pub schemas: Vec<(String, Value)>,
}

impl Told {
    /// By all components.
    pub fn by_all() -> Self {
        let mut told = Self { operations: Vec::new(), schemas: Vec::new() };
        told.schemas.extend(schemas().into_iter().map(|(name, schema)| (name.to_owned(), schema)));
        told.schemas.extend(faults::schemas());
        for part in PARTS {
            let description = (part.describe)();
            told.operations.extend(description.operations);
            told.schemas.extend(description.schemas);
        }
        told.operations.sort_by_key(|operation| info::place_of(operation.tag));
        // Two components may tell the same of the same.
        let mut kept: Vec<(String, Value)> = Vec::new();
        for named in told.schemas {
            if !kept.contains(&named) {
                kept.push(named);
            }
        }
        Self { schemas: kept, ..told }
    }
}

/// The document.
pub fn document() -> Node {
    let told = Told::by_all();
    let shared = Shared::of(&told.operations);
    let mut faults = Faults::default();
    let paths = paths::paths(&told.operations, &shared, &mut faults);
    let schemas = told.schemas.into_iter().map(|(name, schema)| (name, Node::Leaf(schema))).collect();
    Node::object([
        ("openapi", Node::Leaf(json!("3.1.0"))),
        ("info", Node::Leaf(info::info())),
        ("servers", Node::Leaf(json!([{"url": "/"}]))),
        ("security", Node::Leaf(json!([{"bearer": []}, {"apiKey": []}]))),
        ("tags", Node::Leaf(info::tags())),
        ("paths", paths),
        ("webhooks", webhooks::webhooks()),
        (
            "components",
            Node::object([
                ("securitySchemes", Node::Leaf(info::security_schemes())),
                ("parameters", shared.parameters()),
                ("headers", Node::Leaf(shared::headers())),
                ("responses", faults.responses()),
                ("schemas", Node::Object(schemas)),
            ]),
        ),
    ])
}

/// The document as it is committed.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).expect("a document has string keys");
    text.push('\n');
    text
}

/// `session_not_connected`, `Idempotency-Key` as the name of a component: `SessionNotConnected`, `IdempotencyKey`.
fn pascal(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.fold(String::new(), |mut whole, part| {
        let (first, rest) = part.split_at(1);
        whole.push_str(&first.to_ascii_uppercase());
        whole.push_str(rest);
        whole
    })
}
