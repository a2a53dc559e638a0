//! The routes, told for `openapi.json`.

use edgewire_edge::describe::{Answer, Description, Operation};
use serde_json::json;

/// Tells the component's routes.
pub fn describe() -> Description {
    let document = json!({
        "type": "object", "required": ["openapi", "info", "paths", "components"],
        "properties": {"openapi": {"type": "string"}, "info": {"type": "object"}, "paths": {"type": "object"}},
    });
    let tag = "Changes when the document does; send it as `If-None-Match` to be told of changes only.";
    let cached = "For how long it need not be asked for again.";
    Description::of(vec![
        Operation::new("GET", "/openapi.json", "openapi")
            .tagged("Service")
            .summed_up("This document")
            .told("OpenAPI 3.1; gzip for those who take it.")
            .answer(
                Answer::of(200, "The document.", "application/json", document)
                    .header("ETag", tag)
                    .header("Cache-Control", cached),
            )
            .answer(
                Answer::empty(304, "You have it: `If-None-Match` names it.")
                    .header("ETag", tag)
                    .header("Cache-Control", cached),
            ),
    ])
}
