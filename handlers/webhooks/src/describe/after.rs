//! What becomes of deliveries: trying a webhook out, dead letters, the log.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_edge::describe::{Answer, Body, Operation, Parameter};
use serde_json::{Value, json};

use super::{EVENT, page, reference};
use crate::replay::Replay;

/// The operations.
pub fn all() -> Vec<Operation> {
    vec![test(), dead(), replay(), deliveries()]
}

/// Their schemas.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![("DeadLetter", dead_letter()), ("Delivery", delivery())]
}

fn test() -> Operation {
    let status = json!({"type": ["integer", "null"], "description": "The receiver's HTTP status."});
    let schema = json!({
        "type": "object", "required": ["success", "event_id", "status", "latency_ms", "reason", "answer"],
        "properties": {
            "success": {"type": "boolean", "description": "Whether the receiver took it."},
            "event_id": {"type": "string"}, "status": status,
            "latency_ms": {"type": "integer", "minimum": 0},
            "reason": {"type": ["string", "null"], "description": "Why it failed."},
            "answer": {"type": ["string", "null"], "description": "The beginning of what the receiver answered, if it did not take it."},
        },
    });
    let told = json!({"success": true, "event_id": EVENT, "status": 204, "latency_ms": 42, "reason": null, "answer": null});
    super::operation("POST", false, "/{id}/test", "test", "Webhook")
        .summed_up("Try a webhook out")
        .told("Sends one event of the kind `webhook.test`, signed and with all headers, and answers what became of it. It is made once, also for a webhook that is not active, and whatever its circuit breaker says.")
        .answer(Answer::json(200, "It was made; `success` says whether it was taken.", schema, told))
        .fails(&[FaultCode::Timeout])
}

fn dead() -> Operation {
    let letter = json!({
        "event_id": EVENT, "event": "message", "session": "main", "reason": "the receiver answered 500",
        "status": 500, "attempts": 15, "at": 1_781_524_800,
    });
    let told = json!({"dead": [letter], "total": 1, "next_cursor": null});
    paged("/{id}/dead", "list", "DeadLetters")
        .summed_up("List dead letters")
        .told("Events that the receiver did not take in all attempts, the newest first. The last 10,000 are kept.")
        .answer(Answer::json(200, "A page.", page("dead", reference("DeadLetter"), true), told))
}

fn replay() -> Operation {
    let schema = json!({
        "type": "object", "required": ["success", "replayed"],
        "properties": {"success": {"const": true}, "replayed": {"type": "integer", "minimum": 0}},
    });
    super::operation("POST", false, "/{id}/dead/replay", "replay", "DeadLetters")
        .summed_up("Send dead letters again")
        .told("All, or those of some events, in the order in which they died and with the same ids. They leave the list at once; one that fails in all attempts is back on it.")
        .body(
            Body::json(Replay::schema())
                .example("all", json!({}))
                .example("some", json!({"ids": [EVENT]}))
                .optional(),
        )
        .answer(Answer::json(202, "So many are on their way.", schema, json!({"success": true, "replayed": 1})))
        .fails(&[FaultCode::RateLimited])
}

fn deliveries() -> Operation {
    let attempt = json!({
        "event_id": EVENT, "event": "message", "session": "main", "cause": "event", "attempt": 1,
        "outcome": "delivered", "status": 204, "latency_ms": 42, "reason": null, "answer": null, "at": 1_781_524_800,
    });
    let told = json!({"deliveries": [attempt], "next_cursor": null});
    paged("/{id}/deliveries", "list", "Deliveries")
        .summed_up("List deliveries")
        .told("Each attempt, the newest first. The last thousand or so are kept, for seven days after the last.")
        .answer(Answer::json(200, "A page.", page("deliveries", reference("Delivery"), false), told))
}

fn paged(tail: &str, verb: &str, noun: &str) -> Operation {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50});
    let cursor = json!({"type": "string", "pattern": "^[0-9]{1,15}-[0-9]{1,15}$"});
    super::operation("GET", false, tail, verb, noun)
        .parameter(Parameter::query("limit", "How many a page has.", limit))
        .parameter(Parameter::query("cursor", "`next_cursor` of the page before.", cursor))
}

fn dead_letter() -> Value {
    json!({
        "type": "object", "description": "An event that the receiver did not take.",
        "required": ["event_id", "event", "session", "reason", "status", "attempts", "at"],
        "properties": {
            "event_id": {"type": "string"},
            "event": {"type": ["string", "null"], "description": "Its kind."},
            "session": {"type": ["string", "null"]},
            "reason": {"type": "string", "description": "Why the last attempt failed."},
            "status": {"type": ["integer", "null"], "description": "The receiver's HTTP status."},
            "attempts": {"type": "integer", "minimum": 0},
            "at": {"type": "integer", "description": "When it was given up, unix seconds."},
        },
    })
}

fn delivery() -> Value {
    json!({
        "type": "object", "description": "One attempt to deliver.",
        "required": ["event_id", "event", "session", "cause", "attempt", "outcome", "status", "latency_ms", "reason", "answer", "at"],
        "properties": {
            "event_id": {"type": "string"},
            "event": {"type": "string", "description": "Its kind; `webhook.test` of a test."},
            "session": {"type": "string"},
            "cause": {"type": "string", "enum": ["event", "replay", "test"]},
            "attempt": {"type": "integer", "minimum": 1},
            "outcome": {"type": "string", "enum": ["delivered", "failed", "dead"], "description": "`failed`: it is tried again, unless it was a test. `dead`: it was the last attempt."},
            "status": {"type": ["integer", "null"], "description": "The receiver's HTTP status."},
            "latency_ms": {"type": "integer", "minimum": 0},
            "reason": {"type": ["string", "null"], "description": "Why it failed."},
            "answer": {"type": ["string", "null"], "description": "The beginning of what the receiver answered, if it did not take it."},
            "at": {"type": "integer", "description": "When it ended, unix seconds."},
        },
    })
}
