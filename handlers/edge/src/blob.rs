//! Files in Redis: written as they come in, read as they go out, never whole in memory.
//!
//! A blob that no command owns ends by itself (`media::BLOB_TTL_SECONDS`); whoever knows that it is of no more use
//! forgets it sooner, since it counts against its shard's budget.

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{BlobId, SessionId};
use edgewire_contract::media::{BLOB_CHUNK, BlobRef};
use edgewire_contract::token::hex;
use futures::StreamExt as _;
use futures::stream::{self, LocalBoxStream};
use sha2::{Digest as _, Sha256};

use crate::bus::Bus;
use crate::env::Env;
use crate::{Gateway, Problem};

/// How long a caller should wait before he tries a shard again whose budget is used up, seconds.
const FULL_RETRY_SECONDS: u64 = 30;

/// 413: a file is over its limit.
pub fn over(limit: u64) -> Fault {
    Fault::new(FaultCode::PayloadTooLarge, format!("the file is over {limit} bytes")).with("limit", limit)
}

/// Writes a blob, chunk by chunk.
pub struct BlobWriter<'g, B, E> {
    gateway: &'g Gateway<B, E>,
    session: &'g SessionId,
    id: BlobId,
    /// How many bytes it may have.
    pub limit: u64,
    /// What is not yet a whole chunk.
    chunk: Vec<u8>,
    /// How many chunks are in Redis.
    chunks: u32,
    bytes: u64,
    hash: Sha256,
}

impl<'g, B: Bus, E: Env> BlobWriter<'g, B, E> {
    /// A blob of `session`'s shard, of at most `limit` bytes. Nothing is in Redis yet.
    pub fn new(gateway: &'g Gateway<B, E>, session: &'g SessionId, limit: u64) -> Self {
        let id = BlobId::generate(gateway.env.now_ms(), gateway.env.random_u128());
        Self { gateway, session, id, limit, chunk: Vec::new(), chunks: 0, bytes: 0, hash: Sha256::default() }
    }

    /// How many bytes were written.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes the next bytes.
    ///
    /// # Errors
    /// 413 over the limit, 429 when the shard's budget for blobs is used up.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Problem> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit {
            return Err(over(self.limit).into());
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            if self.chunk.capacity() == 0 {
                self.chunk.reserve_exact(BLOB_CHUNK);
            }
            let (now, later) = bytes.split_at(bytes.len().min(BLOB_CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
            if self.chunk.len() == BLOB_CHUNK {
                self.put().await?;
            }
        }
        Ok(())
    }

    /// Writes what is left, and says where the bytes are.
    ///
    /// # Errors
    /// 429 when the shard's budget for blobs is used up.
    pub async fn finish(&mut self) -> Result<BlobRef, Problem> {
        if !self.chunk.is_empty() {
            self.put().await?;
        }
        let sha256 = hex(&std::mem::take(&mut self.hash).finalize());
        Ok(BlobRef { blob: self.id.clone(), bytes: self.bytes, sha256 })
    }

    /// Forgets what was written.
    pub async fn abandon(&self) {
        if self.chunks > 0 {
            forget(self.gateway, self.session, [&self.id]).await;
        }
    }

    async fn put(&mut self) -> Result<(), Problem> {
        let bytes = std::mem::take(&mut self.chunk);
        let budget = self.gateway.settings.max_blob_bytes_per_shard;
        let number = self.chunks;
        // Counted before it is known to be in, so that `abandon` leaves nothing.
        self.chunks += 1;
        if self.gateway.bus.put_blob(self.session, &self.id, number, bytes, budget).await? {
            return Ok(());
        }
        let message = "too many files are on their way; try again";
        Err(Fault::new(FaultCode::RateLimited, message).with("retryAfterSeconds", FULL_RETRY_SECONDS).into())
    }
}

/// Forgets blobs, but for those that a command owns. What cannot be forgotten now ends by itself.
pub async fn forget<'b, B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    session: &SessionId,
    blobs: impl IntoIterator<Item = &'b BlobId>,
) {
    for blob in blobs {
        if gateway.bus.drop_blob(session, blob).await.is_err() {
            return;
        }
    }
}

/// Reads a blob to its end, chunk by chunk, and forgets it then. A chunk that is missing ends the stream early, which the
/// reader notices by the length.
///
/// # Errors
/// When the first chunk is not there: nothing has been said to the reader yet.
pub async fn stream<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    session: SessionId,
    blob: BlobRef,
) -> Result<LocalBoxStream<'static, Vec<u8>>, Problem> {
    let mut reader = Reader { gateway: gateway.clone(), session, left: blob.bytes, blob: blob.blob, next: 0 };
    let first = match reader.left {
        0 => Vec::new(),
        _ => reader.chunk().await?,
    };
    let rest = stream::unfold(reader, |mut reader| async move {
        if reader.left == 0 {
            forget(&reader.gateway, &reader.session, [&reader.blob]).await;
            return None;
        }
        match reader.chunk().await {
            Ok(chunk) => Some((chunk, reader)),
            Err(problem) => {
                reader
                    .gateway
                    .env
                    .log(&format!("a download was cut short: {}", problem.cause.unwrap_or_default()));
                None
            }
        }
    });
    Ok(stream::iter([first]).chain(rest).boxed_local())
}

struct Reader<B, E> {
    gateway: Gateway<B, E>,
    session: SessionId,
    blob: BlobId,
    next: u32,
    /// How many bytes are still to come.
    left: u64,
}

impl<B: Bus, E: Env> Reader<B, E> {
    async fn chunk(&mut self) -> Result<Vec<u8>, Problem> {
        let chunk = self.gateway.bus.blob_chunk(&self.session, &self.blob, self.next).await?;
        match chunk {
            Some(chunk) if !chunk.is_empty() && chunk.len() as u64 <= self.left => {
                self.next += 1;
                self.left -= chunk.len() as u64;
                Ok(chunk)
            }
            _ => Err(Problem::internal(format!("chunk {} of a blob is missing or too long", self.next))),
        }
    }
}

#[cfg(test)]
mod tests;
