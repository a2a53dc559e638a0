//! The component `contacts`: other people, and what the account shows them.
//!
//! * [`check`]: who is on WhatsApp; [`picture`]: what a contact or a group looks like;
//! * [`block`], [`blocked`]: who cannot write to the account;
//! * [`presence`], [`typing`]: what others see of it; [`subscribe`]: whose presence it is told.
//!
//! [`whom`] reads the JIDs and phone numbers in paths, `describe` tells the routes. Every route asks WhatsApp over the live session; one that is not
//! connected is 409 ([`OFFLINE`]).

pub mod block;
pub mod blocked;
pub mod check;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod picture;
pub mod presence;
pub mod subscribe;
pub mod typing;
pub mod whom;

use edgewire_contract::fault::FaultCode;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Gateway, Reply, answer};

/// The fault of a session that is not connected.
pub const OFFLINE: FaultCode = FaultCode::SessionNotConnected;

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`check`]
    Check,
    /// [`picture`]
    Picture,
    /// [`block`]; whether to block.
    Block(bool),
    /// [`blocked`]
    Blocked,
    /// [`presence`]
    Presence,
    /// [`subscribe`]; whether to watch.
    Subscribe(bool),
    /// [`typing`]
    Typing,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    route("POST", "/api/v1/sessions/{session}/contacts/check", Op::Check),
    route("GET", "/api/v1/sessions/{session}/contacts/blocked", Op::Blocked),
    route("GET", "/api/v1/sessions/{session}/contacts/{jid}/picture", Op::Picture),
    route("POST", "/api/v1/sessions/{session}/contacts/{jid}/block", Op::Block(true)),
    route("POST", "/api/v1/sessions/{session}/contacts/{jid}/unblock", Op::Block(false)),
    route("POST", "/api/v1/sessions/{session}/presence", Op::Presence),
    route("POST", "/api/v1/sessions/{session}/presence/{jid}/subscribe", Op::Subscribe(true)),
    route("DELETE", "/api/v1/sessions/{session}/presence/{jid}/subscribe", Op::Subscribe(false)),
    route("POST", "/api/v1/sessions/{session}/chats/{jid}/typing", Op::Typing),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::Check => check::check(&gateway, call).await,
        Op::Picture => picture::picture(&gateway, call).await,
        Op::Block(block) => block::block(&gateway, call, block).await,
        Op::Blocked => blocked::blocked(&gateway, call).await,
        Op::Presence => presence::presence(&gateway, call).await,
        Op::Subscribe(watch) => subscribe::subscribe(&gateway, call, watch).await,
        Op::Typing => typing::typing(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);
#[cfg(not(target_family = "wasm"))]
pub use self::describe::describe;

#[cfg(test)]
mod tests;
