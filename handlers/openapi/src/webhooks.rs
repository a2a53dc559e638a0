//! What receivers of webhooks are sent.

use serde_json::{Value, json};

use crate::ordered::Node;

/// The one webhook: an event.
pub fn webhooks() -> Node {
    let header = |name: &str, required: bool, description: &str| {
        json!({
            "name": name, "in": "header", "required": required, "description": description,
            "schema": {"type": "string"},
        })
    };
    let parameters: Vec<Value> = vec![
        header("X-Webhook-Request-Id", true, "The event's id: a delivery that comes again has the same."),
        header("X-Webhook-Timestamp", true, "When this delivery left, unix milliseconds."),
        header("X-Webhook-Hmac", false, "With a secret: hex of HMAC-SHA512 over the raw body."),
        header("X-Webhook-Hmac-Algorithm", false, "With a secret: `sha512`."),
        header(
            "X-Webhook-Signature",
            false,
            "With a secret: `sha256=` and hex of HMAC-SHA256 over the timestamp, a dot and the raw body.",
        ),
    ];
    let post = Node::object([
        ("operationId", Node::Leaf(json!("event"))),
        ("tags", Node::Leaf(json!(["Events"]))),
        ("summary", Node::Leaf(json!("An event"))),
        (
            "description",
            Node::Leaf(json!(
                "Sent to a webhook's URL. At least once, and in order within a chat; tried again with growing pauses, then kept among the webhook's dead letters."
            )),
        ),
        ("parameters", Node::Leaf(parameters.into())),
        (
            "requestBody",
            Node::Leaf(json!({
                "required": true,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Event"}}},
            })),
        ),
        (
            "responses",
            Node::Leaf(json!({
                "2XX": {"description": "Taken."},
                "default": {"description": "Not taken: it comes again."},
            })),
        ),
        ("security", Node::Leaf(json!([]))),
    ]);
    Node::object([("event", Node::object([("post", post)]))])
}
