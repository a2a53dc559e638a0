//! What people call themselves, in the clear as every name in an event is; and what was asked of the phone's past.

use edgewire_contract::keys;
use redis::Cmd;

use super::DeviceStore;
use crate::error::StoreError;
use crate::write::Writes;

impl DeviceStore {
    /// The names that `people` (canonical JIDs) were last known by, in their order. One round trip.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn names(&self, people: &[&str]) -> Result<Vec<Option<String>>, StoreError> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let key = keys::names(self.fence.shard, &self.session);
        self.redis.query(Cmd::new().arg("HMGET").arg(key).arg(people)).await
    }

    /// Remembers names, by canonical JID; all of the session's live for `ttl_seconds` from now.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn put_names(&self, names: &[(String, String)], ttl_seconds: u64) -> Result<(), StoreError> {
        if names.is_empty() {
            return Ok(());
        }
        let key = keys::names(self.fence.shard, &self.session);
        let writes = Writes::new(self.fence).hset(key.clone(), names).expire(key, ttl_seconds);
        self.watch(writes.commit(&self.redis).await)
    }

    /// What was asked of the phone's past under `request`, JSON.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn history_request(&self, request: &str) -> Result<Option<String>, StoreError> {
        self.redis.query(&Cmd::get(keys::history_request(self.fence.shard, &self.session, request))).await
    }

    /// Remembers what was asked under `request`, and what of the answer was told, for a day from now.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn put_history_request(&self, request: &str, json: &[u8]) -> Result<(), StoreError> {
        let key = keys::history_request(self.fence.shard, &self.session, request);
        let writes = Writes::new(self.fence).set_ex(key, json, keys::HISTORY_TTL_SECONDS);
        self.watch(writes.commit(&self.redis).await)
    }
}
