//! What is said of lists that come in pages ([`crate::page`]).

use serde_json::{Value, json};

use super::Parameter;
use crate::bus::archive::Order;
use crate::page::{HIGHEST_LIMIT, USUAL_LIMIT};

/// `limit`, `cursor` and `order`, of a list that comes in the `usual` order.
pub fn parameters(usual: Order) -> [Parameter; 3] {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": USUAL_LIMIT});
    let default = match usual {
        Order::Newest => "desc",
        Order::Oldest => "asc",
    };
    let order = json!({"type": "string", "enum": ["desc", "asc"], "default": default});
    [
        Parameter::query("limit", "How many.", limit),
        Parameter::query("cursor", "The page before's `nextCursor`.", json!({"type": "string"})),
        Parameter::query("order", "`desc`: the newest first; `asc`: the oldest first.", order),
    ]
}

/// A page of such items.
pub fn page(item: Value) -> Value {
    json!({
        "type": "object", "required": ["data", "nextCursor"],
        "properties": {
            "data": {"type": "array", "items": item},
            "nextCursor": {"type": ["string", "null"], "description": "The next page's `cursor`; null on the last one."},
        },
    })
}
