//! The component `events`: what happens to an organization's sessions, as it happens or from any point on.
//!
//! * [`stream`]: Server-Sent Events; [`poll`]: the same by long poll;
//! * [`filter`]: which events a caller wants and may see; [`cursor`]: from where on;
//! * [`follow`]: reading the feed, which has pointers, and the bodies they lead to; [`frame`]: how SSE writes an event;
//! * `describe`: the routes and the events, told for `openapi.json`.

pub mod cursor;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod filter;
pub mod follow;
pub mod frame;
pub mod poll;
pub mod stream;

use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::Route;
use edgewire_edge::{Gateway, Reply, answer};

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`stream`]
    Stream,
    /// [`poll`]
    Poll,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    Route { method: "GET", path: "/api/v1/events", op: Op::Stream },
    Route { method: "GET", path: "/api/v1/events/poll", op: Op::Poll },
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::Stream => stream::stream(&gateway, call).await,
        Op::Poll => poll::poll(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
