//! The one TCP port: listener, TLS, HTTP routes.
//!
//! - [`listener`] accepts, tells TLS from plain by the first byte, and hands each connection to the router
//! - [`tls`] a self-signed certificate made at the start
//! - [`router`] WebSocket upgrade, media, control surface

pub mod listener;
pub mod router;
pub mod tls;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::state::World;

/// What all connections share.
pub struct Hub {
    world: Mutex<World>,
    /// The certificate of the TLS side, as PEM: a client may trust it.
    pub certificate: String,
    /// Held while the state file is written: one writer at a time.
    pub saving: Mutex<()>,
    /// Cancelled when the sandbox stops.
    pub stopping: CancellationToken,
    /// Rings after every stanza and control call: waiters look again.
    pub changed: Notify,
}

impl Hub {
    /// A hub around this world.
    pub fn new(world: World, certificate: String) -> Self {
        Hub {
            world: Mutex::new(world),
            certificate,
            saving: Mutex::new(()),
            stopping: CancellationToken::new(),
            changed: Notify::new(),
        }
    }

    /// The world, locked. A panic in one stanza does not take the sandbox down with it.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
