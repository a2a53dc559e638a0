//! What sends messages: the single endpoint, the kinds' own; and read.

use edgewire_contract::content::Kind;
use edgewire_contract::content::single::Type;
use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_edge::describe::{Body, Operation};
use edgewire_edge::draft::schema;
use serde_json::{Value, json};

use super::results::refer;
use super::{DELIVERY, camel, example, pascal, sends_by, snake};
use crate::read::ReadBody;

/// What a file can fail by.
const FILE_FAULTS: &[FaultCode] = &[FaultCode::UnsupportedMediaType, FaultCode::MediaFetchFailed];

/// `Send…`, the body of one type.
fn type_name(it: Type) -> String {
    format!("Send{}", pascal(it.kind().name()))
}

/// `…Request`, the body of a kind's own route.
fn kind_name(kind: Kind) -> String {
    format!("{}Request", pascal(kind.name()))
}

/// The schemas of bodies.
pub fn schemas() -> Vec<(String, Value)> {
    let types = Type::ALL.map(|it| (type_name(it), schema::of_type(it)));
    let mapping: serde_json::Map<String, Value> = Type::ALL
        .iter()
        .map(|it| (it.kind().name().to_owned(), format!("#/components/schemas/{}", type_name(*it)).into()))
        .collect();
    let any = json!({
        "description": "A message of one of nine types.",
        "oneOf": Type::ALL.map(|it| refer(&type_name(it))),
        "discriminator": {"propertyName": "type", "mapping": mapping},
    });
    let kinds = Kind::ALL.iter().map(|kind| (kind_name(*kind), schema::of_kind(*kind)));
    std::iter::once(("SendRequest".into(), any)).chain(types).chain(kinds).collect()
}

/// The single send endpoint.
pub fn single() -> Operation {
    let mut body = Body::json(refer("SendRequest"));
    for it in Type::ALL {
        body = body.example(it.kind().name(), example(it.example()));
    }
    body = body
        .example(
            "answer",
            json!({"to": "120363021234567890@g.us", "type": "text", "text": "Hello @628111111111", "replyTo": "3EB0AA", "mentions": ["628111111111"]}),
        )
        .example("contact (short)", json!({"to": "628123456789", "type": "contact", "contact": {"name": "John Doe", "phone": "+628123456789"}}))
        .example("image (base64)", json!({"to": "628123456789", "type": "image", "media": {"data": "/9j/4AAQSkZJRg==", "mimetype": "image/jpeg"}}));
    let told = format!(
        "One endpoint for nine types of message; `type` says which, and with it which fields count. `replyTo` and `mentions` are taken where WhatsApp carries them. {DELIVERY}"
    );
    camel(
        sends_by("POST", "", "sendMessage")
            .summed_up("Send a message")
            .told(told)
            .body(body)
            .fails(FILE_FAULTS),
    )
}

/// The route of each kind.
pub fn kinds() -> Vec<Operation> {
    Kind::ALL.iter().map(|kind| of_kind(*kind)).collect()
}

fn of_kind(kind: Kind) -> Operation {
    let about = kind.about();
    let record = kind.schema()["description"].as_str().unwrap_or_default().to_owned();
    let told: Vec<&str> = [record.as_str()].into_iter().chain(about.note).chain([DELIVERY]).collect();
    let mut body = Body::json(refer(&kind_name(kind))).example(kind.name(), example(about.example));
    let operation = sends_by("POST", &format!("/{}", kind.name()), format!("send{}", pascal(kind.name())))
        .summed_up(about.summary)
        .told(told.join("\n\n"));
    let faults = match Type::ALL
        .iter()
        .any(|it| it.kind() == kind && it.schema()["properties"]["media"].is_object())
    {
        true => FILE_FAULTS,
        false => &[],
    };
    for (name, more) in more_examples(kind) {
        body = body.example(name, more);
    }
    snake(operation.body(body).fails(faults))
}

/// Further examples of the API's source documents.
fn more_examples(kind: Kind) -> Vec<(&'static str, Value)> {
    match kind {
        Kind::Image => vec![(
            "base64",
            json!({"to": "628123456789", "image": {"data": "/9j/4AAQSkZJRg==", "mimetype": "image/jpeg"}, "caption": "Check this out!"}),
        )],
        Kind::Pin => vec![(
            "unpin",
            json!({"chat": "628123456789@s.whatsapp.net", "message_id": "3EB0ABC123", "duration_seconds": 0}),
        )],
        Kind::React => {
            vec![("take it back", json!({"to": "628123456789", "message_id": "3EB0ABC123", "emoji": ""}))]
        }
        Kind::Revoke => vec![(
            "as an administrator",
            json!({"to": "123456789-1234567890@g.us", "message_id": "3EB0ABC123", "original_sender": "628987654321@s.whatsapp.net"}),
        )],
        _ => Vec::new(),
    }
}

/// The read receipts.
pub fn read() -> Operation {
    let body = Body::json(ReadBody::schema())
        .example(
            "chat",
            json!({"chat_jid": "628123456789@s.whatsapp.net", "message_ids": ["3EB0ABC123", "3EB0DEF456"]}),
        )
        .example(
            "group",
            json!({"chat_jid": "123456789-1234567890@g.us", "sender": "628987654321@s.whatsapp.net", "message_ids": ["3EB0ABC123"]}),
        );
    let told = "Sends read receipts, in their chat's order among the messages that are sent there. `message_id` of the answer is the first that was given. With `?async=true` the answer comes as soon as it is queued.";
    snake(sends_by("POST", "/read", "markRead").summed_up("Mark messages as read").told(told).body(body))
}
