//! From a shard's outbox to the organizations' feeds.
//!
//! A session's events live in its shard's slot, an organization's feed in its own, so no script can write both. The
//! append writes event and outbox entry together; this task copies outbox entries to the feeds, in order, and removes
//! them. The feed remembers per shard how far it is, so that copying twice adds nothing: whoever dies between the two
//! steps loses nothing and repeats nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::ids::OrganizationId;
use edgewire_contract::keys::{self, FEED_KEPT, POINTER_FIELD, Pointer};
use edgewire_contract::script;
use edgewire_store::{Fence, Redis, StoreError};
use redis::streams::StreamRangeReply;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How many entries one pass takes.
const BATCH: usize = 500;
/// How often the outbox is looked at without being told: handlers write to it too (a queued send).
const UNASKED: Duration = Duration::from_secs(2);

/// Relays one shard's outbox.
pub struct Relay {
    redis: Redis,
    fence: Fence,
    bell: Arc<Notify>,
}

impl Relay {
    /// For the shard of `fence`.
    pub fn new(redis: Redis, fence: Fence) -> Self {
        Self { redis, fence, bell: Arc::new(Notify::new()) }
    }

    /// Rings when there is something to relay.
    pub fn bell(&self) -> Arc<Notify> {
        self.bell.clone()
    }

    /// Relays until `abort`.
    pub async fn run(self, abort: CancellationToken) {
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
    pub async fn pass(&self) -> Result<(), StoreError> {
        let outbox = keys::outbox(self.fence.shard);
        loop {
            let mut range = redis::Cmd::new();
            range.arg("XRANGE").arg(&outbox).arg("-").arg("+").arg("COUNT").arg(BATCH);
            let reply: StreamRangeReply = self.redis.query(&range).await?;
            if reply.ids.is_empty() {
                return Ok(());
            }
            let mut feeds: BTreeMap<OrganizationId, Vec<String>> = BTreeMap::new();
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
                    }
                    None => warn!(entry = %entry.id, "an outbox entry is no pointer and is dropped"),
                }
            }
            for (organization, pointers) in feeds {
                let mut args = vec![self.fence.shard.to_string(), FEED_KEPT.to_string()];
                args.extend(pointers);
                let feed = [keys::feed(&organization), keys::relayed(&organization)];
                self.redis.run(&script::RELAY, &feed, &args).await?;
            }
            let _removed: u64 = self.redis.query(&remove).await?;
            if reply.ids.len() < BATCH {
                return Ok(());
            }
        }
    }
}
