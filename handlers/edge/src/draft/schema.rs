//! The JSON schemas of send bodies. Native only.

use edgewire_contract::content::single::Type;
use edgewire_contract::content::{Kind, To};
use edgewire_contract::jid::JidKind;
use edgewire_contract::shape::{Moment, Rule as _, message_id};
use serde_json::{Map, Value, json};

use super::mentioned;

/// What is said of the time that every send takes.
pub const SEND_AT: &str = "When it goes out. The answer is 202, and the message waits until then; `GET /api/v1/sessions/{session}/scheduled` lists what waits, `DELETE /api/v1/outbox/{id}` takes it back. A time that is over is now. An `Idempotency-Key` holds for 24 hours all the same.";

/// The body of a kind's own route.
pub fn of_kind(kind: Kind) -> Value {
    let first = vec![(kind.to().field, place(kind.to()))];
    body(kind.schema(), first, kind, "reply_to", ("send_at", Moment::SECONDS))
}

/// The body of the single send endpoint for one type.
pub fn of_type(it: Type) -> Value {
    let first = vec![("to", place(To::ANY)), ("type", json!({"const": it.kind().name()}))];
    body(it.schema(), first, it.kind(), "replyTo", ("sendAt", Moment::MILLISECONDS))
}

/// `own`, behind what must be there in any case, and before what WhatsApp carries in the kind.
fn body(
    mut own: Value,
    first: Vec<(&str, Value)>,
    kind: Kind,
    reply_to: &str,
    (send_at, moment): (&str, Moment),
) -> Value {
    let (mut required, mut properties) = (Vec::new(), Map::new());
    for (name, schema) in first {
        required.push(Value::from(name));
        properties.insert(name.to_owned(), schema);
    }
    if let Value::Array(names) = own["required"].take() {
        required.extend(names);
    }
    if let Value::Object(fields) = own["properties"].take() {
        properties.extend(fields);
    }
    if kind.quotes() {
        let schema = with(message_id().schema(), "The message that this one answers.");
        properties.insert(reply_to.to_owned(), schema);
    }
    if kind.mentions() {
        properties.insert("mentions".into(), with(mentioned().schema(), "Whom it mentions."));
    }
    properties.insert(send_at.into(), with(moment.schema(), SEND_AT));
    own["required"] = required.into();
    own["properties"] = properties.into();
    own
}

/// Where a kind can go.
fn place(to: To) -> Value {
    let one = |kind: &JidKind| {
        let name = match kind {
            JidKind::Phone | JidKind::Lid | JidKind::Status => "Recipient",
            JidKind::Group => "Group",
            JidKind::Newsletter => "Newsletter",
        };
        json!({"$ref": format!("#/components/schemas/{name}")})
    };
    let schema = match to.kinds {
        [] => one(&JidKind::Phone),
        [kind] => one(kind),
        kinds => json!({"anyOf": kinds.iter().map(one).collect::<Vec<_>>()}),
    };
    with(schema, "Where it goes.")
}

fn with(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}
