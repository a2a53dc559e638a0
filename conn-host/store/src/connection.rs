//! The host's connection to Redis: one, multiplexed, shared by all sessions, and healing by itself.
//!
//! Every call takes the connection that is there. A call that finds it broken drops it, and the next one opens a new
//! one: once, for all that wait; after a failure there is a pause in which calls fail at once, so that nothing
//! piles up behind a dead server. Nothing is sent twice: only the caller knows whether that would be right.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use edgewire_contract::keys;
use edgewire_contract::script::{self, Script};
use redis::aio::MultiplexedConnection;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo, Pipeline, RedisResult, Value,
};

use crate::durability::Barrier;
use crate::error::{StoreError, is_no_script};
use crate::settings::Settings;

/// The first pause after a failed attempt to connect.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// After so many answers in a row that did not come, the connection is taken for dead.
const TIMEOUTS_TO_DROP: u32 = 3;
/// How many commands may wait to be written to the socket before callers have to wait.
const QUEUE: usize = 1024;

/// A handle to Redis. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    settings: Settings,
    link: Mutex<Link>,
    /// Held while connecting, so that one call does it for all.
    gate: tokio::sync::Mutex<()>,
    /// Present when `WAITAOF` is wanted and the server knows it.
    barrier: Option<Barrier>,
    /// How often the server could not be asked, or could not do what it was.
    troubles: AtomicU64,
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

impl Redis {
    /// Connects and asks the server what it can do. Errors: [`StoreError::Setting`] for a URL that is none,
    /// [`StoreError::Unavailable`] when nobody answers in time (call again: nothing is kept).
    pub async fn connect(settings: impl Into<Settings>) -> Result<Self, StoreError> {
        let settings = settings.into();
        let tcp = TcpSettings::default()
            .set_nodelay(true)
            .set_keepalive(TcpKeepalive::new().with_time(Duration::from_secs(15)));
        let info = settings
            .url
            .as_str()
            .into_connection_info()
            .map_err(|_| StoreError::Setting("the Redis URL must look as redis://host:6379/0".into()))?
            .set_tcp_settings(tcp);
        let client = Client::open(info).map_err(StoreError::from_redis)?;
        let link = Link {
            connection: None,
            generation: 0,
            timeouts: 0,
            backoff: FIRST_BACKOFF,
            retry_at: Instant::now(),
        };
        let mut inner = Inner {
            client,
            settings,
            link: Mutex::new(link),
            gate: tokio::sync::Mutex::default(),
            barrier: None,
            troubles: AtomicU64::new(0),
        };
        if inner.can_wait_for_disk().await?
            && let Some(limit) = inner.settings.wait_aof
        {
            inner.barrier = Some(Barrier::new(limit));
        }
        Ok(Self(Arc::new(inner)))
    }

    /// The limits it works with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// A connection of its own, for commands that block (`XREADGROUP … BLOCK`, `BLPOP`): answers may take any time.
    /// It does not heal: when it fails, ask for another.
    pub async fn dedicated(&self) -> Result<MultiplexedConnection, StoreError> {
        self.0.open(None).await
    }

    /// Runs a script: `EVALSHA`, and `EVAL` once when the server does not know it yet. [`StoreError::Fenced`] when
    /// the script found the lease moved on.
    pub async fn run<A: AsRef<[u8]>>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[A],
    ) -> Result<Value, StoreError> {
        match self.0.send(&call("EVALSHA", crate::write::sha_of(script).as_ref(), keys, args)).await? {
            Err(error) if is_no_script(&error) => {
                self.0.send(&call("EVAL", script.source, keys, args)).await?.map_err(StoreError::from_redis)
            }
            result => result.map_err(StoreError::from_redis),
        }
    }

    /// As [`Self::run`], and returns only when what was written is on disk, where the server can say so
    /// ([`Settings::wait_aof`]).
    pub async fn run_durable<A: AsRef<[u8]>>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[A],
    ) -> Result<Value, StoreError> {
        let answer = self.run(script, keys, args).await?;
        self.settle().await?;
        Ok(answer)
    }

    /// Returns when all that this host wrote before is on disk, where the server can say so; at once elsewhere.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let Some(barrier) = &self.0.barrier else { return Ok(()) };
        let settled = barrier.wait(self).await;
        if settled.as_ref().is_err_and(StoreError::is_retryable) {
            self.0.troubles.fetch_add(1, Ordering::Relaxed);
        }
        settled
    }

    /// How often, since the start, the server could not be asked, or could not do what it was. When it has grown meanwhile,
    /// whatever failed meanwhile may have failed for that.
    pub fn troubles(&self) -> u64 {
        self.0.troubles.load(Ordering::Relaxed)
    }

    /// Whether [`Self::settle`] waits for the disk.
    pub fn waits_for_disk(&self) -> bool {
        self.0.barrier.is_some()
    }

    /// Sends one command. Not for writes to a shard: those are scripts.
    pub async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.0.query(command).await
    }

    /// Sends several commands in one round trip, `T` taking their answers in turn.
    pub async fn pipeline<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, StoreError> {
        let (mut connection, generation) = self.0.connection().await?;
        let result: RedisResult<Value> = pipeline.query_async(&mut connection).await;
        self.0.observe(generation, &result);
        convert(result.map_err(StoreError::from_redis)?)
    }

    /// How many shards the deployment has: `shards` at its very first start, and what was fixed then ever after.
    pub async fn layout(&self, shards: u16) -> Result<u16, StoreError> {
        if shards == 0 {
            return Err(StoreError::Setting("there must be at least one shard".into()));
        }
        match self.fixed("shards", &shards.to_string()).await?.parse() {
            Ok(0) | Err(_) => Err(StoreError::Answer("a layout without a number of shards".into())),
            Ok(shards) => Ok(shards),
        }
    }

    /// A fact of the deployment: `value` at its very first start, and what was fixed then ever after. One that is fixed is
    /// only read, so that a host can start on a Redis that is full.
    pub async fn fixed(&self, fact: &str, value: &str) -> Result<String, StoreError> {
        let read = Cmd::hget(keys::layout(), fact);
        if let Some(fixed) = self.query::<Option<String>>(&read).await? {
            return Ok(fixed);
        }
        self.query::<Value>(&Cmd::hset_nx(keys::layout(), fact, value)).await?;
        self.query(&read).await
    }

    /// Says in a roster that `host` is there, and answers who is: all that said so within `alive`, by Redis's clock. Who did
    /// not within `forgotten` leaves the roster.
    pub async fn heartbeat(
        &self,
        roster: String,
        host: &str,
        alive: Duration,
        forgotten: Duration,
    ) -> Result<Vec<String>, StoreError> {
        let args = [host.to_owned(), alive.as_millis().to_string(), forgotten.as_millis().to_string()];
        convert(self.run(&script::HEARTBEAT, &[roster], &args).await?)
    }

    /// What the server says of itself in a section of `INFO`.
    pub(crate) async fn info(&self, section: &str) -> Result<String, StoreError> {
        self.0.text(Cmd::new().arg("INFO").arg(section)).await
    }
}

impl Inner {
    /// Whether the server has an append-only file and can say when it is on disk.
    async fn can_wait_for_disk(&self) -> Result<bool, StoreError> {
        let known: Result<Vec<Value>, _> =
            self.query(Cmd::new().arg("COMMAND").arg("INFO").arg("WAITAOF")).await;
        match known {
            Ok(entries) if entries.iter().any(|entry| !matches!(entry, Value::Nil)) => {
                let persistence = self.text(Cmd::new().arg("INFO").arg("persistence")).await?;
                Ok(crate::durability::aof_enabled(&persistence))
            }
            Err(error @ StoreError::Unavailable(_)) => Err(error),
            // Unknown, or not to be asked: managed servers forbid such questions.
            _ => Ok(false),
        }
    }

    async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        convert(self.send(command).await?.map_err(StoreError::from_redis)?)
    }

    async fn text(&self, command: &Cmd) -> Result<String, StoreError> {
        self.query(command).await
    }

    /// Sends a command; the outer error is that there is no connection to send it with.
    async fn send(&self, command: &Cmd) -> Result<RedisResult<Value>, StoreError> {
        let (mut connection, generation) = self.connection().await?;
        let result = command.query_async(&mut connection).await;
        self.observe(generation, &result);
        Ok(result)
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
        // Whatever keeps a connection from opening, a wrong password included, may be mended on the server's side.
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))
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
                    link.drop_connection();
                }
            }
            Err(error) if error.is_unrecoverable_error() => link.drop_connection(),
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

    fn drop_connection(&mut self) {
        if self.connection.take().is_some() {
            tracing::warn!("lost the connection to redis; opening another at the next call");
            self.retry_at = Instant::now();
        }
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

fn convert<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    T::from_redis_value(value).map_err(|error| StoreError::Answer(error.to_string()))
}

fn call<A: AsRef<[u8]>>(name: &str, script: &str, keys: &[String], args: &[A]) -> Cmd {
    let mut command = Cmd::new();
    command.arg(name).arg(script).arg(keys.len());
    for key in keys {
        command.arg(key);
    }
    for arg in args {
        command.arg(arg.as_ref());
    }
    command
}
