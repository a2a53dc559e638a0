//! The routes, told for `openapi.json`.
//!
//! * this file: webhooks of the organization and of a session; [`after`]: what becomes of deliveries; [`device`]: the Device
//!   API's form.

mod after;
mod device;

use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_contract::webhook::MAX_PER_ORGANIZATION;
use edgewire_edge::describe::{Answer, Body, Description, Operation, Parameter};
use serde_json::{Value, json};

use crate::owner::MANAGE;
use crate::wish::{NewWebhook, WebhookChange};

/// The webhook in the examples.
const ID: &str = "wh_01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1";
/// The event in the examples.
const EVENT: &str = "evt_01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1";

/// Tells the component's routes.
pub fn describe() -> Description {
    let mut operations = Vec::new();
    for of_session in [false, true] {
        operations.extend([
            create(of_session),
            list(of_session),
            get(of_session),
            change(of_session),
            delete(of_session),
        ]);
        if !of_session {
            operations.extend(after::all());
        }
    }
    operations.extend(device::all());
    let mut description = Description::of(operations)
        .schema("NewWebhook", NewWebhook::schema())
        .schema("WebhookChange", WebhookChange::schema())
        .schema("Webhook", webhook());
    for (name, schema) in after::schemas().into_iter().chain(device::schemas()) {
        description = description.schema(name, schema);
    }
    description
}

fn create(of_session: bool) -> Operation {
    let all = json!({
        "url": "https://example.com/hook", "events": ["message", "message.status"], "secret": "s3cret",
        "custom_headers": {"X-Tenant": "7"}, "retry": {"attempts": 15, "delay_seconds": 2}, "timeout_seconds": 10,
        "active": true,
    });
    let about = format!(
        "It gets what happens from now on: each event at least once, in order within a chat, signed when there is a `secret`. A receiver should answer 2xx within `timeout_seconds` and work later; a late answer is a failure. What fails is tried again with growing pauses, and is a dead letter in the end. A literal address that is not public is a 400; a name that leads to one is refused at each delivery. Redirects are not followed. At most {MAX_PER_ORGANIZATION} for an organization (409)."
    );
    operation("POST", of_session, "", "create", "Webhook")
        .summed_up(if of_session { "Make a webhook of the session" } else { "Make a webhook" })
        .told(about)
        .body(
            Body::json(reference("NewWebhook"))
                .example("least", json!({"url": "https://example.com/hook"}))
                .example("all", all),
        )
        .answer(Answer::json(201, "Made.", reference("Webhook"), example(of_session)))
        .fails(&[FaultCode::NotFound, FaultCode::Conflict])
}

fn list(of_session: bool) -> Operation {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50});
    let schema = page("webhooks", reference("Webhook"), true);
    let told = json!({"webhooks": [example(of_session)], "total": 1, "next_cursor": null});
    let operation = operation("GET", of_session, "", "list", "Webhooks")
        .summed_up(if of_session { "List the session's webhooks" } else { "List webhooks" })
        .told(
            "The oldest first, each with the state of its circuit breaker and how many dead letters it has.",
        )
        .parameter(Parameter::query("limit", "How many a page has.", limit))
        .parameter(Parameter::query(
            "cursor",
            "`next_cursor` of the page before.",
            json!({"type": "string", "pattern": "^wh_[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"}),
        ))
        .answer(Answer::json(200, "A page.", schema, told));
    let session = Parameter::query("session", "Only those of this session.", reference("SessionId"));
    if of_session { operation } else { operation.parameter(session).fails(&[FaultCode::NotFound]) }
}

fn get(of_session: bool) -> Operation {
    operation("GET", of_session, "/{id}", "get", "Webhook")
        .summed_up(if of_session { "Get a webhook of the session" } else { "Get a webhook" })
        .told("Its secret is never told; `has_secret` says whether there is one.")
        .answer(Answer::json(200, "The webhook.", reference("Webhook"), example(of_session)))
}

fn change(of_session: bool) -> Operation {
    operation("PATCH", of_session, "/{id}", "change", "Webhook")
        .summed_up(if of_session { "Change a webhook of the session" } else { "Change a webhook" })
        .told("What is left out stays. Any change closes the circuit breaker and has what waits tried at once; it takes a second or so to be noticed.")
        .body(
            Body::json(reference("WebhookChange"))
                .example("pause", json!({"active": false}))
                .example("move", json!({"url": "https://example.com/new", "secret": "n3w"})),
        )
        .answer(Answer::json(200, "Changed.", reference("Webhook"), example(of_session)))
        .fails(&[FaultCode::Conflict])
}

fn delete(of_session: bool) -> Operation {
    let schema =
        json!({"type": "object", "required": ["success"], "properties": {"success": {"const": true}}});
    operation("DELETE", of_session, "/{id}", "delete", "Webhook")
        .summed_up(if of_session { "Delete a webhook of the session" } else { "Delete a webhook" })
        .told("With its dead letters and its log. A delivery that is under way may still end.")
        .answer(Answer::json(200, "Deleted.", schema, json!({"success": true})))
}

/// An operation of the organization's webhooks or of a session's: `create` and `Webhook` make `createSessionWebhook`.
fn operation(method: &'static str, of_session: bool, tail: &str, verb: &str, noun: &str) -> Operation {
    let (base, id) = if of_session {
        ("/api/v1/sessions/{session}/webhooks", format!("{verb}Session{noun}"))
    } else {
        ("/api/v1/webhooks", format!("{verb}{noun}"))
    };
    let mut operation = Operation::new(method, format!("{base}{tail}"), id).tagged("Webhooks").needs(MANAGE);
    if of_session {
        operation = operation.parameter(Parameter::session());
    }
    if tail.starts_with("/{id}") {
        let schema = json!({"type": "string", "pattern": "^wh_[0-9A-Z]{26}$"});
        operation = operation.parameter(Parameter::path("id", "The webhook.", schema).such_as(ID));
    }
    operation
}

fn webhook() -> Value {
    let seconds = |about: &str| json!({"type": "integer", "description": format!("{about}, unix seconds.")});
    let maybe =
        |about: &str| json!({"type": ["integer", "null"], "description": format!("{about}, unix seconds.")});
    let breaker = json!({
        "type": "object", "required": ["state", "failures", "opened_at", "retry_at"],
        "description": "After twenty failures in a row the receiver is left alone for a while (`open`), then tried with one delivery at a time (`half_open`), until one succeeds (`closed`). Events wait meanwhile.",
        "properties": {
            "state": {"type": "string", "enum": ["closed", "open", "half_open"]},
            "failures": {"type": "integer", "minimum": 0, "description": "In a row."},
            "opened_at": maybe("When it opened"), "retry_at": maybe("When it is tried again"),
        },
    });
    json!({
        "type": "object", "description": "A webhook, and how its deliveries go.",
        "required": ["id", "url", "events", "session_id", "has_secret", "custom_headers", "retry", "timeout_seconds", "active", "created_at", "updated_at", "breaker", "dead", "replaying"],
        "properties": {
            "id": {"type": "string"},
            "url": {"type": "string", "format": "uri"},
            "events": {"type": "array", "items": {"type": "string"}},
            "session_id": {"type": ["string", "null"], "description": "Null: all of the organization's sessions."},
            "has_secret": {"type": "boolean"},
            "custom_headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "retry": {
                "type": "object", "required": ["attempts", "delay_seconds"],
                "properties": {"attempts": {"type": "integer"}, "delay_seconds": {"type": "integer"}},
            },
            "timeout_seconds": {"type": "integer"},
            "active": {"type": "boolean"},
            "created_at": seconds("When it was made"), "updated_at": seconds("When it was changed"),
            "breaker": breaker,
            "dead": {"type": "integer", "minimum": 0, "description": "How many dead letters there are."},
            "replaying": {"type": "integer", "minimum": 0, "description": "How many are on their way again."},
        },
    })
}

fn example(of_session: bool) -> Value {
    let session = if of_session { json!("main") } else { Value::Null };
    json!({
        "id": ID, "url": "https://example.com/hook", "events": ["*"], "session_id": session, "has_secret": true,
        "custom_headers": {"X-Tenant": "7"}, "retry": {"attempts": 15, "delay_seconds": 2}, "timeout_seconds": 10,
        "active": true, "created_at": 1_781_524_800, "updated_at": 1_781_524_800,
        "breaker": {"state": "closed", "failures": 0, "opened_at": null, "retry_at": null},
        "dead": 0, "replaying": 0,
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A page of `items` under `name`.
fn page(name: &str, items: Value, total: bool) -> Value {
    let mut schema = json!({
        "type": "object", "required": [name, "next_cursor"],
        "properties": {
            name: {"type": "array", "items": items},
            "next_cursor": {"type": ["string", "null"], "description": "The `cursor` of the next page; null on the last."},
        },
    });
    if total {
        schema["required"] = json!([name, "total", "next_cursor"]);
        schema["properties"]["total"] =
            json!({"type": "integer", "minimum": 0, "description": "How many there are in all."});
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_told() {
        assert_eq!(describe().mistakes(crate::ROUTES), Vec::<String>::new());
    }
}
