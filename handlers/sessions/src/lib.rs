//! The component `sessions`: the life of a session, and the service routes.
//!
//! * [`create`], [`list`], [`get`], [`change`], [`delete`]: the sessions of an organization; [`rate`]: how fast they send;
//! * [`status`], [`device`]: what a session is now;
//! * [`qr`], [`pair`], [`passkey`]: linking it to a phone;
//! * [`lifecycle`]: connect, disconnect, restart, logout;
//! * [`ready`]: whether the gateway works.
//!
//! [`edgewire_edge::steer`] is what the routes share that change a session: a command to the conn-host that owns it.
//! [`shape`] is how a session is told, [`rules`] is how fields are read; `describe` tells the routes for `openapi.json`.

pub mod change;
pub mod create;
pub mod delete;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod device;
pub mod get;
pub mod lifecycle;
pub mod list;
pub mod pair;
pub mod passkey;
pub mod qr;
pub mod rate;
pub mod ready;
pub mod rules;
pub mod shape;
pub mod status;

use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Gateway, Reply, answer};

use self::lifecycle::Change;
use self::passkey::Step;
use self::qr::Form;

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`create`]
    Create,
    /// [`list`]
    List,
    /// [`get`]
    Get,
    /// [`status`]
    Status,
    /// [`change`](mod@change)
    Patch,
    /// [`delete`]
    Delete,
    /// [`qr`]
    Qr(Form),
    /// [`pair`]
    Pair,
    /// [`passkey`]
    Passkey(Step),
    /// [`lifecycle`]
    Change(Change),
    /// [`device`]
    Device,
    /// [`ready::live`]
    Live,
    /// [`ready::ready`]
    Ready,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    route("POST", "/api/v1/sessions", Op::Create),
    route("GET", "/api/v1/sessions", Op::List),
    route("GET", "/api/v1/sessions/{session}", Op::Get),
    route("PATCH", "/api/v1/sessions/{session}", Op::Patch),
    route("DELETE", "/api/v1/sessions/{session}", Op::Delete),
    route("GET", "/api/v1/sessions/{session}/status", Op::Status),
    route("GET", "/api/v1/sessions/{session}/qr", Op::Qr(Form::Json)),
    route("GET", "/api/v1/sessions/{session}/qr.png", Op::Qr(Form::Png)),
    route("GET", "/api/v1/sessions/{session}/qr.svg", Op::Qr(Form::Svg)),
    route("POST", "/api/v1/sessions/{session}/pair", Op::Pair),
    route("POST", "/api/v1/sessions/{session}/passkey", Op::Passkey(Step::Answer)),
    route("POST", "/api/v1/sessions/{session}/passkey/confirm", Op::Passkey(Step::Confirm)),
    route("POST", "/api/v1/sessions/{session}/connect", Op::Change(Change::Connect)),
    route("POST", "/api/v1/sessions/{session}/disconnect", Op::Change(Change::Disconnect)),
    route("POST", "/api/v1/sessions/{session}/restart", Op::Change(Change::Restart)),
    route("POST", "/api/v1/sessions/{session}/logout", Op::Change(Change::Logout)),
    route("GET", "/api/v1/sessions/{session}/device", Op::Device),
    route("GET", "/livez", Op::Live),
    route("GET", "/readyz", Op::Ready),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: HookBus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::Create => create::create(&gateway, call).await,
        Op::List => list::list(&gateway, call).await,
        Op::Get => get::get(&gateway, call).await,
        Op::Status => status::status(&gateway, call).await,
        Op::Patch => change::change(&gateway, call).await,
        Op::Delete => delete::delete(&gateway, call).await,
        Op::Qr(form) => qr::qr(&gateway, call, form).await,
        Op::Pair => pair::pair(&gateway, call).await,
        Op::Passkey(step) => passkey::step(&gateway, call, step).await,
        Op::Change(change) => lifecycle::change(&gateway, call, change).await,
        Op::Device => device::device(&gateway, call).await,
        Op::Live => Ok(ready::live()),
        Op::Ready => ready::ready(&gateway).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
