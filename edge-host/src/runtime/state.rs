//! What stands behind one instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, format_err};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::instance::Life;
use crate::interfaces::log::{GuestLog, Stream};
use crate::interfaces::outbound_http::{HttpClient, OutboundHttp};
use crate::interfaces::redis::RedisPool;
use crate::manifest::grants::Grants;

/// What all instances of one component share.
pub struct ComponentContext {
    /// Its name in the manifest.
    pub name: Arc<str>,
    /// What `spin:variables` answers.
    pub variables: BTreeMap<String, String>,
    /// What `std::env` shows.
    pub environment: Vec<(String, String)>,
    /// Whom it may speak to.
    pub grants: Grants,
    /// The host's connections to Redis.
    pub redis: Arc<RedisPool>,
    /// The host's HTTP client.
    pub http: HttpClient,
}

/// The data of one instance's store.
pub struct State {
    pub(crate) table: ResourceTable,
    pub(crate) component: Arc<ComponentContext>,
    /// Guest connections to Redis that are open.
    pub(crate) redis_connections: usize,
    memory: MemoryLimit,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: OutboundHttp,
}

impl State {
    /// The state of a new instance, with at most `max_memory` bytes of linear memory.
    #[must_use]
    pub fn new(component: Arc<ComponentContext>, life: Arc<Life>, max_memory: usize) -> Self {
        let log = |stream| GuestLog::new(component.name.clone(), stream);
        // No files, no sockets, no name lookup: what a guest reaches, it reaches through grants.
        let wasi = WasiCtx::builder()
            .stdout(log(Stream::Stdout))
            .stderr(log(Stream::Stderr))
            .envs(&component.environment)
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        let outbound = OutboundHttp::new(component.http.clone(), component.grants.clone());
        Self {
            table: ResourceTable::new(),
            memory: MemoryLimit { bytes: max_memory, life },
            component,
            redis_connections: 0,
            wasi,
            http: WasiHttpCtx::new(),
            outbound,
        }
    }
}

impl State {
    /// The bound of its memory, for the store to ask.
    pub(super) fn memory(&mut self) -> &mut dyn ResourceLimiter {
        &mut self.memory
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

/// Ends a guest that wants more memory than it may have.
struct MemoryLimit {
    bytes: usize,
    life: Arc<Life>,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired <= self.bytes {
            return Ok(true);
        }
        // An error, not `Ok(false)`: a guest that is refused memory ends in an abort whose trap says
        // nothing about memory.
        self.life.note_memory();
        Err(format_err!("the guest wanted {desired} bytes of memory, over its {}", self.bytes))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
