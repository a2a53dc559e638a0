//! Reads a shard's command stream in the consumer group of its epoch.
//!
//! An entry stays in the stream until its command completes, and the group of a new epoch begins at the stream's
//! beginning: so the next owner reads all that an earlier one had read and not completed, in order, and then the new ones.
//! The earlier owner's group is gone by then, so that a host that was frozen takes nothing when it wakes up. What we had
//! read ourselves, before a connection to Redis broke, is read again and known (`InFlight`).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edgewire_contract::command::{Command, Mode};
use edgewire_contract::keys::{self, COMMAND_FIELD};
use edgewire_contract::script;
use edgewire_store::{Fence, StoreError};
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadOptions, StreamReadReply};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::complete::Completer;
use super::dead;
use crate::sessions::backoff::Backoff;
use crate::{Host, failpoint};

/// How many entries one read takes.
const BATCH: usize = 128;
/// How long a read waits for an entry. An entry that arrives as the read is given up stays pending, for the next owner.
const BLOCK: Duration = Duration::from_millis(1000);

/// How late an answer may be.
const LATE: Duration = Duration::from_secs(4);

/// A command with its place in the stream.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The stream entry.
    pub entry: String,
    /// What to do.
    pub command: Arc<Command>,
    /// How often it has been tried in this process.
    pub tries: u32,
    /// How often it has crashed whoever ran it, in this process.
    pub crashes: u32,
    /// It may have its share of the session's budget: it asks for it, though nothing is left for others.
    pub share: bool,
    /// Redis failed a try of it: before another, Redis must show that it can keep what that takes.
    pub troubled: bool,
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

/// Reads the commands of one shard.
pub struct Reader {
    /// The process.
    pub host: Host,
    /// The shard and its epoch.
    pub fence: Fence,
    /// What has been read and not completed.
    pub in_flight: Arc<InFlight>,
    /// Ends what cannot be read.
    pub completer: Completer,
    /// Where commands go.
    pub commands: mpsc::UnboundedSender<Delivered>,
    /// Rung at each read, since whoever put a command in put an event in too.
    pub bell: Arc<Notify>,
}

impl Reader {
    /// Reads until `stop` or `abort`.
    pub async fn run(self, stop: CancellationToken, abort: CancellationToken) {
        let mut wait = Backoff::quick();
        loop {
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                () = abort.cancelled() => return,
                ended = self.follow(&mut wait) => ended,
            };
            let Err(e) = ended;
            if matches!(e, StoreError::Fenced) {
                return;
            }
            debug!(shard = %self.fence.shard, error = %e, "reading commands waits for Redis");
            tokio::time::sleep(wait.pause()).await;
        }
    }

    /// One connection's life: what we have read before, then what we have not, for ever.
    async fn follow(&self, wait: &mut Backoff) -> Result<std::convert::Infallible, StoreError> {
        let stream = keys::commands(self.fence.shard);
        let group = keys::command_group(self.fence.epoch);
        let args = [self.fence.epoch.to_string(), group.clone()];
        let script_keys = [self.fence.lease_key(), stream.clone()];
        self.host.redis.run(&script::OPEN_COMMANDS, &script_keys, &args).await?;
        // Behind the script, which finds the stream where it is now.
        let mut connection = self.host.redis.dedicated(&stream).await?;
        let taken = StreamReadOptions::default().group(&group, &*self.host.id).count(BATCH);
        self.read_again(&mut connection, &stream, &taken).await?;
        let options = taken.block(usize::try_from(BLOCK.as_millis()).unwrap_or(usize::MAX));
        loop {
            let reply = in_time(BLOCK, connection.xread_options(&[&stream], &[">"], &options)).await?;
            wait.reset();
            for entry in reply.into_iter().flat_map(|r| r.keys).flat_map(|k| k.ids) {
                self.deliver(entry).await?;
            }
        }
    }

    /// Takes what this group has read and not completed.
    async fn read_again(
        &self,
        connection: &mut MultiplexedConnection,
        stream: &str,
        options: &StreamReadOptions,
    ) -> Result<(), StoreError> {
        let mut after = "0-0".to_owned();
        loop {
            let reply =
                in_time(Duration::ZERO, connection.xread_options(&[stream], &[&after], options)).await?;
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
                failpoint::pass(failpoint::Place::Claimed);
                let delivered = Delivered {
                    // Whoever waits took it at his admission.
                    share: command.mode == Mode::Sync,
                    entry: entry.id,
                    command: Arc::new(command),
                    tries: 0,
                    crashes: 0,
                    troubled: false,
                };
                let _ended = self.commands.send(delivered);
                Ok(())
            }
            Err(reason) => {
                let done = self.set_aside(&entry.id, text.as_deref().unwrap_or_default(), &reason).await;
                if done.is_err() {
                    // It is read again, and tried again.
                    self.in_flight.remove(&entry.id);
                }
                done
            }
        }
    }

    /// Moves an entry that cannot be read to the dead letters, so that it blocks nothing, and ends its command if it has one.
    async fn set_aside(&self, entry: &str, text: &str, reason: &str) -> Result<(), StoreError> {
        if !self.completer.end_unreadable(entry, text, reason).await? {
            dead::bury(&self.host, self.fence, entry, text, reason).await?;
            self.in_flight.remove(entry);
        }
        Ok(())
    }
}

/// What a read gives that may wait for `wait`. A server that says nothing for longer may be frozen, or cut off, and another one
/// the primary by now: the connection is given up.
async fn in_time(
    wait: Duration,
    read: impl Future<Output = redis::RedisResult<Option<StreamReadReply>>>,
) -> Result<Option<StreamReadReply>, StoreError> {
    match tokio::time::timeout(wait + LATE, read).await {
        Ok(reply) => reply.map_err(StoreError::from_redis),
        Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use edgewire_contract::command::{Action, SessionAction};
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
        Delivered {
            entry: entry.to_owned(),
            command: Arc::new(command),
            tries: 0,
            crashes: 0,
            share: false,
            troubled: false,
        }
    }
}
