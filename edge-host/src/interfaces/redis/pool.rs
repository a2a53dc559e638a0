//! Connections to Redis that all guests share.
//!
//! Per address there are a few *lanes*, each one multiplexed TCP connection; a guest's connection
//! keeps to one lane, so its commands stay in order. A lane connects when it is first wanted, all
//! who want it wait for the same attempt, and an attempt that fails fails them all: an unreachable
//! Redis costs each caller at most one connect timeout. A connection that breaks or does not answer
//! in time is left to those who still wait on it, and the next command opens another. A lane that is
//! quiet is looked after with a PING a second, so that the first command after a restart of Redis
//! does not meet a dead connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use redis::aio::MultiplexedConnection;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, IntoConnectionInfo, RedisError,
    ServerErrorKind, Value,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::GuestConnection;
use super::values::other;
use crate::interfaces::bindings::spin::redis::redis::Error;
use crate::manifest::grants::Grants;
use crate::settings::RedisOptions;

/// Time between two looks at a quiet lane.
const LOOK: Duration = Duration::from_secs(1);
/// Addresses that are remembered; beyond, those without users are forgotten.
const ADDRESSES: usize = 256;

/// All connections to Redis of a host.
pub struct RedisPool {
    options: RedisOptions,
    servers: Mutex<HashMap<String, Arc<Server>>>,
    dedicated: Arc<Semaphore>,
}

impl RedisPool {
    /// A pool without connections.
    #[must_use]
    pub fn new(options: RedisOptions) -> Self {
        let dedicated = Arc::new(Semaphore::new(options.max_dedicated.min(Semaphore::MAX_PERMITS)));
        Self { options, servers: Mutex::default(), dedicated }
    }

    /// A guest's connection to `address`, with Redis known to be there.
    ///
    /// # Errors
    /// `invalid-address` when it is no Redis address, or `grants` do not allow it; `other` when Redis
    /// cannot be reached within the connect timeout.
    pub(crate) async fn open(&self, address: &str, grants: &Grants) -> Result<GuestConnection, Error> {
        let server = self.server(address, grants)?;
        let connection = GuestConnection::new(server);
        connection.lane().connected().await.map_err(|(_, error)| other(error))?;
        Ok(connection)
    }

    fn server(&self, address: &str, grants: &Grants) -> Result<Arc<Server>, Error> {
        let info = address.into_connection_info().map_err(|_| Error::InvalidAddress)?;
        // The parts that the client will connect to, not another reading of the text.
        let allowed = match info.addr() {
            ConnectionAddr::Tcp(host, port) => grants.allow("redis", host, *port),
            ConnectionAddr::TcpTls { host, port, insecure: false, .. } => grants.allow("rediss", host, *port),
            _ => false,
        };
        if !allowed {
            return Err(Error::InvalidAddress);
        }
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get(address) {
            return Ok(server.clone());
        }
        if servers.len() >= ADDRESSES {
            servers.retain(|_, server| Arc::strong_count(server) > 1);
        }
        let client =
            Client::open(info.set_tcp_settings(tcp_settings())).map_err(|_| Error::InvalidAddress)?;
        let server = Arc::new(Server::new(client, self.options.clone(), self.dedicated.clone()));
        servers.insert(address.to_owned(), server.clone());
        Ok(server)
    }
}

fn tcp_settings() -> TcpSettings {
    // A peer that vanished without a word is noticed within half a minute, also by a guest that
    // waits without end.
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(15))
        .with_interval(Duration::from_secs(5))
        .with_retries(3);
    TcpSettings::default().set_nodelay(true).set_keepalive(keepalive)
}

/// One address.
pub(super) struct Server {
    client: Client,
    pub(super) options: RedisOptions,
    pub(super) lanes: Vec<Arc<Lane>>,
    next: AtomicUsize,
    dedicated: Arc<Semaphore>,
}

impl Server {
    fn new(client: Client, options: RedisOptions, dedicated: Arc<Semaphore>) -> Self {
        let lanes = (0..options.connections.max(1))
            .map(|_| Arc::new(Lane::new(client.clone(), options.clone())))
            .collect();
        Self { client, options, lanes, next: AtomicUsize::new(0), dedicated }
    }

    /// A lane for another guest connection, in turn.
    pub(super) fn next_lane(&self) -> Arc<Lane> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.lanes[turn % self.lanes.len()].clone()
    }

    /// A connection for one guest alone.
    ///
    /// # Errors
    /// `too-many-connections` when the host has as many as it may; `other` when Redis cannot be
    /// reached.
    pub(super) async fn dedicated(&self) -> Result<(MultiplexedConnection, OwnedSemaphorePermit), Error> {
        let permit = self.dedicated.clone().try_acquire_owned().map_err(|_| Error::TooManyConnections)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.options.connect_timeout))
            .set_response_timeout(None);
        let connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await.map_err(other)?;
        Ok((connection, permit))
    }
}

type Attempt = Shared<BoxFuture<'static, Result<MultiplexedConnection, RedisError>>>;

/// One shared connection, past and future.
pub(super) struct Lane {
    client: Client,
    options: RedisOptions,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    generation: u64,
    attempt: Option<Attempt>,
}

impl Lane {
    fn new(client: Client, options: RedisOptions) -> Self {
        Self { client, options, current: Mutex::default() }
    }

    /// The connection, and its generation for [`Lane::replace`]. Opens one when there is none.
    pub(super) async fn connected(
        self: &Arc<Self>,
    ) -> Result<(u64, MultiplexedConnection), (u64, RedisError)> {
        let (generation, attempt) = self.attempt();
        match attempt.await {
            Ok(connection) => Ok((generation, connection)),
            Err(error) => {
                self.replace(generation);
                Err((generation, error))
            }
        }
    }

    fn attempt(self: &Arc<Self>) -> (u64, Attempt) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = current.generation;
        let attempt = current.attempt.get_or_insert_with(|| self.connect(generation)).clone();
        (generation, attempt)
    }

    /// Starts to connect, in a task of its own: who asked may go away.
    fn connect(self: &Arc<Self>, generation: u64) -> Attempt {
        let client = self.client.clone();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.options.connect_timeout))
            .set_response_timeout(Some(self.options.response_timeout));
        let lane = Arc::downgrade(self);
        let task = tokio::spawn(async move {
            let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            tokio::spawn(look_after(lane, generation, connection.clone()));
            Ok(connection)
        });
        async move {
            task.await.unwrap_or_else(|error| {
                Err(RedisError::from((redis::ErrorKind::Client, "connecting ended", error.to_string())))
            })
        }
        .boxed()
        .shared()
    }

    /// Gives up the connection of `generation`, unless that has happened already.
    pub(super) fn replace(&self, generation: u64) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.generation == generation {
            *current = Current { generation: generation + 1, attempt: None };
        }
    }

    fn is_current(&self, generation: u64) -> bool {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).generation == generation
    }

    /// Runs one command.
    ///
    /// # Errors
    /// What Redis answers, or why it did not.
    pub(super) async fn run(self: &Arc<Self>, command: &Cmd) -> Result<Value, RedisError> {
        let (generation, mut connection) = self.connected().await.map_err(|(_, error)| error)?;
        let answer = command.query_async(&mut connection).await;
        if let Err(error) = &answer
            && is_lost(error)
        {
            self.replace(generation);
        }
        answer
    }
}

/// Whether a connection is of no more use after `error`. One to a server that is a replica now is not: the
/// address may be a name that leads to the primary.
pub(super) fn is_lost(error: &RedisError) -> bool {
    let is_replica = error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly);
    is_replica || error.is_io_error() || error.is_unrecoverable_error()
}

/// Ends when the connection breaks or was replaced, or nobody has the lane any more.
async fn look_after(lane: Weak<Lane>, generation: u64, mut connection: MultiplexedConnection) {
    loop {
        tokio::time::sleep(LOOK).await;
        if lane.upgrade().is_none_or(|lane| !lane.is_current(generation)) {
            return;
        }
        let answer: Result<Value, _> = redis::cmd("PING").query_async(&mut connection).await;
        if let Err(error) = answer
            && is_lost(&error)
        {
            tracing::warn!(error = %error, "a connection to Redis was lost");
            if let Some(lane) = lane.upgrade() {
                lane.replace(generation);
            }
            return;
        }
    }
}
