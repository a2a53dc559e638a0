//! The component `newsletters`: channels, their posts, and following them. A post is sent as every message is, to the
//! newsletter's JID (component `messages`).
//!
//! * [`list`], [`create`], [`get`]: the newsletters that the session owns or follows, and others;
//! * [`follow`]: following and not; [`messages`], [`react`]: posts.
//!
//! [`nid`] reads the ids in paths, `describe` tells the routes. Every route asks WhatsApp over the live session; one that is not connected is 409
//! ([`OFFLINE`]).

pub mod create;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod follow;
pub mod get;
pub mod list;
pub mod messages;
pub mod nid;
pub mod react;

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
    /// [`list`]
    List,
    /// [`create`]
    Create,
    /// [`get::by_invite`]
    ByInvite,
    /// [`get`]
    Get,
    /// [`follow::follow`]
    Follow,
    /// [`follow::unfollow`]
    Unfollow,
    /// [`messages`]
    Messages,
    /// [`react`]
    React,
}

/// The component's routes. Of those that match a path, the first counts.
pub const ROUTES: &[Route<Op>] = &[
    route("GET", "/api/v1/sessions/{session}/newsletters", Op::List),
    route("POST", "/api/v1/sessions/{session}/newsletters", Op::Create),
    route("GET", "/api/v1/sessions/{session}/newsletters/invites/{code}", Op::ByInvite),
    route("GET", "/api/v1/sessions/{session}/newsletters/{nid}", Op::Get),
    route("POST", "/api/v1/sessions/{session}/newsletters/{nid}/follow", Op::Follow),
    route("POST", "/api/v1/sessions/{session}/newsletters/{nid}/unfollow", Op::Unfollow),
    route("GET", "/api/v1/sessions/{session}/newsletters/{nid}/messages", Op::Messages),
    route("POST", "/api/v1/sessions/{session}/newsletters/{nid}/messages/{serverId}/reactions", Op::React),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::List => list::list(&gateway, call).await,
        Op::Create => create::create(&gateway, call).await,
        Op::ByInvite => get::by_invite(&gateway, call).await,
        Op::Get => get::get(&gateway, call).await,
        Op::Follow => follow::follow(&gateway, call).await,
        Op::Unfollow => follow::unfollow(&gateway, call).await,
        Op::Messages => messages::messages(&gateway, call).await,
        Op::React => react::react(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);
#[cfg(not(target_family = "wasm"))]
pub use self::describe::describe;

#[cfg(test)]
mod tests;
