//! Who delivers for which organization: rendezvous hashing. Every host computes the same answer from the same list of
//! hosts; when a host comes or goes, only the organizations it gains or leaves move.

use std::cmp::Reverse;

/// The host of `hosts` that `organization` belongs to; `None` when there is no host.
pub fn preferred<'a>(hosts: &'a [String], organization: &str) -> Option<&'a str> {
    hosts.iter().map(String::as_str).max_by_key(|host| (weight(host, organization), Reverse(*host)))
}

/// A number that says how much this host wants this organization: FNV-1a, stirred, since FNV's high bits barely
/// depend on the last bytes. It must never change while two versions run side by side.
fn weight(host: &str, organization: &str) -> u64 {
    let bytes = host.bytes().chain([0]).chain(organization.bytes());
    let mut h =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn organizations_are_shared_out_evenly() {
        let three = hosts(&["host-a", "host-b", "host-c"]);
        let mut counts = [0; 3];
        for i in 0..3000 {
            let name = preferred(&three, &format!("org-{i}")).unwrap();
            counts[three.iter().position(|h| h == name).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }

    #[test]
    fn only_a_lost_hosts_organizations_move() {
        let three = hosts(&["host-a", "host-b", "host-c"]);
        let two = hosts(&["host-a", "host-c"]);
        for i in 0..1000 {
            let name = format!("org-{i}");
            let before = preferred(&three, &name).unwrap();
            assert!(before == "host-b" || preferred(&two, &name) == Some(before));
        }
        assert_eq!(preferred(&[], "org"), None);
    }
}
