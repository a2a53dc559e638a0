//! The component `messages`: takes messages in, and says what became of them.
//!
//! * [`send`]: the single send endpoint (camelCase, a `type` in the body);
//! * [`kind`]: the endpoint of each kind (snake_case), all of them by the table in `edgewire_contract::content`;
//! * [`read`]: says that messages were read;
//! * [`get`]: what is kept of a message, and how far it has come;
//! * [`mid`]: what is done to one message: edit, delete, react, forward, vote;
//! * [`outbox`]: what became of a send; [`scheduled`]: those that wait for their time.
//!
//! [`taking`] is what they share; `describe` tells of them for `openapi.json`.

#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod get;
pub mod kind;
pub mod mid;
pub mod outbox;
pub mod read;
pub mod scheduled;
pub mod send;
pub mod taking;

use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Gateway, Reply, answer};

use self::mid::Change;

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`send`]
    Send,
    /// [`read`]
    Read,
    /// [`kind`]
    Kind,
    /// [`get`]
    Get,
    /// [`mid`]
    Change(Change),
    /// [`outbox`]
    Outbox,
    /// [`scheduled::list`]
    Scheduled,
    /// [`scheduled::cancel`]
    Cancel,
}

/// The component's routes. Behind `messages/`, POST has a kind, the other methods a message's id.
pub const ROUTES: &[Route<Op>] = &[
    route("POST", "/api/v1/sessions/{session}/messages", Op::Send),
    route("POST", "/api/v1/sessions/{session}/messages/read", Op::Read),
    route("POST", "/api/v1/sessions/{session}/messages/{kind}", Op::Kind),
    route("GET", "/api/v1/sessions/{session}/messages/{mid}", Op::Get),
    route("PATCH", "/api/v1/sessions/{session}/messages/{mid}", Op::Change(Change::Edit)),
    route("DELETE", "/api/v1/sessions/{session}/messages/{mid}", Op::Change(Change::Revoke)),
    route("POST", "/api/v1/sessions/{session}/messages/{mid}/reactions", Op::Change(Change::React)),
    route("POST", "/api/v1/sessions/{session}/messages/{mid}/forward", Op::Change(Change::Forward)),
    route("POST", "/api/v1/sessions/{session}/messages/{mid}/vote", Op::Change(Change::Vote)),
    route("GET", "/api/v1/sessions/{session}/scheduled", Op::Scheduled),
    route("GET", "/api/v1/outbox/{id}", Op::Outbox),
    route("DELETE", "/api/v1/outbox/{id}", Op::Cancel),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::Send => send::send(&gateway, call).await,
        Op::Read => read::read(&gateway, call).await,
        Op::Kind => kind::kind(&gateway, call).await,
        Op::Get => get::get(&gateway, call).await,
        Op::Change(change) => mid::change(&gateway, call, change).await,
        Op::Outbox => outbox::outbox(&gateway, call).await,
        Op::Scheduled => scheduled::list(&gateway, call).await,
        Op::Cancel => scheduled::cancel(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
