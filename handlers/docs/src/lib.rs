//! The component `docs`: what the gateway tells of itself.
//!
//! * [`asset`]: a file that was packed at build time, and how it is given: as it is packed, unpacked, or not again;
//! * `describe`: the routes, told for `openapi.json`.
//!
//! The document itself is `openapi.json` of this package; `cargo xtask openapi` makes it (package `edgewire-openapi`).

pub mod asset;
#[cfg(not(target_family = "wasm"))]
pub mod describe;

use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::{Incoming, Request};
use edgewire_edge::route::Route;
use edgewire_edge::{Gateway, Reply, answer};

use self::asset::Asset;

/// The description of the API, OpenAPI 3.1.
pub const OPENAPI: Asset = Asset {
    content_type: "application/json",
    gzip: include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz")),
    tag: include_str!(concat!(env!("OUT_DIR"), "/openapi.json.tag")),
};

/// What the component can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// [`OPENAPI`]
    OpenApi,
}

/// The component's routes.
pub const ROUTES: &[Route<Op>] = &[Route { method: "GET", path: "/openapi.json", op: Op::OpenApi }];

/// Answers one request.
pub async fn handle<B, E, I>(gateway: Gateway<B, E>, request: Request<I>) -> Reply
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let run = async |op, call: edgewire_edge::Call<I>| match op {
        Op::OpenApi => OPENAPI.reply(&call.head.headers),
    };
    answer(&gateway, ROUTES, request, run).await
}

#[cfg(target_family = "wasm")]
edgewire_edge::component!(super::handle);

#[cfg(test)]
mod tests;
