//! The routes, told for `openapi.json`, and the events themselves.
//!
//! * this file: the two routes; [`payloads`]: what each kind of event carries. The description has an `Event` for every
//!   component, and for the webhooks, which get the same JSON.

pub mod payloads;

use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Answer, Description, Operation, Parameter};
use serde_json::{Value, json};

use crate::filter::MOST_SESSIONS;
use crate::poll::{LONGEST_WAIT_SECONDS, WAIT_SECONDS};

const EVENTS: &[Capability] = &[Capability::Events];
const ID: &str = "evt_01K8ZQ4T5V6N6R6J1Q4X0AB000";

/// Tells the component's routes.
pub fn describe() -> Description {
    let mut description = Description::of(vec![stream(), poll()]).schema("Event", payloads::event());
    description.schemas.extend(payloads::schemas());
    description
}

fn stream() -> Operation {
    let told = "Server-Sent Events of the organization's sessions: `id`, `event` (the kind) and `data` (an `Event`). Begins with a comment; a comment is sent while nothing happens. After a break, come back with `Last-Event-ID`: no event is missed, none comes twice. Events are kept for a time (7 days, unless the operator says otherwise): when some behind the place are not kept any more, an event `gap` comes before the rest, without an id, whose data is `{\"from\": <ms>}`: the time from which events are there. A reader that takes nothing for 10 s (a variable) is cut off.";
    let example = format!(": connected\n\nid: {ID}\nevent: message\ndata: {}\n\n", payloads::example());
    // Without a type: the stream is a text, each event in it has these fields.
    let schema = json!({
        "description": "Events, each with `id`, `event` and `data`.",
        "properties": {
            "id": {"type": "string"},
            "event": {"anyOf": [{"$ref": "#/components/schemas/EventKind"}, {"const": "gap"}]},
            "data": {
                "type": "string", "contentMediaType": "application/json",
                "contentSchema": {"$ref": "#/components/schemas/Event"},
            },
        },
    });
    let mut answer =
        Answer::of(200, "The stream.", "text/event-stream", schema).header("Cache-Control", "`no-cache`.");
    if let Some(content) = &mut answer.content {
        content.examples.push(("example".into(), example.into()));
    }
    filtered(Operation::new("GET", "/api/v1/events", "streamEvents"))
        .summed_up("Stream events")
        .told(told)
        .answer(answer)
}

fn poll() -> Operation {
    let wait = json!({
        "type": "integer", "minimum": 0, "maximum": LONGEST_WAIT_SECONDS, "default": WAIT_SECONDS,
    });
    let schema = json!({
        "type": "object", "required": ["events", "next", "gap"],
        "properties": {
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
            "next": {"type": "string", "description": "The `since` to come back with. It moves on also past events that the filter held back."},
            "gap": {"type": "boolean", "description": "Events behind `since` are not kept any more; those told are the oldest that are."},
        },
    });
    filtered(Operation::new("GET", "/api/v1/events/poll", "pollEvents"))
        .summed_up("Poll for events")
        .told("The events behind `since`, at once if there are any, else when the first comes or `wait` is over. Come back with `since` = `next`.")
        .parameter(Parameter::query("wait", "How long to wait for the first event, seconds.", wait))
        .answer(
            Answer::json(
                200,
                "The events, perhaps none.",
                schema,
                json!({"events": [payloads::example()], "next": ID, "gap": false}),
            )
            .header("Cache-Control", "`no-store`."),
        )
}

/// What both take.
fn filtered(operation: Operation) -> Operation {
    let kind = json!({"anyOf": [{"$ref": "#/components/schemas/EventKind"}, {"const": "*"}]});
    let since = json!({"type": "string", "pattern": "^(0|evt_[0-9A-Za-z]{26})$"});
    operation
        .tagged("Events")
        .needs(EVENTS)
        .parameter(Parameter::query(
            "session",
            "Only these sessions' events, separated by commas; left out: all.",
            json!({"type": "array", "items": session_id(), "maxItems": MOST_SESSIONS}),
        ))
        .parameter(
            Parameter::query(
                "events",
                "Only these kinds, separated by commas; `*` or left out: all.",
                json!({"type": "array", "items": kind}),
            )
            .such_as(json!(["message", "message.status"])),
        )
        .parameter(
            Parameter::query(
                "since",
                "Begin behind this event; `0`: with the oldest that is kept; left out: from now on.",
                since.clone(),
            )
            .such_as(ID),
        )
        .parameter(Parameter::header(
            "Last-Event-ID",
            "As `since`, and before it: browsers send it when they come back.",
            since,
        ))
        // The session that the query names.
        .fails(&[edgewire_contract::fault::FaultCode::NotFound])
}

fn session_id() -> Value {
    json!({"$ref": "#/components/schemas/SessionId"})
}
