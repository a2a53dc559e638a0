//! The cache of received files: chunks in Redis under a budget of bytes a shard, what is asked for least going first.

use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys::{self, MEDIA_TTL_SECONDS};
use edgewire_contract::media::BLOB_CHUNK;
use edgewire_contract::script;
use edgewire_contract::shard::Shard;
use redis::{Cmd, Value};

use crate::connection::Redis;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::write::Writes;

/// How many files are forgotten in one step.
const FORGOTTEN_AT_ONCE: usize = 500;

/// The bytes of a message's file that is in the cache, whole, and says that it was asked for.
///
/// # Errors
/// When Redis does not answer.
pub async fn cached_media(
    redis: &Redis,
    shard: Shard,
    session: &SessionId,
    message: &MessageId,
    now_ms: i64,
) -> Result<Option<u64>, StoreError> {
    let script_keys = [keys::media(shard, session, message), keys::media_use(shard)];
    let args = [keys::media_name(session, message), now_ms.to_string(), MEDIA_TTL_SECONDS.to_string()];
    match redis.run(&script::TOUCH_MEDIA, &script_keys, &args).await? {
        Value::Int(bytes) => Ok(u64::try_from(bytes).ok()),
        _ => Ok(None),
    }
}

/// Writes one message's file into the cache. Nobody reads it before [`Self::finish`].
pub struct MediaWriter<'a> {
    redis: &'a Redis,
    fence: Fence,
    key: String,
    /// Its place among the cached files.
    name: String,
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
        let name = keys::media_name(session, message);
        Ok(Self { redis, fence, key, name, next: 0, bytes: 0 })
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

    /// What was written is of no use: it goes, with the room that was made for it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; when Redis does not answer.
    pub async fn abandon(self) -> Result<(), StoreError> {
        Writes::new(self.fence).del(self.key).commit(self.redis).await?;
        let shard = self.fence.shard;
        let script_keys = [keys::lease(shard), keys::media_use(shard), keys::media_sizes(shard)];
        let args = [self.fence.epoch.to_string(), self.name];
        self.redis.run(&script::DROP_MEDIA, &script_keys, &args).await.map(drop)
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

/// Forgets the cached files of a session that gets no more of them. What an interruption leaves is found again.
///
/// # Errors
/// [`StoreError::Fenced`]; when Redis does not answer.
pub async fn forget_media(redis: &Redis, fence: Fence, session: &SessionId) -> Result<(), StoreError> {
    let shard = fence.shard;
    // As many as the budget allows, and no more than their names: a file is some hundred thousand bytes.
    let names: Vec<String> = redis.query(&Cmd::zrange(keys::media_use(shard), 0, -1)).await?;
    let own = format!("{session}:");
    let names: Vec<String> = names.into_iter().filter(|name| name.starts_with(&own)).collect();
    for names in names.chunks(FORGOTTEN_AT_ONCE) {
        let files = names.iter().map(|name| keys::media_named(shard, name));
        files.fold(Writes::new(fence), Writes::del).commit(redis).await?;
        let script_keys = [keys::lease(shard), keys::media_use(shard), keys::media_sizes(shard)];
        let args = std::iter::once(fence.epoch.to_string()).chain(names.iter().cloned());
        redis.run(&script::DROP_MEDIA, &script_keys, &args.collect::<Vec<_>>()).await?;
    }
    Ok(())
}
