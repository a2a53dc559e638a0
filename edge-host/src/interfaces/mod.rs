//! What a guest may call that is not WASI.
//!
//! The bindings are made from the world `host` in `/wit`; the interfaces are implemented here:
//!
//! - `redis`: `spin:redis/redis@3.0.0`;
//! - `variables`: `spin:variables/variables@3.0.0`;
//! - `outbound_http`: the client behind `wasi:http`, which wasmtime-wasi-http binds;
//! - `log`: a guest's stdout and stderr, as log lines.

pub mod log;
pub mod outbound_http;
pub mod redis;
mod variables;

use wasmtime::component::{HasData, Linker};

use crate::runtime::state::State;

pub(crate) mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "edgewire:gateway/host",
        imports: { default: async | trappable },
        with: { "spin:redis/redis.connection": crate::interfaces::redis::GuestConnection },
    });
}

/// Where the interfaces find an instance's state.
pub struct Interfaces;

impl HasData for Interfaces {
    type Data<'a> = &'a mut State;
}

/// Adds the interfaces of this module to `linker`.
///
/// # Errors
/// When `linker` has one of them already.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bindings::spin::redis::redis::add_to_linker::<_, Interfaces>(linker, |state| state)?;
    bindings::spin::variables::variables::add_to_linker::<_, Interfaces>(linker, |state| state)
}
