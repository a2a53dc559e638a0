//! Who owns which shard, and what owning means.
//!
//! * [`share`]: how many shards a host should own, as pure arithmetic;
//! * [`keeper`]: the loop that claims, renews and gives back leases;
//! * [`shard`]: the tasks of one owned shard, from claim to loss.

pub mod keeper;
pub mod shard;
pub mod share;
