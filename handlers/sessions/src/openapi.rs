//! `GET /openapi.json`: the description of the API, OpenAPI 3.1. A test holds it against the routes of all components.

use edgewire_edge::Reply;

/// The document: `openapi.json` of this package, its white space taken out by the build script.
pub const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// Tells the document.
pub fn openapi() -> Reply {
    Reply::bytes(200, "application/json", DOCUMENT).with("cache-control", "public, max-age=300")
}
