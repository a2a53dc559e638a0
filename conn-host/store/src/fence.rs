//! The proof of ownership that every write carries.

use edgewire_contract::shard::Shard;

/// A shard and the epoch under which a host leased it. Each change of owner raises the epoch, and every script that
/// writes compares it: the writes of a former owner are refused with [`crate::StoreError::Fenced`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The shard that is owned.
    pub shard: Shard,
    /// The epoch that `claim` answered.
    pub epoch: u64,
}

impl Fence {
    /// Ownership of `shard` since `epoch`.
    pub fn new(shard: Shard, epoch: u64) -> Self {
        Self { shard, epoch }
    }

    /// The key of the shard's lease: the first of KEYS in every fenced script.
    pub fn lease_key(&self) -> String {
        edgewire_contract::keys::lease(self.shard)
    }
}
