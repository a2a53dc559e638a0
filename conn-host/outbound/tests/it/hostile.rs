//! URLs that try to get inside. None of them may lead to as much as a connection attempt.

use bytes::Bytes;
use edgewire_outbound::address::Kind::{self, *};
use edgewire_outbound::{Guard, Limits, OutboundError, Refusal};
use http::HeaderMap;

use crate::network::Network;

/// Judged by the text alone.
const LITERAL: &[(&str, Refusal)] = &[
    // Other schemes.
    ("ftp://example.com/", Refusal::Scheme),
    ("file:///etc/passwd", Refusal::Scheme),
    ("gopher://example.com:6379/_SET%20a%20b", Refusal::Scheme),
    ("javascript:alert(1)", Refusal::Scheme),
    ("data:text/plain,hello", Refusal::Scheme),
    ("ws://example.com/", Refusal::Scheme),
    ("unix:/var/run/docker.sock", Refusal::Scheme),
    ("redis://127.0.0.1:6379/", Refusal::Scheme),
    // Not URLs.
    ("", Refusal::Malformed),
    ("example.com", Refusal::Malformed),
    ("//127.0.0.1/", Refusal::Malformed),
    ("http://", Refusal::Malformed),
    ("http:///", Refusal::Malformed),
    ("http://[::1", Refusal::Malformed),
    ("http://[fe80::1%25eth0]/", Refusal::Malformed),
    ("http://[fe80::1%eth0]/", Refusal::Malformed),
    ("http://127.0.0.1.256/", Refusal::Malformed),
    ("http://0x100000000/", Refusal::Malformed),
    ("http://256.256.256.256/", Refusal::Malformed),
    ("http://example.com:99999/", Refusal::Malformed),
    ("http://exa mple.com/", Refusal::Malformed),
    (" http://example.com/", Refusal::Malformed),
    ("http://127.0.0\t.1/", Refusal::Malformed),
    ("http://example.com/\r\nX-Injected: 1", Refusal::Malformed),
    ("http://ex%00ample.com/", Refusal::Malformed),
    ("http://./", Refusal::Malformed),
    // Userinfo.
    ("http://user:secret@example.com/", Refusal::Userinfo),
    ("http://example.com@127.0.0.1/", Refusal::Userinfo),
    ("http://:x@example.com/", Refusal::Userinfo),
    ("http://example.com%2f@10.0.0.1/", Refusal::Userinfo),
    // Ports of other protocols.
    ("http://example.com:22/", Refusal::Port(22)),
    ("http://example.com:25/", Refusal::Port(25)),
    ("http://example.com:0/", Refusal::Port(0)),
    ("http://example.com:6379/", Refusal::Port(6379)),
    ("https://example.com:11211/", Refusal::Port(11211)),
    // IPv4 in every writing.
    ("http://127.0.0.1/", Refusal::Address(Loopback)),
    ("http://127.1/", Refusal::Address(Loopback)),
    ("http://127.0.1/", Refusal::Address(Loopback)),
    ("http://2130706433/", Refusal::Address(Loopback)),
    ("http://0x7f000001/", Refusal::Address(Loopback)),
    ("http://0x7f.0x0.0x0.0x1/", Refusal::Address(Loopback)),
    ("http://0177.0.0.1/", Refusal::Address(Loopback)),
    ("http://017700000001/", Refusal::Address(Loopback)),
    ("http://127.0.0.1./", Refusal::Address(Loopback)),
    ("http://%31%32%37.0.0.1/", Refusal::Address(Loopback)),
    ("http://１２７.０.０.１/", Refusal::Address(Loopback)),
    ("http://127。0。0。1/", Refusal::Address(Loopback)),
    ("http:127.0.0.1/", Refusal::Address(Loopback)),
    ("http:\\\\127.0.0.1\\", Refusal::Address(Loopback)),
    ("HTTP://127.0.0.1:8080/x?y#z", Refusal::Address(Loopback)),
    ("http://0/", Refusal::Address(Unspecified)),
    ("http://0.0.0.0:8080/", Refusal::Address(Unspecified)),
    ("http://10.0.0.1/", Refusal::Address(Private)),
    ("http://167772161/", Refusal::Address(Private)),
    ("http://012.0.0.1/", Refusal::Address(Private)),
    ("http://172.16.0.1/", Refusal::Address(Private)),
    ("http://192.168.0.1/", Refusal::Address(Private)),
    ("http://0xc0.0xa8.0x1/", Refusal::Address(Private)),
    ("http://100.64.0.1/", Refusal::Address(Shared)),
    ("http://169.254.1.1/", Refusal::Address(LinkLocal)),
    ("http://169.254.169.254/latest/meta-data/", Refusal::Address(Metadata)),
    ("http://2852039166/latest/meta-data/", Refusal::Address(Metadata)),
    ("http://0xa9fea9fe/", Refusal::Address(Metadata)),
    ("http://100.100.100.200/", Refusal::Address(Metadata)),
    ("http://168.63.129.16/", Refusal::Address(Metadata)),
    ("http://192.0.2.1/", Refusal::Address(Documentation)),
    ("http://198.18.0.1/", Refusal::Address(Benchmark)),
    ("http://224.0.0.1/", Refusal::Address(Multicast)),
    ("http://255.255.255.255/", Refusal::Address(Broadcast)),
    ("http://240.0.0.1/", Refusal::Address(Reserved)),
    // IPv6, and IPv4 inside it.
    ("http://[::1]/", Refusal::Address(Loopback)),
    ("http://[0:0:0:0:0:0:0:1]/", Refusal::Address(Loopback)),
    ("http://[::]/", Refusal::Address(Unspecified)),
    ("http://[::ffff:127.0.0.1]/", Refusal::Address(Loopback)),
    ("http://[::ffff:7f00:1]/", Refusal::Address(Loopback)),
    ("http://[::ffff:169.254.169.254]/", Refusal::Address(Metadata)),
    ("http://[::127.0.0.1]/", Refusal::Address(Tunnel)),
    ("http://[64:ff9b::10.0.0.1]/", Refusal::Address(Private)),
    ("http://[64:ff9b::7f00:1]/", Refusal::Address(Loopback)),
    ("http://[64:ff9b:1::a00:1]/", Refusal::Address(Tunnel)),
    ("http://[2002:7f00:1::]/", Refusal::Address(Tunnel)),
    ("http://[2001:0:0:1::80ff:fffe]/", Refusal::Address(Tunnel)),
    ("http://[fc00::1]/", Refusal::Address(UniqueLocal)),
    ("http://[fd00:ec2::254]/", Refusal::Address(Metadata)),
    ("http://[fe80::1]/", Refusal::Address(LinkLocal)),
    ("http://[ff02::1]/", Refusal::Address(Multicast)),
    ("http://[2001:db8::1]/", Refusal::Address(Documentation)),
    // Names that always mean something internal.
    ("http://localhost/", Refusal::Address(Loopback)),
    ("http://LOCALHOST./", Refusal::Address(Loopback)),
    ("http://api.localhost:8080/", Refusal::Address(Loopback)),
    ("http://ⓛocalhost/", Refusal::Address(Loopback)),
    ("http://metadata.google.internal/computeMetadata/v1/", Refusal::Name),
    ("http://metadata/", Refusal::Name),
];

/// What an honest-looking name may resolve to.
const RESOLVED: &[(&[&str], Kind)] = &[
    (&["127.0.0.1"], Loopback),
    (&["::1"], Loopback),
    (&["10.1.2.3"], Private),
    (&["192.168.1.1"], Private),
    (&["169.254.169.254"], Metadata),
    (&["100.64.3.4"], Shared),
    (&["0.0.0.0"], Unspecified),
    (&["fd00::1"], UniqueLocal),
    (&["fe80::1"], LinkLocal),
    (&["::ffff:10.0.0.1"], Private),
    (&["64:ff9b::192.168.0.1"], Private),
    (&["2002:a00:1::"], Tunnel),
    (&["8.8.8.8", "127.0.0.1"], Loopback),
    (&["2606:4700::1111", "10.0.0.1"], Private),
];

#[tokio::test]
async fn no_hostile_url_makes_a_connection() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    let client = network.client(Guard::public());
    assert!(LITERAL.len() + RESOLVED.len() >= 60);
    for (url, refusal) in LITERAL {
        assert_eq!(post(&client, url).await, OutboundError::Refused(*refusal), "POST {url:?}");
        let got = client.get(url, Limits { redirects: 5, ..Limits::WEBHOOK }).await;
        assert_eq!(got.unwrap_err(), OutboundError::Refused(*refusal), "GET {url:?}");
    }
    assert_eq!(network.attempts(), Vec::<String>::new());
}

#[tokio::test]
async fn no_name_leads_inside() {
    for (answer, kind) in RESOLVED {
        let network = Network::new();
        network.name("hooks.example.com", &[answer]);
        let client = network.client(Guard::public());
        for url in ["http://hooks.example.com/", "https://hooks.example.com:8443/a"] {
            let refused = OutboundError::Refused(Refusal::Address(*kind));
            assert_eq!(post(&client, url).await, refused, "{url} at {answer:?}");
        }
        assert_eq!(network.attempts(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_sandbox_switch_opens_loopback_only() {
    let network = Network::new();
    network.name("trap.example.com", &[&["10.0.0.1"]]);
    network.name("localhost", &[&["127.0.0.1"]]);
    let client = network.client(Guard::webhooks(true));
    assert!(matches!(post(&client, "http://trap.example.com/").await, OutboundError::Refused(_)));
    for (url, refusal) in LITERAL {
        if *refusal != Refusal::Address(Loopback) {
            assert_eq!(post(&client, url).await, OutboundError::Refused(*refusal), "{url:?}");
        }
    }
    assert_eq!(network.attempts(), Vec::<String>::new());
    post(&client, "http://localhost:8080/").await;
    assert_eq!(network.attempts(), ["127.0.0.1:8080"]);
}

async fn post(client: &edgewire_outbound::GuardedClient, url: &str) -> OutboundError {
    client.post(url, HeaderMap::new(), Bytes::new(), Limits::WEBHOOK).await.unwrap_err()
}
