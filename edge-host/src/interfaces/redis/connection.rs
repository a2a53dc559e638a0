//! What stands behind a guest's `connection`.
//!
//! It starts as a share of a lane. The first command that blocks or keeps state gives it a TCP
//! connection of its own, which serves all its later commands and is closed with it. A connection of
//! its own that breaks is opened anew for the next command, unless it had state: then it stays
//! broken, as in Spin, because a command meant for database 3 must not run in database 0.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Value};
use tokio::sync::{Mutex, OwnedSemaphorePermit};

use super::commands::{Kind, kind};
use super::pool::{Lane, Server, is_lost};
use super::values::other;
use crate::interfaces::bindings::spin::redis::redis::Error;

/// A guest's connection; clones are the same connection.
#[derive(Clone)]
pub struct GuestConnection(Arc<Inner>);

struct Inner {
    server: Arc<Server>,
    lane: Arc<Lane>,
    own: Mutex<Own>,
    has_own: std::sync::atomic::AtomicBool,
}

#[derive(Default)]
struct Own {
    connection: Option<(MultiplexedConnection, OwnedSemaphorePermit)>,
    opened: u64,
    has_state: bool,
    broken: bool,
}

impl GuestConnection {
    pub(super) fn new(server: Arc<Server>) -> Self {
        let lane = server.next_lane();
        Self(Arc::new(Inner { server, lane, own: Mutex::default(), has_own: false.into() }))
    }

    pub(super) fn lane(&self) -> &Arc<Lane> {
        &self.0.lane
    }

    /// Runs one command where it belongs.
    pub(super) async fn run(&self, command: &Cmd) -> Result<Value, Error> {
        use std::sync::atomic::Ordering::Relaxed;
        let kind = kind(command);
        match kind {
            Kind::Refused => Err(Error::Other("this command is not supported by edge-host".into())),
            Kind::Shared if !self.0.has_own.load(Relaxed) => self.0.lane.run(command).await.map_err(other),
            _ => {
                self.0.has_own.store(true, Relaxed);
                self.run_on_own(command, kind).await
            }
        }
    }

    async fn run_on_own(&self, command: &Cmd, kind: Kind) -> Result<Value, Error> {
        let (opened, mut connection) = self.own(kind == Kind::Stateful).await?;
        let answer = command.query_async(&mut connection);
        // A command that says how long it waits is not waited for much longer than that. One that
        // does not, or that stands behind one that waits, is bounded by TCP keepalive alone.
        let answer = match kind {
            Kind::Blocking(Some(patience)) => {
                let bound = patience.saturating_add(self.0.server.options.response_timeout);
                tokio::time::timeout(bound, answer).await.unwrap_or_else(|_| Err(timed_out(bound)))
            }
            _ => answer.await,
        };
        if let Err(error) = &answer
            && is_lost(error)
        {
            self.lose(opened).await;
        }
        answer.map_err(other)
    }

    /// The connection of its own, opened if there is none, and a number that tells it from later ones.
    async fn own(&self, state: bool) -> Result<(u64, MultiplexedConnection), Error> {
        let mut own = self.0.own.lock().await;
        own.has_state |= state;
        if own.broken {
            return Err(Error::Other("the connection was lost, and with it its state: open another".into()));
        }
        if own.connection.is_none() {
            own.connection = Some(self.0.server.dedicated().await?);
            own.opened += 1;
        }
        match &own.connection {
            Some((connection, _)) => Ok((own.opened, connection.clone())),
            None => Err(Error::TooManyConnections),
        }
    }

    async fn lose(&self, opened: u64) {
        let mut own = self.0.own.lock().await;
        if own.opened == opened {
            own.connection = None;
            own.broken = own.has_state;
        }
    }
}

fn timed_out(after: Duration) -> redis::RedisError {
    std::io::Error::new(std::io::ErrorKind::TimedOut, format!("no answer within {after:?}")).into()
}
