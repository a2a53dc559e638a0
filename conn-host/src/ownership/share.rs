//! The fair share: every host owns as many shards as every other, give or take one.

/// How many shards one of `hosts` live hosts may own.
pub fn fair_share(shards: u16, hosts: usize) -> usize {
    usize::from(shards).div_ceil(hosts.max(1))
}

/// How many shards to try to claim, and how many to give back, for a host that owns `owned`.
pub fn adjust(owned: usize, shards: u16, hosts: usize) -> (usize, usize) {
    let share = fair_share(shards, hosts);
    (share.saturating_sub(owned), owned.saturating_sub(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shards_have_a_place() {
        for hosts in 1..=70 {
            assert!(fair_share(64, hosts) * hosts >= 64, "{hosts} hosts");
        }
    }

    #[test]
    fn a_newcomer_gets_half() {
        assert_eq!(adjust(64, 64, 2), (0, 32));
        assert_eq!(adjust(0, 64, 2), (32, 0));
        assert_eq!(adjust(64, 64, 1), (0, 0));
        assert_eq!(adjust(0, 64, 0), (64, 0));
    }
}
