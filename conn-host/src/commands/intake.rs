//! Reads a shard's command stream in the consumer group of its epoch.
//!
//! An entry stays in the stream until its command completes, and the group of a new epoch begins at the stream's
//! beginning: so the next owner reads all that an earlier one had read and not completed, in order, and then the new ones.
//! The earlier owner's group is gone by then, so that a host that was frozen takes nothing when it wakes up. What we had
//! read ourselves, before a connection to Redis broke, is read again and known (`InFlight`).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edgewire_contract::command::Command;
use edgewire_contract::ids::BlobId;
use edgewire_contract::keys::{self, COMMAND_FIELD};
use edgewire_contract::media::BLOB_TTL_SECONDS;
use edgewire_contract::script;
use edgewire_store::{Fence, StoreError};
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadOptions, StreamReadReply};
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::Host;
use crate::sessions::backoff::Backoff;

/// How many entries one read takes.
const BATCH: usize = 128;
/// How long a read waits for an entry. An entry that arrives as the read is given up stays pending, for the next owner.
const BLOCK: Duration = Duration::from_millis(1000);

/// A command with its place in the stream.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The stream entry.
    pub entry: String,
    /// What to do.
    pub command: Arc<Command>,
    /// How often it has been tried in this process.
    pub tries: u32,
}

/// The entries that this process has and has not completed.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<String>>);

impl InFlight {
    /// Notes an entry; false if it was there.
    fn add(&self, entry: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.to_owned())
    }

    /// The entry is completed.
    pub fn remove(&self, entry: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(entry);
    }
}

/// Reads until `stop` or `abort`. `bell` is rung at each read, since whoever put a command in put an event in too.
pub async fn read(
    host: Host,
    fence: Fence,
    in_flight: Arc<InFlight>,
    commands: mpsc::UnboundedSender<Delivered>,
    bell: Arc<Notify>,
    stop: CancellationToken,
    abort: CancellationToken,
) {
    let (stream, group) = (keys::commands(fence.shard), keys::command_group(fence.epoch));
    let reader = Reader { host, stream, group, fence, in_flight, commands, bell };
    let mut wait = Backoff::quick();
    loop {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            () = abort.cancelled() => return,
            ended = reader.follow(&mut wait) => ended,
        };
        let Err(e) = ended;
        if matches!(e, StoreError::Fenced) {
            return;
        }
        debug!(shard = %fence.shard, error = %e, "reading commands waits for Redis");
        tokio::time::sleep(wait.pause()).await;
    }
}

struct Reader {
    host: Host,
    stream: String,
    group: String,
    fence: Fence,
    in_flight: Arc<InFlight>,
    commands: mpsc::UnboundedSender<Delivered>,
    bell: Arc<Notify>,
}

impl Reader {
    /// One connection's life: what we have read before, then what we have not, for ever.
    async fn follow(&self, wait: &mut Backoff) -> Result<std::convert::Infallible, StoreError> {
        let mut connection = self.host.redis.dedicated().await?;
        let keys = [self.fence.lease_key(), self.stream.clone()];
        let args = [self.fence.epoch.to_string(), self.group.clone()];
        self.host.redis.run(&script::OPEN_COMMANDS, &keys, &args).await?;
        self.read_again(&mut connection).await?;
        let options = self.options().block(usize::try_from(BLOCK.as_millis()).unwrap_or(usize::MAX));
        loop {
            let reply: Option<StreamReadReply> = connection
                .xread_options(&[&self.stream], &[">"], &options)
                .await
                .map_err(StoreError::from_redis)?;
            wait.reset();
            for entry in reply.into_iter().flat_map(|r| r.keys).flat_map(|k| k.ids) {
                self.deliver(entry).await?;
            }
        }
    }

    fn options(&self) -> StreamReadOptions {
        StreamReadOptions::default().group(&self.group, &*self.host.id).count(BATCH)
    }

    /// Takes what this group has read and not completed.
    async fn read_again(&self, connection: &mut MultiplexedConnection) -> Result<(), StoreError> {
        let mut after = "0-0".to_owned();
        loop {
            let reply: Option<StreamReadReply> = connection
                .xread_options(&[&self.stream], &[&after], &self.options())
                .await
                .map_err(StoreError::from_redis)?;
            let entries: Vec<StreamId> = reply.into_iter().flat_map(|r| r.keys).flat_map(|k| k.ids).collect();
            let Some(last) = entries.last() else { return Ok(()) };
            after.clone_from(&last.id);
            for entry in entries {
                self.deliver(entry).await?;
            }
        }
    }

    async fn deliver(&self, entry: StreamId) -> Result<(), StoreError> {
        if !self.in_flight.add(&entry.id) {
            return Ok(());
        }
        self.bell.notify_one();
        let text: Option<String> = entry.get(COMMAND_FIELD);
        let parsed = text
            .as_deref()
            .ok_or_else(|| "the entry has no command".to_owned())
            .and_then(|t| serde_json::from_str::<Command>(t).map_err(|e| e.to_string()));
        match parsed {
            Ok(command) => {
                let delivered = Delivered { entry: entry.id, command: Arc::new(command), tries: 0 };
                let _ended = self.commands.send(delivered);
                Ok(())
            }
            Err(reason) => {
                error!(shard = %self.fence.shard, entry = %entry.id, %reason, "a command cannot be read and is set aside");
                self.set_aside(&entry.id, text.as_deref().unwrap_or_default(), &reason).await
            }
        }
    }

    /// How long an ownerless blob lives (seconds), and when it ends (unix ms).
    fn blob_end(&self) -> (String, String) {
        let ttl = i64::try_from(BLOB_TTL_SECONDS).unwrap_or(i64::MAX / 1000);
        (ttl.to_string(), (self.host.clock.now_ms() + ttl * 1000).to_string())
    }

    /// Moves an unreadable entry to the dead letters, so that it blocks nothing.
    async fn set_aside(&self, entry: &str, text: &str, reason: &str) -> Result<(), StoreError> {
        let shard = self.fence.shard;
        let mut script_keys = vec![self.fence.lease_key(), keys::dead_letters(shard), self.stream.clone()];
        let epoch = self.fence.epoch.to_string();
        let dead = [
            "10",
            "XADD",
            "2",
            "MAXLEN",
            "~",
            "1000",
            "*",
            "entry",
            entry,
            "reason",
            reason,
            COMMAND_FIELD,
            text,
        ];
        let done = ["2", "XACK", "3", &self.group, entry, "1", "XDEL", "3", entry];
        let mut args: Vec<&str> = std::iter::once(epoch.as_str()).chain(dead).chain(done).collect();
        // Its file is nobody's any more, and goes when its time is over.
        let blob = owned_blob(text);
        let (ttl, ends_at) = self.blob_end();
        if let Some(blob) = &blob {
            script_keys.extend([keys::blob(shard, blob), keys::blobs(shard)]);
            args.extend(["1", "EXPIRE", "4", &ttl, "3", "ZADD", "5", "XX", &ends_at, blob.as_str()]);
        }
        self.host.redis.run(&script::WRITE, &script_keys, &args).await?;
        self.in_flight.remove(entry);
        self.host.metrics.dead_letters.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}

/// The blob that a command owns which cannot be read, as far as it can be.
fn owned_blob(text: &str) -> Option<BlobId> {
    fn find(value: &Value) -> Option<&str> {
        match value {
            Value::Object(fields) => match fields.get("blob") {
                Some(Value::String(id)) => Some(id),
                _ => fields.values().find_map(find),
            },
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    let value: Value = serde_json::from_str(text).ok()?;
    find(&value).and_then(|id| BlobId::parse(id).ok())
}

#[cfg(test)]
pub(crate) mod tests {
    use edgewire_contract::command::{Action, Mode, SessionAction};
    use edgewire_contract::ids::{CommandId, OrganizationId, RequestId, SessionId};

    use super::*;

    /// A command at `entry`, for tests that only move it about.
    pub fn delivered(entry: &str) -> Delivered {
        let command = Command {
            v: 1,
            id: CommandId::generate(1, edgewire_contract::shard::Shard::from_number(0), 1),
            organization: OrganizationId::parse("acme").unwrap(),
            session: SessionId::parse("main").unwrap(),
            request_id: RequestId::parse("r").unwrap(),
            issued_at: 1,
            mode: Mode::Async,
            deadline: None,
            reply_to: None,
            action: Action::Session(SessionAction::Start),
        };
        Delivered { entry: entry.to_owned(), command: Arc::new(command), tries: 0 }
    }
}
