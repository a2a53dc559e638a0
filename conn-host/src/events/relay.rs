//! From a shard's outbox to the organizations' feeds.
//!
//! A session's events live in its shard's slot, an organization's feed in its own, so no script can write both. The
//! append writes event and outbox entry together; this task copies outbox entries to the feeds, in order, and removes
//! them. The feed remembers per shard how far it is, so that copying twice adds nothing: whoever dies between the two
//! steps loses nothing and repeats nothing.
//!
//! On its way it drops what is older than events are kept ([`retention`](super::retention)). The time is that of the
//! newest entry, by Redis's clock, so an outbox that lay for long drops nothing before its time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::ids::{EntryId, OrganizationId, SessionId};
use edgewire_contract::keys::{self, POINTER_FIELD, Pointer};
use edgewire_contract::script;
use edgewire_store::{Fence, Redis, StoreError};
use redis::streams::StreamRangeReply;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::retention::{Looks, Retention};

/// How many entries one pass takes.
const BATCH: usize = 500;
/// How often the outbox is looked at without being told: handlers write to it too (a queued send).
const UNASKED: Duration = Duration::from_secs(2);

/// Relays one shard's outbox.
pub struct Relay {
    redis: Redis,
    fence: Fence,
    bell: Arc<Notify>,
    retention: Retention,
    looks: Looks,
}

impl Relay {
    /// For the shard of `fence`.
    pub fn new(redis: Redis, fence: Fence, retention: Retention) -> Self {
        Self { redis, fence, bell: Arc::new(Notify::new()), retention, looks: Looks::default() }
    }

    /// Rings when there is something to relay.
    pub fn bell(&self) -> Arc<Notify> {
        self.bell.clone()
    }

    /// Relays until `abort`.
    pub async fn run(mut self, abort: CancellationToken) {
        loop {
            let pause = match self.pass().await {
                Ok(()) => UNASKED,
                Err(e) => {
                    debug!(shard = %self.fence.shard, error = %e, "relaying waits");
                    Duration::from_millis(250)
                }
            };
            tokio::select! {
                () = abort.cancelled() => return,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Relays all that is in the outbox now.
    pub async fn pass(&mut self) -> Result<(), StoreError> {
        let outbox = keys::outbox(self.fence.shard);
        loop {
            let mut range = redis::Cmd::new();
            range.arg("XRANGE").arg(&outbox).arg("-").arg("+").arg("COUNT").arg(BATCH);
            let reply: StreamRangeReply = self.redis.query(&range).await?;
            let Some(newest) = reply.ids.last().and_then(|entry| EntryId::parse(&entry.id).ok()) else {
                return Ok(());
            };
            let mut feeds: BTreeMap<OrganizationId, Vec<String>> = BTreeMap::new();
            let mut sessions = BTreeSet::new();
            let mut remove = redis::Cmd::new();
            remove.arg("XDEL").arg(&outbox);
            for entry in &reply.ids {
                remove.arg(&entry.id);
                let text: Option<String> = entry.get(POINTER_FIELD);
                match text.as_deref().and_then(|t| Pointer::parse(t).map(|p| (p, t))) {
                    Some((pointer, text)) => {
                        feeds
                            .entry(pointer.organization)
                            .or_default()
                            .extend([entry.id.clone(), text.to_owned()]);
                        sessions.insert(pointer.session);
                    }
                    None => warn!(entry = %entry.id, "an outbox entry is no pointer and is dropped"),
                }
            }
            let oldest = self.retention.oldest(newest.ms);
            for (organization, pointers) in feeds {
                let feed = [keys::feed(&organization), keys::relayed(&organization)];
                let looks = self.looks.is_due(&feed[0], newest.ms);
                let mut args = vec![
                    self.fence.shard.to_string(),
                    self.retention.per_feed.to_string(),
                    if looks { format!("{oldest}-0") } else { String::new() },
                ];
                args.extend(pointers);
                self.redis.run(&script::RELAY, &feed, &args).await?;
            }
            let _removed: u64 = self.redis.query(&remove).await?;
            self.drop_old(sessions, newest.ms, oldest).await?;
            if reply.ids.len() < BATCH {
                return Ok(());
            }
        }
    }

    /// Drops what is too old, or too much, of the sessions' streams whose minute is over.
    async fn drop_old(
        &mut self,
        sessions: BTreeSet<SessionId>,
        now_ms: u64,
        oldest: u64,
    ) -> Result<(), StoreError> {
        for session in sessions {
            let stream = keys::events(self.fence.shard, &session);
            if !self.looks.is_due(&stream, now_ms) {
                continue;
            }
            let mut trim = redis::pipe();
            trim.cmd("XTRIM").arg(&stream).arg("MINID").arg("~").arg(oldest).ignore();
            trim.cmd("XTRIM").arg(&stream).arg("MAXLEN").arg("~").arg(self.retention.per_session).ignore();
            let () = self.redis.pipeline(&trim).await?;
        }
        Ok(())
    }
}
