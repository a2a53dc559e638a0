//! What Redis promises to keep, and waiting until it has kept it.
//!
//! `appendfsync everysec` (the usual setting) means that a crash of the machine, not of the Redis process, may lose
//! the last second. For a Signal ratchet that is a second of keys that could be used twice, so the library's flushes
//! before the wire wait for the disk where Redis can tell (`WAITAOF`, 7.2). `WAITAOF` blocks its connection, so it
//! has one of its own, and all writes that wait at the same moment share one wait. In a cluster each node has its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use edgewire_contract::keys;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline};
use tokio::sync::Mutex;

use crate::connection::Redis;
use crate::error::StoreError;
use crate::node::Node;

/// What the server says it does with what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// Whether there is an append-only file at all.
    pub appendonly: bool,
    /// `always`, `everysec`, `no`; `unknown` where the server does not say (managed Redis often forbids `CONFIG`).
    pub appendfsync: String,
    /// The server's version; Valkey gives its own.
    pub version: String,
    /// What happens when memory is full; anything but `noeviction` may throw device keys away.
    pub maxmemory_policy: String,
    /// Whether the flush before the wire waits for the disk.
    pub waits_for_disk: bool,
}

impl Durability {
    /// What is at risk, one sentence each, for the host to say once at its start. Empty when nothing is.
    pub fn risks(&self) -> Vec<String> {
        let mut risks = Vec::new();
        if !self.appendonly {
            risks.push(
                "Redis has no append-only file (appendonly no): a restart of Redis loses commands, events and device \
                 keys, and every session may have to be paired again."
                    .into(),
            );
        } else if self.appendfsync != "always" && !self.waits_for_disk {
            risks.push(format!(
                "Redis writes to disk with appendfsync {}: a crash of its machine may lose the last second, \
                 message keys included. Redis 7.2 or later lets conn-host wait for the disk where it matters.",
                self.appendfsync
            ));
        }
        if self.maxmemory_policy != "noeviction" {
            risks.push(format!(
                "Redis evicts keys when its memory is full (maxmemory-policy {}): device keys may vanish. Set \
                 noeviction.",
                self.maxmemory_policy
            ));
        }
        risks
    }
}

impl Redis {
    /// Asks the server what it keeps; one node of a cluster for all. Three round trips; for the host's start-up check.
    pub async fn durability(&self) -> Result<Durability, StoreError> {
        let persistence = self.info("persistence").await?;
        let server = self.info("server").await?;
        let memory = self.info("memory").await?;
        let config: Result<Vec<String>, _> =
            self.query(Cmd::new().arg("CONFIG").arg("GET").arg("appendfsync")).await;
        let appendfsync = config.ok().and_then(|pair| pair.into_iter().nth(1));
        Ok(Durability {
            appendonly: aof_enabled(&persistence),
            appendfsync: appendfsync.unwrap_or_else(|| "unknown".into()),
            version: field(&server, "valkey_version")
                .or_else(|| field(&server, "redis_version"))
                .unwrap_or("unknown")
                .to_owned(),
            maxmemory_policy: field(&memory, "maxmemory_policy").unwrap_or("unknown").to_owned(),
            waits_for_disk: self.waits_for_disk(),
        })
    }
}

/// Whether a text of `INFO persistence` says that there is an append-only file.
pub(crate) fn aof_enabled(info: &str) -> bool {
    field(info, "aof_enabled") == Some("1")
}

/// A field of a text of `INFO`.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Waits until everything written to one server so far is on its disk, one wait for all who ask meanwhile.
pub(crate) struct Barrier {
    limit: Duration,
    /// How many waits have begun.
    begun: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last wait that ended well.
    done: u64,
    connection: Option<MultiplexedConnection>,
}

impl Barrier {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, begun: AtomicU64::new(0), state: Mutex::default() }
    }

    /// Waits for the disk of `node`, whose barrier this is; `tag` is the hash tag of a slot that it has, in a cluster.
    pub(crate) async fn wait(&self, node: &Node, tag: Option<&str>) -> Result<(), StoreError> {
        // A wait that begins after this moment covers what the caller has written; one that runs already may not.
        let needed = self.begun.load(Ordering::SeqCst) + 1;
        let mut state = self.state.lock().await;
        if state.done >= needed {
            return Ok(());
        }
        let mine = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        self.wait_once(node, tag, &mut state).await?;
        state.done = mine;
        Ok(())
    }

    async fn wait_once(&self, node: &Node, tag: Option<&str>, state: &mut State) -> Result<(), StoreError> {
        let mut connection = match state.connection.take() {
            Some(connection) => connection,
            None => node.dedicated().await?,
        };
        // WAITAOF looks at its own connection's last write, so there must be one after everybody else's.
        let mut pipeline = Pipeline::new();
        let begun = self.begun.load(Ordering::SeqCst);
        match tag {
            None => pipeline.hset(keys::layout(), "synced", begun).ignore(),
            Some(tag) => pipeline.set_ex(keys::synced(tag), begun, keys::SYNCED_TTL_SECONDS).ignore(),
        };
        let limit = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX);
        pipeline.cmd("WAITAOF").arg(1).arg(0).arg(limit);
        let answer = tokio::time::timeout(self.limit + Duration::from_secs(1), async {
            pipeline.query_async::<((i64, i64),)>(&mut connection).await
        })
        .await;
        match answer {
            Ok(Ok(((local, _),))) => {
                state.connection = Some(connection);
                match local {
                    1.. => Ok(()),
                    _ => Err(StoreError::Unavailable("the write is not on disk within the limit".into())),
                }
            }
            Ok(Err(error)) => Err(StoreError::from_redis(error)),
            Err(_) => Err(StoreError::Unavailable("no answer to WAITAOF within the limit".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risks_are_named() {
        let mut durability = Durability {
            appendonly: true,
            appendfsync: "always".into(),
            version: "7.0.15".into(),
            maxmemory_policy: "noeviction".into(),
            waits_for_disk: false,
        };
        assert_eq!(durability.risks(), Vec::<String>::new());
        durability.appendfsync = "everysec".into();
        durability.maxmemory_policy = "allkeys-lru".into();
        assert_eq!(durability.risks().len(), 2);
        durability.appendonly = false;
        assert!(durability.risks()[0].contains("appendonly no"));
    }

    #[test]
    fn a_field_of_info_is_found() {
        let info = "# Persistence\r\naof_enabled:1\r\naof_rewrite_in_progress:0\r\n";
        assert!(aof_enabled(info));
        assert_eq!(field(info, "aof_rewrite_in_progress"), Some("0"));
        assert_eq!(field(info, "aof"), None);
    }
}
