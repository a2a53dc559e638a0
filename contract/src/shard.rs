//! Shards: the unit of ownership. A session belongs to shard `crc16(id) mod N`, for good; a conn-host leases
//! shards, and every key of a shard carries the hash tag `{s<number>}`, so that one script may touch them all also
//! in Redis Cluster.

use std::fmt;

use crate::ids::SessionId;

/// How many shards a new deployment gets. Fixed in Redis at the first start (`keys::layout`), never changed after.
pub const DEFAULT_SHARDS: u16 = 64;

/// One shard's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shard(u16);

impl Shard {
    /// The shard of `session` in a deployment of `shards` shards (at least one).
    pub fn of(session: &SessionId, shards: u16) -> Self {
        Self(crc16(session.as_str().as_bytes()) % shards.max(1))
    }

    /// A shard by its number; whether the deployment has it is the caller's to know.
    pub fn from_number(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    pub fn number(self) -> u16 {
        self.0
    }

    /// All shards of a deployment.
    pub fn all(shards: u16) -> impl Iterator<Item = Self> {
        (0..shards).map(Self)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// CRC-16/XMODEM, the checksum that Redis Cluster hashes keys with.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |c, _| if c & 0x8000 == 0 { c << 1 } else { (c << 1) ^ 0x1021 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_redis_clusters() {
        assert_eq!(crc16(b"123456789"), 0x31c3); // the check value of the Redis Cluster specification
    }

    #[test]
    fn a_sessions_shard_never_moves() {
        // Changing these orphans every stored session.
        let shard = |id: &str| Shard::of(&SessionId::parse(id).unwrap(), 64).number();
        assert_eq!(
            [shard("main"), shard("my-session"), shard("a")],
            [crc16(b"main") % 64, crc16(b"my-session") % 64, 7]
        );
    }
}
