//! Blobs: bytes on their way between a handler and conn-host, in chunks.

use edgewire_contract::ids::BlobId;
use edgewire_contract::media::{BLOB_CHUNK, BLOB_TTL_SECONDS, BlobRef};
use edgewire_contract::shard::Shard;
use edgewire_contract::{keys, script};
use redis::{Cmd, Value};
use sha2::{Digest as _, Sha256};

use crate::connection::Redis;
use crate::error::StoreError;

/// Reads a blob chunk by chunk. It can be read again from the start with another reader.
pub struct BlobReader<'a> {
    redis: &'a Redis,
    key: String,
    left: u64,
    next: u64,
}

impl<'a> BlobReader<'a> {
    /// Reads `blob` of `shard`.
    pub fn new(redis: &'a Redis, shard: Shard, blob: &BlobRef) -> Self {
        Self { redis, key: keys::blob(shard, &blob.blob), left: blob.bytes, next: 0 }
    }

    /// The next chunk; `None` at the end. One round trip.
    ///
    /// # Errors
    /// [`StoreError::NoBlob`] when it is not there (any more), or not whole.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        let chunk: Option<Vec<u8>> = self.redis.query(&Cmd::hget(&self.key, self.next)).await?;
        let chunk = chunk.filter(|chunk| !chunk.is_empty()).ok_or(StoreError::NoBlob)?;
        let length = chunk.len() as u64;
        if length > self.left {
            return Err(StoreError::NoBlob);
        }
        self.left -= length;
        self.next += 1;
        Ok(Some(chunk))
    }
}

/// Writes a blob chunk by chunk.
pub struct BlobWriter<'a> {
    redis: &'a Redis,
    shard: Shard,
    id: BlobId,
    budget: u64,
    buffer: Vec<u8>,
    next: u64,
    bytes: u64,
    sha256: Sha256,
}

impl<'a> BlobWriter<'a> {
    /// Writes the blob `id` of `shard`, within the shard's `budget` of bytes.
    pub fn new(redis: &'a Redis, shard: Shard, id: BlobId, budget: u64) -> Self {
        let (buffer, sha256) = (Vec::with_capacity(BLOB_CHUNK), Sha256::new());
        Self { redis, shard, id, budget, buffer, next: 0, bytes: 0, sha256 }
    }

    /// Writes some of it.
    ///
    /// # Errors
    /// [`StoreError::Full`] when the shard's budget is used up.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            let room = BLOB_CHUNK - self.buffer.len();
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == BLOB_CHUNK {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Writes what is left, and names the blob. It lives for ten minutes.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn finish(mut self) -> Result<BlobRef, StoreError> {
        if !self.buffer.is_empty() {
            self.flush().await?;
        }
        let sha256 = edgewire_contract::token::hex(&self.sha256.finalize());
        Ok(BlobRef { blob: self.id, bytes: self.bytes, sha256 })
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let script_keys =
            [keys::blob(self.shard, &self.id), keys::blobs(self.shard), keys::blob_sizes(self.shard)];
        let (number, ttl, budget) =
            (self.next.to_string(), BLOB_TTL_SECONDS.to_string(), self.budget.to_string());
        let args: [&[u8]; 5] =
            [number.as_bytes(), &self.buffer, ttl.as_bytes(), self.id.as_str().as_bytes(), budget.as_bytes()];
        let room = self.redis.run(&script::PUT_BLOB, &script_keys, &args).await?;
        if room == Value::Int(0) {
            return Err(StoreError::Full);
        }
        self.sha256.update(&self.buffer);
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        self.next += 1;
        Ok(())
    }
}
