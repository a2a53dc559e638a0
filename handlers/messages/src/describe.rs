//! What `openapi.json` says of the component's routes.
//!
//! * this file: what they share; [`results`]: the shapes of their answers;
//! * [`sends`]: the single send endpoint, the kinds' own, read; [`changes`]: one message, what is done to it, and the
//!   outbox.

mod changes;
mod results;
mod sends;

use edgewire_contract::fault::FaultCode;
use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Answer, Description, Operation, Parameter};
use serde_json::Value;

/// What is said of an idempotent answer.
const REPLAYED: &str = "`true` when it is an earlier request's answer, by its `Idempotency-Key`.";
/// The chapter.
const TAG: &str = "Messages";
/// What is said of every send.
const DELIVERY: &str = "The answer comes when WhatsApp's server has acknowledged the message; with `?async=true` as soon as it is queued, and the event `message.status` tells the rest. The session must be paired and wanted; one that is between two connections accepts sends.";
/// The capability that sends need.
const SEND: &[Capability] = &[Capability::Send];

/// All of it.
pub fn describe() -> Description {
    let mut operations = vec![sends::single()];
    operations.extend(sends::kinds());
    operations.push(sends::read());
    operations.push(changes::get());
    operations.extend(changes::all());
    operations.extend([changes::outbox(), changes::scheduled(), changes::cancel()]);
    let mut description = Description::of(operations);
    for (name, schema) in results::schemas().into_iter().chain(sends::schemas()) {
        description = description.schema(name, schema);
    }
    description
}

/// An operation that sends something; `path` stands behind the session's.
fn sends_by(method: &'static str, path: &str, id: impl Into<String>) -> Operation {
    Operation::new(method, format!("/api/v1/sessions/{{session}}/messages{path}"), id)
        .tagged(TAG)
        .needs(SEND)
        .parameter(Parameter::session())
        .parameter(Parameter::asynchronous())
        .parameter(Parameter::idempotency_key())
        .fails(&[
            FaultCode::NotFound,
            FaultCode::Conflict,
            FaultCode::SessionNotConnected,
            FaultCode::RecipientUnavailable,
            FaultCode::NotImplemented,
            FaultCode::RateLimited,
            FaultCode::Timeout,
        ])
}

/// A success that may be an earlier request's.
fn replayable(answer: Answer) -> Answer {
    answer.header("Idempotent-Replayed", REPLAYED)
}

/// The two successes of a camelCase route.
fn camel(operation: Operation) -> Operation {
    let schema = results::refer("SendResult");
    let sent = Answer::json(
        200,
        "WhatsApp has acknowledged it.",
        schema.clone(),
        results::send_result("sync", "sent"),
    );
    let queued = Answer::json(202, "It is queued.", schema, results::send_result("async", "queued"));
    operation.answer(replayable(sent)).answer(replayable(queued))
}

/// The two successes of a snake_case route.
fn snake(operation: Operation) -> Operation {
    let sent =
        Answer::json(200, "WhatsApp has acknowledged it.", results::refer("SentMessage"), results::sent());
    let queued = Answer::json(
        202,
        "It is queued; the id is final.",
        results::refer("QueuedMessage"),
        results::queued(),
    );
    operation.answer(replayable(sent)).answer(replayable(queued))
}

/// An example in the code, which is JSON.
fn example(text: &str) -> Value {
    serde_json::from_str(text).expect("an example is JSON")
}

/// `newsletter-forward` as `NewsletterForward`.
fn pascal(name: &str) -> String {
    let capital = |part: &str| {
        let (first, rest) = part.split_at(1);
        first.to_uppercase() + rest
    };
    name.split('-').map(capital).collect()
}
