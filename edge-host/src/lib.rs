//! Serves the components of a `spin.toml` on wasmtime, for those without the Spin CLI.
//!
//! Reading order:
//!
//! - [`manifest`]: what the file says: components, routes, variables, grants. Pure.
//! - [`variables`]: the values of its variables, from flags, the environment and defaults.
//! - [`settings`]: flags and environment of the binary, and the [`Options`] they become.
//! - [`runtime`]: wasmtime: the engine, the compile cache, the linker, the instances and their lives.
//! - [`interfaces`]: what a guest may call: Redis, variables, outbound HTTP, and its log.
//! - [`http`]: the server in front: limits, routing, headers, errors.
//! - [`metrics`]: the host's own numbers, for Prometheus.
//!
//! The life of a request: [`http`] admits it (limits, route, request id) → the component's
//! [`runtime`] hands it to a live instance, or makes one → the guest calls [`interfaces`] → the
//! answer streams back; errors become JSON in [`http`].
//!
//! In a test or another binary:
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use edge_host::{EdgeHost, Manifest, Options};
//!
//! let manifest = Manifest::read("spin.toml".as_ref())?;
//! let host = EdgeHost::load(manifest, Options::default()).await?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! host.serve(listener, async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await
//! # }
//! ```

mod host;
pub mod http;
pub mod interfaces;
pub mod manifest;
pub mod metrics;
pub mod runtime;
pub mod settings;
pub mod variables;

pub use host::EdgeHost;
pub use manifest::Manifest;
pub use settings::Options;
