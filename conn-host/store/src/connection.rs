//! What a host asks Redis: commands, scripts, pipelines. Whom it asks is `nodes`' to know, and how that is reached `node`'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use edgewire_contract::keys;
use edgewire_contract::script::{self, Script};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, Pipeline, Value};

use crate::error::{StoreError, is_no_script};
use crate::nodes::Nodes;
use crate::settings::Settings;

/// A handle to Redis. Cheap to clone; all clones share one connection, in a cluster one a node.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    settings: Settings,
    nodes: Arc<Nodes>,
    /// `WAITAOF` is wanted and the server knows it.
    waits_for_disk: bool,
    /// How often the server could not be asked, or could not do what it was.
    troubles: Arc<AtomicU64>,
}

impl Redis {
    /// Connects and asks the server what it can do, and whether it is a cluster's. Errors: [`StoreError::Setting`] for a URL
    /// that is none, [`StoreError::Unavailable`] when nobody answers in time (call again: nothing is kept).
    pub async fn connect(settings: impl Into<Settings>) -> Result<Self, StoreError> {
        let settings = settings.into();
        let troubles = Arc::<AtomicU64>::default();
        let nodes = Nodes::connect(&settings, troubles.clone()).await?;
        let mut inner = Inner { settings, nodes, waits_for_disk: false, troubles };
        inner.waits_for_disk = inner.settings.wait_aof.is_some() && inner.can_wait_for_disk().await?;
        Ok(Self(Arc::new(inner)))
    }

    /// The limits it works with.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Whether it is a cluster, in which a command may have keys of one slot only.
    pub fn is_cluster(&self) -> bool {
        self.0.nodes.is_cluster()
    }

    /// A connection of its own to where `key` is, for commands that block (`XREADGROUP … BLOCK`, `BLPOP`): answers may take
    /// any time. It does not heal: when it fails, ask for another.
    pub async fn dedicated(&self, key: &str) -> Result<MultiplexedConnection, StoreError> {
        self.0.nodes.of_key(key)?.dedicated().await
    }

    /// Runs a script: `EVALSHA`, and `EVAL` once when the server does not know it yet. [`StoreError::Fenced`] when
    /// the script found the lease moved on.
    pub async fn run<A: AsRef<[u8]>>(
        &self,
        script: &Script,
        keys: &[String],
        args: &[A],
    ) -> Result<Value, StoreError> {
        match self.0.nodes.send(&call("EVALSHA", crate::write::sha_of(script).as_ref(), keys, args)).await? {
            Err(error) if is_no_script(&error) => self
                .0
                .nodes
                .send(&call("EVAL", script.source, keys, args))
                .await?
                .map_err(StoreError::from_redis),
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
        self.settle(keys.first().map_or("", String::as_str)).await?;
        Ok(answer)
    }

    /// Returns when all that this host wrote before to the server of `key` is on disk, where the server can say so; at once
    /// elsewhere.
    pub async fn settle(&self, key: &str) -> Result<(), StoreError> {
        if !self.0.waits_for_disk {
            return Ok(());
        }
        let settled = async {
            let node = self.0.nodes.of_key(key)?;
            let tag = self.is_cluster().then(|| tag(key));
            node.barrier.wait(&node, tag).await
        };
        let settled = settled.await;
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
        self.0.waits_for_disk
    }

    /// Sends one command. Not for writes to a shard: those are scripts.
    pub async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.0.query(command).await
    }

    /// Sends several commands in one round trip, `T` taking their answers in turn. In a cluster a pipeline that is atomic has
    /// keys of one slot, and one that ignores some answers is for `T = ()`.
    pub async fn pipeline<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, StoreError> {
        convert(self.0.nodes.pipeline(pipeline).await?.map_err(StoreError::from_redis)?)
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
        convert(self.nodes.send(command).await?.map_err(StoreError::from_redis)?)
    }

    async fn text(&self, command: &Cmd) -> Result<String, StoreError> {
        self.query(command).await
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

/// The hash tag of a key of ours.
fn tag(key: &str) -> &str {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    tag.map_or(key, |(tag, _)| tag)
}
