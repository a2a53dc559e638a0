//! wasmtime: how components are compiled, linked, instantiated, kept and ended.
//!
//! - `engine`: one wasmtime engine per host, with a pool of instance slots and the epoch clock;
//! - `cache`: compiled components on disk, so that a start need not compile (the one file with
//!   `unsafe`);
//! - `linker`: what a component may import, and the check that it imports nothing else;
//! - `state`: what stands behind one instance: its WASI context, its limits, its resources;
//! - `pool`: which instance a request goes to, and when another is made;
//! - `worker`: one instance at work: concurrency, timeouts, idleness, traps;
//! - `instance`: what the three of them, and the server, know about an instance and its requests.

pub mod cache;
pub mod engine;
pub mod instance;
pub mod linker;
pub mod pool;
pub mod state;
mod worker;
