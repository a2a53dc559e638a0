//! What a component may import.
//!
//! WASI 0.2 (Rust's standard library speaks it), WASI 0.3 with HTTP, `spin:redis` and
//! `spin:variables`: the world in `/wit`. A component that imports anything else is refused at the
//! start, by the name of the import.

use anyhow::Context;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::handler::ProxyPre;
use wasmtime_wasi_http::{p2, p3};

use super::state::State;
use crate::interfaces;

/// Everything that edge-host offers.
///
/// # Errors
/// When two parts define the same interface: a fault of this crate.
pub fn build(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    p2::add_only_http_to_linker_async(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    interfaces::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// Readies `component` for instantiation: all but the instance's own state is done once, here.
///
/// # Errors
/// When it imports what `linker` lacks (named), or exports neither `wasi:http/handler@0.3.0` nor
/// `wasi:http/incoming-handler@0.2.x`.
pub fn prepare(linker: &Linker<State>, component: &Component) -> anyhow::Result<ProxyPre<State>> {
    let pre = linker.instantiate_pre(component).map_err(anyhow::Error::from)?;
    match p3::bindings::ServicePre::new(pre.clone()) {
        Ok(service) => Ok(ProxyPre::P3(service)),
        Err(_) => p2::bindings::ProxyPre::new(pre)
            .map(ProxyPre::P2)
            .map_err(anyhow::Error::from)
            .context("exports neither wasi:http/handler@0.3.0 nor wasi:http/incoming-handler@0.2"),
    }
}
