//! Whom the account blocks, as far as was told; and the end of what belongs to one account.

use std::collections::HashMap;

use edgewire_contract::keys;
use redis::Cmd;

use super::DeviceStore;
use crate::error::StoreError;
use crate::write::Writes;

impl DeviceStore {
    /// The fields of [`keys::blocked`].
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn blocked(&self) -> Result<HashMap<String, String>, StoreError> {
        self.redis.query(&Cmd::hgetall(keys::blocked(self.fence.shard, &self.session))).await
    }

    /// Removes fields of [`keys::blocked`], and then writes others.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn put_blocked(&self, fields: &[(String, String)], gone: &[String]) -> Result<(), StoreError> {
        let (key, mut writes) = (keys::blocked(self.fence.shard, &self.session), Writes::new(self.fence));
        if !gone.is_empty() {
            writes = writes.hdel(key.clone(), gone);
        }
        if !fields.is_empty() {
            writes = writes.hset(key, fields);
        }
        self.watch(writes.commit(&self.redis).await)
    }

    /// Forgets whom the account blocks, and which chats it has archived: it may be another account. What it blocks is
    /// counted anew from `now_ms` on.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn forget_account(&self, now_ms: i64) -> Result<(), StoreError> {
        let (shard, session) = (self.fence.shard, &self.session);
        let blocked = keys::blocked(shard, session);
        let writes = Writes::new(self.fence)
            .del(blocked.clone())
            .hset(blocked, &[(keys::BLOCKED_ERA, now_ms.to_string())])
            .del(keys::archived(shard, session))
            .del(keys::met(shard, session));
        self.watch(writes.commit(&self.redis).await)
    }
}
