//! Names that look honest and lead inside.

use std::sync::Arc;

use edgewire_outbound::address::Kind::{self, *};
use edgewire_outbound::{Guard, Limits, OutboundError, Refusal};

use super::{blank, post};
use crate::network::{Network, Then, raw};

/// What an honest-looking name may resolve to.
pub const RESOLVED: &[(&[&str], Kind)] = &[
    (&["127.0.0.1"], Loopback),
    (&["127.8.8.8"], Loopback),
    (&["::1"], Loopback),
    (&["10.1.2.3"], Private),
    (&["172.20.0.2"], Private),
    (&["192.168.1.1"], Private),
    (&["169.254.169.254"], Metadata),
    (&["fd00:ec2::254"], Metadata),
    (&["169.254.7.7"], LinkLocal),
    (&["100.64.3.4"], Shared),
    (&["0.0.0.0"], Unspecified),
    (&["::"], Unspecified),
    (&["255.255.255.255"], Broadcast),
    (&["224.0.0.251"], Multicast),
    (&["198.18.0.9"], Benchmark),
    (&["fd00::1"], UniqueLocal),
    (&["fe80::1"], LinkLocal),
    (&["fec0::1"], UniqueLocal),
    (&["ff02::fb"], Multicast),
    (&["::ffff:10.0.0.1"], Private),
    (&["::ffff:127.0.0.1"], Loopback),
    (&["::127.0.0.1"], Tunnel),
    (&["64:ff9b::192.168.0.1"], Private),
    (&["64:ff9b:1::8.8.8.8"], Tunnel),
    (&["2002:a00:1::"], Tunnel),
    (&["2001:0:4136:e378:8000:63bf:3fff:fdd2"], Tunnel),
    (&["8.8.8.8", "127.0.0.1"], Loopback),
    (&["127.0.0.1", "8.8.8.8"], Loopback),
    (&["2606:4700::1111", "10.0.0.1"], Private),
    (&["1.1.1.1", "2606:4700::1111", "::ffff:169.254.169.254"], Metadata),
];

#[tokio::test]
async fn no_name_leads_inside() {
    for (answer, kind) in RESOLVED {
        let network = Network::new();
        network.name("hooks.example.com", &[answer]);
        network.alias("www.example.com", "cdn.example.com");
        network.alias("cdn.example.com", "hooks.example.com");
        let client = network.client(Guard::public());
        for url in [
            "http://hooks.example.com/",
            "https://hooks.example.com:8443/a",
            "http://www.example.com/",
            "https://www.example.com/",
        ] {
            let refused = OutboundError::Refused(Refusal::Address(*kind));
            assert_eq!(post(&client, url).await, refused, "POST {url} at {answer:?}");
            let got = client.get(url, Limits { redirects: 5, ..Limits::WEBHOOK }).await;
            assert_eq!(got.unwrap_err(), refused, "GET {url} at {answer:?}");
        }
        assert_eq!(network.attempts(), Vec::<String>::new());
    }
}

/// A name is asked for once a connection, and the connection goes where that answer said: what it is a moment later makes
/// no difference.
#[tokio::test]
async fn a_name_that_changes_its_answer_gains_nothing() {
    for inside in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"] {
        let network = Network::new();
        network.name("rebind.example.com", &[&["1.1.1.1"], &[inside]]);
        network.lead_to(
            raw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", Then::Close).await,
        );
        let client = network.client(Guard::public());
        let first = client.post("http://rebind.example.com/", blank(), blank(), Limits::WEBHOOK).await;
        assert_eq!(first.unwrap().status, 200, "{inside}");
        assert_eq!(network.lookups(), ["rebind.example.com"]);
        assert_eq!(network.attempts(), ["1.1.1.1:80"]);
        let second = post(&client, "http://rebind.example.com/").await;
        assert!(matches!(second, OutboundError::Refused(Refusal::Address(_))), "{inside}: {second}");
        assert_eq!(network.lookups().len(), 2);
        assert_eq!(network.attempts(), ["1.1.1.1:80"], "{inside}");
    }
}

/// The other way round: while the first answer is refused, the second one is not waited for.
#[tokio::test]
async fn a_refused_name_is_not_asked_for_again() {
    let network: Arc<Network> = Network::new();
    network.name("rebind.example.com", &[&["127.0.0.1"], &["1.1.1.1"]]);
    let client = network.client(Guard::public());
    assert!(matches!(post(&client, "http://rebind.example.com/").await, OutboundError::Refused(_)));
    assert_eq!(network.lookups(), ["rebind.example.com"]);
    assert_eq!(network.attempts(), Vec::<String>::new());
}

/// A name that is there and has no address, one that is its own alias, and one that is not there.
#[tokio::test]
async fn a_name_without_an_address_leads_nowhere() {
    let network = Network::new();
    network.name("empty.example.com", &[&[]]);
    network.alias("round.example.com", "round.example.com");
    let client = network.client(Guard::public());
    for name in ["empty", "round", "gone"] {
        let error = post(&client, &format!("http://{name}.example.com/")).await;
        assert_eq!(error, OutboundError::Unresolved, "{name}");
    }
    assert_eq!(network.attempts(), Vec::<String>::new());
}
