//! The cache of received files: chunks in Redis under a budget of bytes a shard, what is asked for least going first.

use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys::{self, MEDIA_TTL_SECONDS};
use edgewire_contract::media::BLOB_CHUNK;
use edgewire_contract::script;
use redis::Value;

use crate::connection::Redis;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::write::Writes;

/// Writes one message's file into the cache. Nobody reads it before [`Self::finish`].
pub struct MediaWriter<'a> {
    redis: &'a Redis,
    fence: Fence,
    key: String,
    next: u64,
    bytes: u64,
}

impl<'a> MediaWriter<'a> {
    /// Makes room for `bytes` at `now_ms`, within the shard's `budget` of bytes, and begins.
    ///
    /// # Errors
    /// [`StoreError::Full`] when the file is over the budget by itself; [`StoreError::Fenced`]; when Redis does not
    /// answer.
    pub async fn begin(
        redis: &'a Redis,
        fence: Fence,
        session: &SessionId,
        message: &MessageId,
        bytes: u64,
        budget: u64,
        now_ms: i64,
    ) -> Result<Self, StoreError> {
        let shard = fence.shard;
        let script_keys = [keys::lease(shard), keys::media_use(shard), keys::media_sizes(shard)];
        let args = [
            fence.epoch.to_string(),
            keys::media_name(session, message),
            bytes.to_string(),
            budget.to_string(),
            now_ms.to_string(),
            MEDIA_TTL_SECONDS.to_string(),
        ];
        let Value::Array(gone) = redis.run(&script::ROOM_FOR_MEDIA, &script_keys, &args).await? else {
            return Err(StoreError::Full);
        };
        let key = keys::media(shard, session, message);
        let mut writes = Writes::new(fence).del(key.clone());
        for name in gone {
            let name: String =
                redis::from_redis_value(name).map_err(|e| StoreError::Answer(e.to_string()))?;
            writes = writes.del(keys::media_named(shard, &name));
        }
        writes.commit(redis).await?;
        Ok(Self { redis, fence, key, next: 0, bytes: 0 })
    }

    /// Writes the next chunk: [`BLOB_CHUNK`] bytes, less only at the end.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; when Redis does not answer.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), StoreError> {
        debug_assert!(chunk.len() <= BLOB_CHUNK, "a chunk is no larger than its readers expect");
        let writes = Writes::new(self.fence)
            .hset(self.key.clone(), &[(self.next.to_string(), chunk)])
            .expire(self.key.clone(), MEDIA_TTL_SECONDS);
        writes.commit(self.redis).await?;
        self.next += 1;
        self.bytes += chunk.len() as u64;
        Ok(())
    }

    /// The file is whole: it can be read from now on. Answers its bytes.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; when Redis does not answer.
    pub async fn finish(self) -> Result<u64, StoreError> {
        let writes = Writes::new(self.fence)
            .hset(self.key.clone(), &[("bytes", self.bytes.to_string())])
            .expire(self.key.clone(), MEDIA_TTL_SECONDS);
        writes.commit(self.redis).await?;
        Ok(self.bytes)
    }
}
