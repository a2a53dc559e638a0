//! The fake's blobs: what `put_blob.lua`, `drop_blob.lua`, `admit.lua` and `complete.lua` do with them.

use std::collections::BTreeMap;

use edgewire_contract::ids::{BlobId, SessionId};
use edgewire_contract::media::{BLOB_CHUNK, BLOB_TTL_SECONDS, BlobRef};
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use edgewire_contract::token::hex;
use sha2::{Digest as _, Sha256};

/// The blobs of all shards.
#[derive(Debug, Default)]
pub struct Blobs(BTreeMap<(Shard, BlobId), Blob>);

#[derive(Debug, Default)]
struct Blob {
    chunks: BTreeMap<u32, Vec<u8>>,
    /// `None` while a command owns it.
    ends_at: Option<i64>,
}

fn place(session: &SessionId, blob: &BlobId) -> (Shard, BlobId) {
    (Shard::of(session, DEFAULT_SHARDS), blob.clone())
}

impl Blobs {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All bytes of one; `None` when there is none.
    pub fn bytes(&self, session: &SessionId, blob: &BlobId) -> Option<Vec<u8>> {
        let found = self.0.get(&place(session, blob))?;
        Some(found.chunks.values().flatten().copied().collect())
    }

    /// Forgets one, whoever owns it: it expired, or its command ended.
    pub fn remove(&mut self, session: &SessionId, blob: &BlobId) {
        self.0.remove(&place(session, blob));
    }

    /// Writes a whole one, as a conn-host does for a command's result.
    pub fn keep(&mut self, session: &SessionId, blob: BlobId, bytes: &[u8], now: i64) -> BlobRef {
        for (chunk, part) in (0..).zip(bytes.chunks(BLOB_CHUNK)) {
            self.put(session, &blob, chunk, part.to_vec(), u64::MAX, now);
        }
        BlobRef { blob, bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }

    pub(super) fn put(
        &mut self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
        bytes: Vec<u8>,
        budget: u64,
        now: i64,
    ) -> bool {
        let place = place(session, blob);
        self.0.retain(|_, blob| blob.ends_at.is_none_or(|at| at > now));
        if self.0.get(&place).is_some_and(|blob| blob.chunks.contains_key(&chunk)) {
            return true;
        }
        let of_shard = self.0.iter().filter(|((shard, _), _)| *shard == place.0);
        let total: usize = of_shard.flat_map(|(_, blob)| blob.chunks.values()).map(Vec::len).sum();
        if (total + bytes.len()) as u64 > budget {
            return false;
        }
        let blob = self.0.entry(place).or_default();
        blob.chunks.insert(chunk, bytes);
        blob.ends_at = Some(now + BLOB_TTL_SECONDS as i64 * 1000);
        true
    }

    pub(super) fn chunk(&self, session: &SessionId, blob: &BlobId, chunk: u32, now: i64) -> Option<Vec<u8>> {
        let found = self.0.get(&place(session, blob))?;
        found.ends_at.is_none_or(|at| at > now).then(|| found.chunks.get(&chunk).cloned()).flatten()
    }

    pub(super) fn drop(&mut self, session: &SessionId, blob: &BlobId) {
        let place = place(session, blob);
        if self.0.get(&place).is_some_and(|blob| blob.ends_at.is_some()) {
            self.0.remove(&place);
        }
    }

    /// A command owns it from now on; `false` when it is gone.
    pub(super) fn own(&mut self, session: &SessionId, blob: &BlobId, now: i64) -> bool {
        match self.0.get_mut(&place(session, blob)) {
            Some(blob) if blob.ends_at.is_none_or(|at| at > now) => {
                blob.ends_at = None;
                true
            }
            _ => false,
        }
    }
}
