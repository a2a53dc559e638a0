//! The connection to one server: one, multiplexed, shared by all who ask it, and healing by itself.
//!
//! Every call takes the connection that is there. A call that finds it broken drops it, and the next one opens a new
//! one: once, for all that wait; after a failure there is a pause in which calls fail at once, so that nothing
//! piles up behind a dead server. Nothing is sent twice: only the caller knows whether that would be right.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisResult, Value};

use crate::durability::Barrier;
use crate::error::{StoreError, parts};
use crate::sentinel::Sentinels;
use crate::settings::Settings;

/// The first pause after a failed attempt to connect.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// After so many answers in a row that did not come, the connection is taken for dead.
const TIMEOUTS_TO_DROP: u32 = 3;
/// How many commands may wait to be written to the socket before callers have to wait.
const QUEUE: usize = 1024;

/// Which server a node is.
pub(crate) enum Target {
    /// This one.
    Server(Client),
    /// Whichever is the primary when it is connected to.
    Primary(Sentinels),
}

/// One server, or the one that is the primary.
pub(crate) struct Node {
    /// `host:port`, as far as it is known beforehand.
    pub name: String,
    /// Waits for this server's disk.
    pub barrier: Barrier,
    target: Target,
    settings: Settings,
    link: Mutex<Link>,
    /// Held while connecting, so that one call does it for all.
    gate: tokio::sync::Mutex<()>,
    /// How often a server could not be asked, or could not do what it was.
    troubles: Arc<AtomicU64>,
}

/// The connection and what is known of its health.
struct Link {
    connection: Option<MultiplexedConnection>,
    /// Counts the connections, so that only the first to find one broken drops it.
    generation: u64,
    timeouts: u32,
    backoff: Duration,
    retry_at: Instant,
}

impl Node {
    pub(crate) fn new(name: String, target: Target, settings: &Settings, troubles: Arc<AtomicU64>) -> Self {
        let link = Link {
            connection: None,
            generation: 0,
            timeouts: 0,
            backoff: FIRST_BACKOFF,
            retry_at: Instant::now(),
        };
        Self {
            name,
            barrier: Barrier::new(settings.wait_aof.unwrap_or_default()),
            target,
            settings: settings.clone(),
            link: Mutex::new(link),
            gate: tokio::sync::Mutex::default(),
            troubles,
        }
    }

    /// Sends a command; the outer error is that there is no connection to send it with.
    pub(crate) async fn send(&self, command: &Cmd) -> Result<RedisResult<Value>, StoreError> {
        let (mut connection, generation) = self.connection().await?;
        let result = command.query_async(&mut connection).await;
        self.observe(generation, &result);
        Ok(result)
    }

    /// As [`Self::send`], for a slot that is on its way to this server.
    pub(crate) async fn send_asking(&self, command: &Cmd) -> Result<RedisResult<Value>, StoreError> {
        let (mut connection, generation) = self.connection().await?;
        let mut both = Pipeline::new();
        both.cmd("ASKING").add_command(command.clone());
        let answers = connection.req_packed_commands(&both, 1, 1).await;
        let result = answers.and_then(|mut it| it.pop().unwrap_or(Value::Nil).extract_error());
        self.observe(generation, &result);
        Ok(result)
    }

    /// As [`Self::send`], of several commands in one round trip.
    pub(crate) async fn pipeline(&self, pipeline: &Pipeline) -> Result<RedisResult<Value>, StoreError> {
        let (mut connection, generation) = self.connection().await?;
        let result = pipeline.query_async(&mut connection).await;
        self.observe(generation, &result);
        Ok(result)
    }

    /// A connection of its own.
    pub(crate) async fn dedicated(&self) -> Result<MultiplexedConnection, StoreError> {
        self.open(None).await
    }

    /// Whether there is a connection that is not known to be broken.
    pub(crate) fn is_connected(&self) -> bool {
        self.link().connection.is_some()
    }

    /// The connection that is there, or a new one.
    async fn connection(&self) -> Result<(MultiplexedConnection, u64), StoreError> {
        let connection = self.connected().await;
        if connection.is_err() {
            self.troubles.fetch_add(1, Ordering::Relaxed);
        }
        connection
    }

    async fn connected(&self) -> Result<(MultiplexedConnection, u64), StoreError> {
        if let Some(there) = self.link().current() {
            return Ok(there);
        }
        let _gate = self.gate.lock().await;
        {
            let link = self.link();
            if let Some(there) = link.current() {
                return Ok(there);
            }
            if Instant::now() < link.retry_at {
                return Err(StoreError::Unavailable("not connected; the next attempt is due shortly".into()));
            }
        }
        let opened = self.open(Some(self.settings.response_timeout)).await;
        let mut link = self.link();
        match opened {
            Ok(connection) => {
                link.generation += 1;
                link.timeouts = 0;
                link.backoff = FIRST_BACKOFF;
                link.connection = Some(connection.clone());
                Ok((connection, link.generation))
            }
            Err(error) => {
                link.retry_at = Instant::now() + link.backoff;
                link.backoff = (link.backoff * 2).min(self.settings.max_backoff);
                Err(error)
            }
        }
    }

    async fn open(&self, answers_within: Option<Duration>) -> Result<MultiplexedConnection, StoreError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.settings.connection_timeout))
            .set_response_timeout(answers_within)
            .set_pipeline_buffer_size(QUEUE);
        match &self.target {
            // Whatever keeps a connection from opening, a wrong password included, may be mended on the server's side.
            Target::Server(client) => client
                .get_multiplexed_async_connection_with_config(&config)
                .await
                .map_err(|error| StoreError::Unavailable(error.to_string())),
            Target::Primary(sentinels) => sentinels.open(&config, &self.settings).await,
        }
    }

    /// Learns from a result how the connection fares.
    fn observe(&self, generation: u64, result: &RedisResult<Value>) {
        if let Err(error) = result
            && StoreError::from_redis(error.clone()).is_retryable()
        {
            self.troubles.fetch_add(1, Ordering::Relaxed);
        }
        let mut link = self.link();
        if link.generation != generation {
            return;
        }
        match result {
            Err(error) if error.is_timeout() => {
                link.timeouts += 1;
                if link.timeouts >= TIMEOUTS_TO_DROP {
                    link.drop_connection("lost the connection to redis; opening another at the next call");
                }
            }
            Err(error) if error.is_unrecoverable_error() => {
                link.drop_connection("lost the connection to redis; opening another at the next call");
            }
            // Another server is the primary now: whoever names it, a sentinel or a name, is asked anew.
            Err(error) if parts(error).0.as_deref() == Some("READONLY") => {
                link.drop_connection("redis is a replica now; looking for the primary at the next call");
            }
            _ => link.timeouts = 0,
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        // Nothing is awaited or fails under this lock, so a poisoned one is still whole.
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    fn current(&self) -> Option<(MultiplexedConnection, u64)> {
        self.connection.clone().map(|connection| (connection, self.generation))
    }

    fn drop_connection(&mut self, why: &str) {
        if self.connection.take().is_some() {
            tracing::warn!("{why}");
            self.retry_at = Instant::now();
        }
    }
}
