//! Scheduled sends: those whose time has come enter their shard's queue, where they are as any other.
//!
//! Until then they wait in Redis, in nobody's memory (`keys::due`): a host that takes the shard over finds them, and what was
//! due while nobody owned the shard goes out then, in the order of its time.

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::ids::SessionId;
use edgewire_contract::{keys, script};
use edgewire_store::{Fence, Redis, StoreError, Writes};
use redis::Cmd;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::clock::Clock;

/// How many are looked at at once.
const BATCH: isize = 100;
/// How often the first is looked at: another may have been put before it.
const LOOK: Duration = Duration::from_secs(1);
/// The pause after Redis failed.
const PAUSE: Duration = Duration::from_millis(250);

/// Enqueues the scheduled commands of one shard.
pub struct Scheduler {
    /// Where they are.
    pub redis: Redis,
    /// The shard and its epoch.
    pub fence: Fence,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Scheduler {
    /// Enqueues what is due, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let pause = match self.pass(&stop).await {
                Ok(pause) => pause,
                Err(StoreError::Fenced) => return,
                Err(e) if e.is_retryable() => {
                    debug!(shard = %self.fence.shard, error = %e, "scheduled sends wait for Redis");
                    PAUSE
                }
                Err(e) => {
                    error!(shard = %self.fence.shard, error = %e, "scheduled sends cannot be enqueued");
                    LOOK
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Enqueues what is due now. Gives the time until the next look.
    async fn pass(&self, stop: &CancellationToken) -> Result<Duration, StoreError> {
        let due = keys::due(self.fence.shard);
        loop {
            let first: Vec<(String, f64)> =
                self.redis.query(&Cmd::zrange_withscores(&due, 0, BATCH - 1)).await?;
            let now = self.clock.now_ms();
            #[expect(clippy::cast_possible_truncation, reason = "a time in ms")]
            let until = |at: f64| at as i64 - now;
            for (id, _) in first.iter().take_while(|(_, at)| until(*at) <= 0) {
                if stop.is_cancelled() {
                    return Ok(LOOK);
                }
                self.enqueue(id).await?;
            }
            match first.iter().map(|(_, at)| until(*at)).find(|wait| *wait > 0) {
                Some(wait) => return Ok(Duration::from_millis(wait.unsigned_abs()).min(LOOK)),
                None if first.is_empty() => return Ok(LOOK),
                None => {}
            }
        }
    }

    async fn enqueue(&self, id: &str) -> Result<(), StoreError> {
        let scheduled = keys::scheduled(self.fence.shard);
        let command: Option<String> = self.redis.query(&Cmd::hget(&scheduled, id)).await?;
        if let Some(session) = command.as_deref().and_then(session_of) {
            return enqueue(&self.redis, self.fence, &session, id).await;
        }
        // It was cancelled a moment ago; else nobody can tell whose it was.
        if command.is_some() {
            error!(command.id = %id, "a scheduled command names no session; it is dropped");
        }
        let writes = Writes::new(self.fence).zrem(keys::due(self.fence.shard), &[id]);
        writes.hdel(scheduled, &[id]).commit(&self.redis).await
    }
}

/// Moves every scheduled command of a session into its shard's queue, whether or not it is due.
///
/// # Errors
/// When Redis could not do it; some may have been moved.
pub async fn enqueue_all(redis: &Redis, fence: Fence, session: &SessionId) -> Result<(), StoreError> {
    let schedule = keys::schedule(fence.shard, session);
    loop {
        let ids: Vec<String> = redis.query(&Cmd::zrange(&schedule, 0, BATCH - 1)).await?;
        if ids.is_empty() {
            return Ok(());
        }
        for id in ids {
            enqueue(redis, fence, session, &id).await?;
        }
    }
}

async fn enqueue(redis: &Redis, fence: Fence, session: &SessionId, id: &str) -> Result<(), StoreError> {
    let shard = fence.shard;
    let script_keys = [
        fence.lease_key(),
        keys::due(shard),
        keys::scheduled(shard),
        keys::schedule(shard, session),
        keys::commands(shard),
    ];
    redis.run(&script::ENQUEUE, &script_keys, &[fence.epoch.to_string(), id.to_owned()]).await?;
    Ok(())
}

fn session_of(command: &str) -> Option<SessionId> {
    let command: Value = serde_json::from_str(command).ok()?;
    SessionId::parse(command.get("session")?.as_str()?).ok()
}
