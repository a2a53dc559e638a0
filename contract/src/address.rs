//! Which IP addresses are on the public internet, and why the others are not.
//!
//! IPv4 is a list of what is refused (IANA's special-purpose registry). IPv6 is the reverse: only `2000::/3` is in
//! use for public addresses, so all else is refused, and so are the holes inside it. Addresses that carry an IPv4
//! address are judged by that one.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `0.0.0.0/8`, `::`: on most systems another name of this machine.
    Unspecified,
    /// This machine.
    Loopback,
    /// RFC 1918.
    Private,
    /// Carrier-grade NAT, RFC 6598.
    Shared,
    /// One wire only.
    LinkLocal,
    /// Unique local IPv6 and its predecessor, site local.
    UniqueLocal,
    /// Where clouds hand out credentials.
    Metadata,
    /// Many receivers.
    Multicast,
    /// All of a wire.
    Broadcast,
    /// Examples in texts.
    Documentation,
    /// Measuring networks.
    Benchmark,
    /// A tunnel or translation that ends who knows where.
    Tunnel,
    /// Not assigned to anybody.
    Reserved,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Shared => "carrier-shared",
            Self::LinkLocal => "link-local",
            Self::UniqueLocal => "unique-local",
            Self::Metadata => "cloud-metadata",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "documentation",
            Self::Benchmark => "benchmark",
            Self::Tunnel => "tunnel",
            Self::Reserved => "reserved",
        })
    }
}

/// First match wins: the metadata addresses stand before the ranges that hold them.
const V4: &[([u8; 4], u8, Kind)] = &[
    ([169, 254, 169, 254], 32, Kind::Metadata), // AWS, Google, Azure, and many more
    ([169, 254, 170, 2], 32, Kind::Metadata),   // AWS container credentials
    ([169, 254, 170, 23], 32, Kind::Metadata),  // AWS pod identity
    ([169, 254, 0, 23], 32, Kind::Metadata),    // Tencent
    ([100, 100, 100, 200], 32, Kind::Metadata), // Alibaba
    ([192, 0, 0, 192], 32, Kind::Metadata),     // Oracle
    ([168, 63, 129, 16], 32, Kind::Metadata),   // Azure's wire server; looks public
    ([0, 0, 0, 0], 8, Kind::Unspecified),
    ([10, 0, 0, 0], 8, Kind::Private),
    ([100, 64, 0, 0], 10, Kind::Shared),
    ([127, 0, 0, 0], 8, Kind::Loopback),
    ([169, 254, 0, 0], 16, Kind::LinkLocal),
    ([172, 16, 0, 0], 12, Kind::Private),
    ([192, 0, 0, 0], 24, Kind::Reserved),
    ([192, 0, 2, 0], 24, Kind::Documentation),
    ([192, 31, 196, 0], 24, Kind::Reserved), // AS112
    ([192, 52, 193, 0], 24, Kind::Tunnel),   // AMT
    ([192, 88, 99, 0], 24, Kind::Tunnel),    // 6to4 relays
    ([192, 168, 0, 0], 16, Kind::Private),
    ([192, 175, 48, 0], 24, Kind::Reserved), // AS112
    ([198, 18, 0, 0], 15, Kind::Benchmark),
    ([198, 51, 100, 0], 24, Kind::Documentation),
    ([203, 0, 113, 0], 24, Kind::Documentation),
    ([224, 0, 0, 0], 4, Kind::Multicast),
    ([255, 255, 255, 255], 32, Kind::Broadcast),
    ([240, 0, 0, 0], 4, Kind::Reserved),
];

/// As [`V4`]; what matches none of these and is not in `2000::/3` is reserved.
const V6: &[([u16; 8], u8, Kind)] = &[
    ([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254], 128, Kind::Metadata), // AWS
    ([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x23], 128, Kind::Metadata),  // AWS pod identity
    ([0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x254], 128, Kind::Metadata), // Google
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, Kind::Unspecified),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, Kind::Loopback),
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, Kind::Tunnel), // IPv4-compatible, long deprecated
    ([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, Kind::Tunnel), // IPv4-translated (SIIT)
    ([0x0064, 0xff9b, 1, 0, 0, 0, 0, 0], 48, Kind::Tunnel), // local NAT64
    ([0x0100, 0, 0, 0, 0, 0, 0, 0], 64, Kind::Reserved), // discard
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, Kind::Tunnel), // Teredo
    ([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, Kind::Benchmark),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, Kind::Reserved), // IETF protocol assignments
    ([0x2001, 0x0db8, 0, 0, 0, 0, 0, 0], 32, Kind::Documentation),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, Kind::Tunnel), // 6to4
    ([0x2620, 0x004f, 0x8000, 0, 0, 0, 0, 0], 48, Kind::Reserved), // AS112
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Kind::Documentation),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, Kind::UniqueLocal),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, Kind::LinkLocal),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, Kind::UniqueLocal),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, Kind::Multicast),
];

/// Why `address` is not public; `None` when it is.
pub fn refused(address: IpAddr) -> Option<Kind> {
    match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => refused_v6(v6),
    }
}

fn refused_v4(address: Ipv4Addr) -> Option<Kind> {
    let bits = address.to_bits();
    V4.iter()
        .find(|(net, length, _)| same_prefix(bits.into(), u32::from_be_bytes(*net).into(), 32, *length))
        .map(|(_, _, kind)| *kind)
}

fn refused_v6(address: Ipv6Addr) -> Option<Kind> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return refused_v4(mapped);
    }
    let s = address.segments();
    let embedded = Ipv4Addr::from_bits((u32::from(s[6]) << 16) | u32::from(s[7]));
    if s[..6] == [0x0064, 0xff9b, 0, 0, 0, 0] {
        // NAT64's well-known prefix: how an IPv6-only network reaches the public IPv4 internet.
        return refused_v4(embedded);
    }
    let bits = address.to_bits();
    let listed =
        V6.iter().find(|(net, length, _)| same_prefix(bits, Ipv6Addr::from(*net).to_bits(), 128, *length));
    if let Some((_, _, kind)) = listed {
        return Some(*kind);
    }
    if s[0] & 0xe000 != 0x2000 {
        return Some(Kind::Reserved);
    }
    let isatap = (s[4] & 0xfdff) == 0 && s[5] == 0x5efe;
    if isatap { refused_v4(embedded).map(|_| Kind::Tunnel) } else { None }
}

/// Whether the first `length` of `width` bits are equal.
fn same_prefix(a: u128, b: u128, width: u32, length: u8) -> bool {
    let rest = width - u32::from(length);
    (a ^ b) >> rest == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_pass() {
        for text in [
            "8.8.8.8",
            "1.1.1.1",
            "172.15.255.255",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2a00:1450::1",
            "64:ff9b::8.8.8.8",
            "::ffff:8.8.8.8",
        ] {
            assert_eq!(refused(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn every_other_kind_is_named() {
        use Kind::*;
        for (text, kind) in [
            ("0.0.0.0", Unspecified),
            ("0.1.2.3", Unspecified),
            ("10.255.255.255", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.1.1", Private),
            ("100.64.0.1", Shared),
            ("100.127.255.255", Shared),
            ("100.100.100.200", Metadata),
            ("127.0.0.1", Loopback),
            ("127.255.255.254", Loopback),
            ("169.254.1.1", LinkLocal),
            ("169.254.169.254", Metadata),
            ("168.63.129.16", Metadata),
            ("169.254.170.23", Metadata),
            ("169.254.0.23", Metadata),
            ("192.0.0.1", Reserved),
            ("192.0.2.1", Documentation),
            ("198.51.100.7", Documentation),
            ("203.0.113.9", Documentation),
            ("198.18.0.1", Benchmark),
            ("198.19.255.255", Benchmark),
            ("224.0.0.1", Multicast),
            ("239.255.255.255", Multicast),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Broadcast),
            ("::", Unspecified),
            ("::1", Loopback),
            ("::127.0.0.1", Tunnel),
            ("::8.8.8.8", Tunnel),
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:10.0.0.1", Private),
            ("::ffff:0:127.0.0.1", Tunnel),
            ("64:ff9b::10.0.0.1", Private),
            ("64:ff9b::169.254.169.254", Metadata),
            ("64:ff9b:1::8.8.8.8", Tunnel),
            ("100::1", Reserved),
            ("2001::1", Tunnel),
            ("2001:2::1", Benchmark),
            ("2001:10::1", Reserved),
            ("2001:db8::1", Documentation),
            ("3fff::1", Documentation),
            ("2002:7f00:1::", Tunnel),
            ("2a00::5efe:10.0.0.1", Tunnel),
            ("2a00::200:5efe:127.0.0.1", Tunnel),
            ("fc00::1", UniqueLocal),
            ("fd12:3456::1", UniqueLocal),
            ("fd00:ec2::254", Metadata),
            ("fd00:ec2::23", Metadata),
            ("2620:4f:8000::1", Reserved),
            ("fe80::1", LinkLocal),
            ("fec0::1", UniqueLocal),
            ("ff02::1", Multicast),
            ("4000::1", Reserved),
        ] {
            assert_eq!(refused(text.parse().unwrap()), Some(kind), "{text}");
        }
    }
}
