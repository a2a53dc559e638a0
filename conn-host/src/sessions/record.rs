//! Reads and writes the stored records of a shard's sessions.

use edgewire_contract::ids::{OrganizationId, SessionId};
use edgewire_contract::session::SessionRecord;
use edgewire_contract::{keys, script};
use edgewire_store::{Fence, Redis, StoreError};

/// The records of one shard.
#[derive(Clone)]
pub struct Records {
    redis: Redis,
    fence: Fence,
}

impl Records {
    /// Of the shard of `fence`.
    pub fn new(redis: Redis, fence: Fence) -> Self {
        Self { redis, fence }
    }

    /// Every session of the shard; one that was deleted half way is left out.
    pub async fn all(&self) -> Result<Vec<SessionRecord>, StoreError> {
        let mut members = redis::Cmd::new();
        members.arg("SMEMBERS").arg(keys::shard_sessions(self.fence.shard));
        let ids: Vec<String> = self.redis.query(&members).await?;
        let ids: Vec<SessionId> = ids.iter().filter_map(|id| SessionId::parse(id).ok()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        for id in &ids {
            pipe.cmd("HGETALL").arg(keys::session(self.fence.shard, id));
        }
        let rows: Vec<Vec<(String, String)>> = self.redis.pipeline(&pipe).await?;
        Ok(ids.iter().zip(rows).filter_map(|(id, row)| read(id, &row)).collect())
    }

    /// One session; `None` when there is none.
    pub async fn load(&self, id: &SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let mut get = redis::Cmd::new();
        get.arg("HGETALL").arg(keys::session(self.fence.shard, id));
        let row: Vec<(String, String)> = self.redis.query(&get).await?;
        Ok(read(id, &row))
    }

    /// Writes fields and, with it, an event (kind and stored form). Fenced; a deleted session stays deleted.
    pub async fn set(
        &self,
        organization: &OrganizationId,
        id: &SessionId,
        event: Option<(&str, String)>,
        fields: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let shard = self.fence.shard;
        let script_keys =
            [keys::lease(shard), keys::session(shard, id), keys::events(shard, id), keys::outbox(shard)];
        let (kind, event) = event.unwrap_or_default();
        let mut args = vec![
            self.fence.epoch.to_string(),
            organization.to_string(),
            id.to_string(),
            keys::EVENTS_KEPT.to_string(),
            kind.to_owned(),
            event,
        ];
        for (name, value) in fields {
            args.extend([(*name).to_owned(), value.clone()]);
        }
        self.redis.run(&script::SET_SESSION, &script_keys, &args).await.map(drop)
    }
}

fn read(id: &SessionId, row: &[(String, String)]) -> Option<SessionRecord> {
    SessionRecord::from_pairs(id, row.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
