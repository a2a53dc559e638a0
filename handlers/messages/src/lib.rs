//! The component `messages`: takes messages in, and says what became of them.
//!
//! * [`send`]: the single send endpoint (camelCase, a `type` in the body);
//! * [`text`]: the endpoint of one kind (snake_case); the other kinds join it, a file each;
//! * [`outbox`]: what became of a send;
//! * [`order`] reads a send request, [`draft`] its body; [`dispatch`] takes it to its outcome, for every route.
//!
//! To add a kind: its variant in `edgewire_contract::command::Content`, a reader beside [`draft`], a route here.

pub mod dispatch;
pub mod draft;
pub mod order;
pub mod outbox;
pub mod send;
pub mod text;

use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::Route;
use edgewire_edge::{Gateway, Reply, answer};

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`send`]
    Send,
    /// [`text`]
    Text,
    /// [`outbox`]
    Outbox,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    Route { method: "POST", path: "/api/v1/sessions/{session}/messages", op: Op::Send },
    Route { method: "POST", path: "/api/v1/sessions/{session}/messages/text", op: Op::Text },
    Route { method: "GET", path: "/api/v1/outbox/{id}", op: Op::Outbox },
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
        Op::Text => text::text(&gateway, call).await,
        Op::Outbox => outbox::outbox(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
