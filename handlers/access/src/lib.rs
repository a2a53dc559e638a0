//! The component `access`: who may do what. It keeps tokens, organizations and their users, and tells what was done to
//! them. All of it is for tokens with the capability `admin`.
//!
//! * [`token`], [`organization`], [`user`]: a file for each operation on them; [`audit`]: what was done;
//! * [`admin`]: who asks, and whose things he may administrate;
//! * [`standing`]: what the state of an organization and of a user means for a token, and making it so;
//! * [`page`]: lists in the order of ids; [`keep`]: what is answered when something cannot be kept;
//! * `describe` tells the routes.
//!
//! **At once, and at no cost elsewhere.** A request reads one key, the token's record. So what is decided here is written
//! into the records themselves: a revocation deletes the record before anything else; a disabled organization or user has
//! `suspended` written into the record of each of its tokens, after its own record says so. Whoever makes a token looks at
//! both again when the token's record is there, so that of two who do these things at once, one sees the other.
//!
//! **Of now.** A body may take long to come. So each operation asks who it is that asks before it is read, lest strangers hold
//! a place, and again when it is there ([`edgewire_edge::Call::whole_of`]). And who changes what he himself stands by (his
//! organization, his user) does so over a record that is read after that, and that must not contradict that his token works.

pub mod admin;
pub mod audit;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod keep;
pub mod organization;
pub mod page;
pub mod standing;
pub mod token;
pub mod user;

use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::{Route, route};
use edgewire_edge::{Gateway, Reply, answer};

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`token::create`]
    TokenCreate,
    /// [`token::list`]
    TokenList,
    /// [`token::delete`]
    TokenDelete,
    /// [`organization::create`]
    OrganizationCreate,
    /// [`organization::list`]
    OrganizationList,
    /// [`organization::get`]
    OrganizationGet,
    /// [`organization::change`]
    OrganizationChange,
    /// [`organization::delete`]
    OrganizationDelete,
    /// [`user::create`]
    UserCreate,
    /// [`user::list`]
    UserList,
    /// [`user::get`]
    UserGet,
    /// [`user::change`]
    UserChange,
    /// [`user::delete`]
    UserDelete,
    /// [`audit`]
    Audit,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[
    route("POST", "/api/v1/tokens", Op::TokenCreate),
    route("GET", "/api/v1/tokens", Op::TokenList),
    route("DELETE", "/api/v1/tokens/{id}", Op::TokenDelete),
    route("POST", "/api/v1/organizations", Op::OrganizationCreate),
    route("GET", "/api/v1/organizations", Op::OrganizationList),
    route("GET", "/api/v1/organizations/{id}", Op::OrganizationGet),
    route("PATCH", "/api/v1/organizations/{id}", Op::OrganizationChange),
    route("DELETE", "/api/v1/organizations/{id}", Op::OrganizationDelete),
    route("POST", "/api/v1/organizations/{id}/users", Op::UserCreate),
    route("GET", "/api/v1/organizations/{id}/users", Op::UserList),
    route("GET", "/api/v1/organizations/{id}/users/{user}", Op::UserGet),
    route("PATCH", "/api/v1/organizations/{id}/users/{user}", Op::UserChange),
    route("DELETE", "/api/v1/organizations/{id}/users/{user}", Op::UserDelete),
    route("GET", "/api/v1/audit", Op::Audit),
];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: AccessBus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call| match op {
        Op::TokenCreate => token::create::create(&gateway, call).await,
        Op::TokenList => token::list::list(&gateway, call).await,
        Op::TokenDelete => token::delete::delete(&gateway, call).await,
        Op::OrganizationCreate => organization::create::create(&gateway, call).await,
        Op::OrganizationList => organization::list::list(&gateway, call).await,
        Op::OrganizationGet => organization::get::get(&gateway, call).await,
        Op::OrganizationChange => organization::change::change(&gateway, call).await,
        Op::OrganizationDelete => organization::delete::delete(&gateway, call).await,
        Op::UserCreate => user::create::create(&gateway, call).await,
        Op::UserList => user::list::list(&gateway, call).await,
        Op::UserGet => user::get::get(&gateway, call).await,
        Op::UserChange => user::change::change(&gateway, call).await,
        Op::UserDelete => user::delete::delete(&gateway, call).await,
        Op::Audit => audit::audit(&gateway, call).await,
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);
#[cfg(not(target_family = "wasm"))]
pub use self::describe::describe;

#[cfg(test)]
mod tests;
