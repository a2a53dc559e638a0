//! The component `chats`: the chats of a session that messages are kept of, and their messages.
//!
//! * [`list`]: the chats, by their last message; [`messages`]: a chat's messages.
//!
//! Nothing here asks WhatsApp or a conn-host: it is read from what the gateway keeps (for 7 days, or as the operator says),
//! and works while no session is connected. `edgewire_edge::page` cuts the pages, `edgewire_edge::shown` shows the messages,
//! `describe` tells the routes.

#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod list;
pub mod messages;

use edgewire_contract::ids::SessionId;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Call, Gateway, Problem, Reply, answer};

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`list`]
    List,
    /// [`messages`]
    Messages,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    route("GET", "/api/v1/sessions/{session}/chats", Op::List),
    route("GET", "/api/v1/sessions/{session}/chats/{chat}/messages", Op::Messages),
];

/// The session that the path names, of a caller who may read.
///
/// # Errors
/// 401, 403; 404 when it is none of the caller's.
async fn session<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: &Call<I>) -> Result<SessionId, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let session = caller.session(&call.params[0])?;
    gateway.session(&caller, &session).await?;
    Ok(session)
}

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::List => list::list(&gateway, call).await,
        Op::Messages => messages::messages(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
