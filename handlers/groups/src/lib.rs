//! The component `groups`: groups, who is in them, their invite links.
//!
//! * [`list`], [`create`], [`get`], [`update`], [`leave`]: the session's groups;
//! * [`members`], [`participants`]: who is in a group;
//! * [`join`], [`preview`], [`invite`]: invite links, from outside and from inside.
//!
//! [`gid`] reads a group's id in a path, [`invite_code`] an invite, [`switch`] two rules of bodies, [`page`] gives a list
//! in pages, `describe` tells the routes. Every route asks WhatsApp over the live session; in this family a session that is not connected is 501
//! `not_implemented` ([`OFFLINE`]).

pub mod create;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod get;
pub mod gid;
pub mod invite;
pub mod invite_code;
pub mod join;
pub mod leave;
pub mod list;
pub mod members;
pub mod page;
pub mod participants;
pub mod preview;
pub mod switch;
pub mod update;

use edgewire_contract::command::ParticipantChange;
use edgewire_contract::fault::FaultCode;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Gateway, Reply, answer};

/// The fault of a session that is not connected, as this family of routes has it.
pub const OFFLINE: FaultCode = FaultCode::NotImplemented;

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`join`]
    Join,
    /// [`preview::by_query`]
    Preview,
    /// [`preview::by_path`]
    PreviewOf,
    /// [`list`]
    List,
    /// [`create`]
    Create,
    /// [`get`]
    Get,
    /// [`update`]
    Update,
    /// [`members`]
    Members,
    /// [`participants`]
    Participants(ParticipantChange),
    /// [`invite::get`]
    Invite,
    /// [`invite::reset`]
    ResetInvite,
    /// [`leave`]
    Leave,
}

/// The component's routes. Of those that match a path, the first counts.
pub const ROUTES: &[Route<Op>] = &[
    route("GET", "/api/v1/sessions/{session}/groups", Op::List),
    route("POST", "/api/v1/sessions/{session}/groups", Op::Create),
    route("POST", "/api/v1/sessions/{session}/groups/join", Op::Join),
    route("GET", "/api/v1/sessions/{session}/groups/invite", Op::Preview),
    route("GET", "/api/v1/sessions/{session}/groups/invites/{code}", Op::PreviewOf),
    route("GET", "/api/v1/sessions/{session}/groups/{gid}", Op::Get),
    route("PATCH", "/api/v1/sessions/{session}/groups/{gid}", Op::Update),
    route("GET", "/api/v1/sessions/{session}/groups/{gid}/members", Op::Members),
    route(
        "POST",
        "/api/v1/sessions/{session}/groups/{gid}/participants",
        Op::Participants(ParticipantChange::Add),
    ),
    route(
        "DELETE",
        "/api/v1/sessions/{session}/groups/{gid}/participants",
        Op::Participants(ParticipantChange::Remove),
    ),
    route(
        "POST",
        "/api/v1/sessions/{session}/groups/{gid}/participants/promote",
        Op::Participants(ParticipantChange::Promote),
    ),
    route(
        "POST",
        "/api/v1/sessions/{session}/groups/{gid}/participants/demote",
        Op::Participants(ParticipantChange::Demote),
    ),
    route("GET", "/api/v1/sessions/{session}/groups/{gid}/invite", Op::Invite),
    route("POST", "/api/v1/sessions/{session}/groups/{gid}/invite/reset", Op::ResetInvite),
    route("POST", "/api/v1/sessions/{session}/groups/{gid}/leave", Op::Leave),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::Join => join::join(&gateway, call).await,
        Op::Preview => preview::by_query(&gateway, call).await,
        Op::PreviewOf => preview::by_path(&gateway, call).await,
        Op::List => list::list(&gateway, call).await,
        Op::Create => create::create(&gateway, call).await,
        Op::Get => get::get(&gateway, call).await,
        Op::Update => update::update(&gateway, call).await,
        Op::Members => members::members(&gateway, call).await,
        Op::Participants(change) => participants::participants(&gateway, call, change).await,
        Op::Invite => invite::get(&gateway, call).await,
        Op::ResetInvite => invite::reset(&gateway, call).await,
        Op::Leave => leave::leave(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);
#[cfg(not(target_family = "wasm"))]
pub use self::describe::describe;

#[cfg(test)]
mod tests;
