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

    /// Relays all that is in the outbox now. Where an organization's feed cannot be written to, its entries stay, in their
    /// order, and hold up no other's.
    pub async fn pass(&mut self) -> Result<(), StoreError> {
        let outbox = keys::outbox(self.fence.shard);
        let (mut from, mut refused) = ("-".to_owned(), BTreeMap::new());
        loop {
            let mut range = redis::Cmd::new();
            range.arg("XRANGE").arg(&outbox).arg(&from).arg("+").arg("COUNT").arg(BATCH);
            let reply: StreamRangeReply = self.redis.query(&range).await?;
            let Some(newest) = reply.ids.last().and_then(|entry| EntryId::parse(&entry.id).ok()) else {
                break;
            };
            from = format!("({newest}");
            let mut feeds: BTreeMap<OrganizationId, Vec<String>> = BTreeMap::new();
            let mut sessions = BTreeSet::new();
            let mut done = Vec::new();
            for entry in &reply.ids {
                let text: Option<String> = entry.get(POINTER_FIELD);
                match text.as_deref().and_then(|t| Pointer::parse(t).map(|p| (p, t))) {
                    Some((pointer, text)) => {
                        feeds
                            .entry(pointer.organization)
                            .or_default()
                            .extend([entry.id.clone(), text.to_owned()]);
                        sessions.insert(pointer.session);
                    }
                    None => {
                        warn!(entry = %entry.id, "an outbox entry is no pointer and is dropped");
                        done.push(entry.id.clone());
                    }
                }
            }
            let oldest = self.retention.oldest(newest.ms);
            // What comes behind an entry that stays must not go before it.
            feeds.retain(|organization, _| !refused.contains_key(organization));
            for (organization, pointers) in feeds {
                match self.relay(&organization, &pointers, newest.ms, oldest).await {
                    Ok(()) => done.extend(pointers.into_iter().step_by(2)),
                    Err(error) => drop(refused.insert(organization, error)),
                }
            }
            if !done.is_empty() {
                let _removed: u64 = self.redis.query(&redis::Cmd::xdel(&outbox, &done)).await?;
            }
            self.drop_old(sessions, newest.ms, oldest).await?;
            if reply.ids.len() < BATCH {
                break;
            }
        }
        refused.into_values().next().map_or(Ok(()), Err)
    }

    /// Puts entries and their pointers, in turn, into a feed.
    async fn relay(
        &mut self,
        organization: &OrganizationId,
        pointers: &[String],
        now_ms: u64,
        oldest: u64,
    ) -> Result<(), StoreError> {
        let feed = [keys::feed(organization), keys::relayed(organization)];
        let looks = self.looks.is_due(&feed[0], now_ms);
        let mut args = vec![
            self.fence.shard.to_string(),
            self.retention.per_feed.to_string(),
            if looks { format!("{oldest}-0") } else { String::new() },
        ];
        args.extend_from_slice(pointers);
        self.redis.run(&script::RELAY, &feed, &args).await.map(drop)
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
