//! The component `webhooks`: where an organization's events are sent. It keeps the records; conn-host delivers.
//!
//! * [`create`], [`list`], [`get`], [`change`], [`delete`]: webhooks, of the organization and of a session;
//! * [`trial`]: a test delivery, which the delivering host makes and this component waits for;
//! * [`dead`], [`replay`], [`deliveries`]: what was not taken, sending it again, and what was tried;
//! * [`device`]: the Device API's form, one webhook for each device.
//!
//! [`owner`] is who asks and which webhooks are his, [`wish`] is how bodies are read, [`told`] how a webhook is told,
//! [`keep`] how one is written; `describe` tells the routes. The rules of the fields are in `edgewire_contract::webhook`,
//! since a session can be made with a webhook, too.

pub mod change;
pub mod create;
pub mod dead;
pub mod delete;
pub mod deliveries;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod device;
pub mod get;
pub mod keep;
pub mod list;
pub mod owner;
pub mod replay;
pub mod told;
pub mod trial;
pub mod wish;

use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::env::Env;
use edgewire_edge::render::Family;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Gateway, Reply, answer_in};

use self::owner::Scope;

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`create`]
    Create(Scope),
    /// [`list`]
    List(Scope),
    /// [`get`]
    Get(Scope),
    /// [`change`]
    Change(Scope),
    /// [`delete`]
    Delete(Scope),
    /// [`trial`]
    Trial,
    /// [`dead`]
    Dead,
    /// [`replay`]
    Replay,
    /// [`deliveries`]
    Deliveries,
    /// [`device::set`]
    DeviceSet,
    /// [`device::get`]
    DeviceGet,
    /// [`device::delete`]
    DeviceDelete,
    /// [`device::events`]
    DeviceEvents,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    route("POST", "/api/v1/webhooks", Op::Create(Scope::Organization)),
    route("GET", "/api/v1/webhooks", Op::List(Scope::Organization)),
    route("GET", "/api/v1/webhooks/{id}", Op::Get(Scope::Organization)),
    route("PATCH", "/api/v1/webhooks/{id}", Op::Change(Scope::Organization)),
    route("DELETE", "/api/v1/webhooks/{id}", Op::Delete(Scope::Organization)),
    route("POST", "/api/v1/webhooks/{id}/test", Op::Trial),
    route("GET", "/api/v1/webhooks/{id}/dead", Op::Dead),
    route("POST", "/api/v1/webhooks/{id}/dead/replay", Op::Replay),
    route("GET", "/api/v1/webhooks/{id}/deliveries", Op::Deliveries),
    route("POST", "/api/v1/sessions/{session}/webhooks", Op::Create(Scope::Session)),
    route("GET", "/api/v1/sessions/{session}/webhooks", Op::List(Scope::Session)),
    route("GET", "/api/v1/sessions/{session}/webhooks/{id}", Op::Get(Scope::Session)),
    route("PATCH", "/api/v1/sessions/{session}/webhooks/{id}", Op::Change(Scope::Session)),
    route("DELETE", "/api/v1/sessions/{session}/webhooks/{id}", Op::Delete(Scope::Session)),
    route("POST", "/webhook", Op::DeviceSet),
    route("GET", "/webhook", Op::DeviceGet),
    route("DELETE", "/webhook", Op::DeviceDelete),
    route("GET", "/webhook/events", Op::DeviceEvents),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: HookBus,
    E: Env,
    I: Incoming,
{
    let family = if request.head.path.starts_with("/api/") { Family::Sessions } else { Family::Device };
    let run = async |op, call| match op {
        Op::Create(scope) => create::create(&gateway, call, scope).await,
        Op::List(scope) => list::list(&gateway, call, scope).await,
        Op::Get(scope) => get::get(&gateway, call, scope).await,
        Op::Change(scope) => change::change(&gateway, call, scope).await,
        Op::Delete(scope) => delete::delete(&gateway, call, scope).await,
        Op::Trial => trial::trial(&gateway, call).await,
        Op::Dead => dead::dead(&gateway, call).await,
        Op::Replay => replay::replay(&gateway, call).await,
        Op::Deliveries => deliveries::deliveries(&gateway, call).await,
        Op::DeviceSet => device::set::set(&gateway, call).await,
        Op::DeviceGet => device::get::get(&gateway, call).await,
        Op::DeviceDelete => device::delete::delete(&gateway, call).await,
        Op::DeviceEvents => device::events::events(&gateway, call).await,
    };
    answer_in(family, &gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);
#[cfg(not(target_family = "wasm"))]
pub use self::describe::describe;

#[cfg(test)]
mod tests;
