//! Honest receivers that send the caller on to where it must not go.

use edgewire_outbound::address::Kind::*;
use edgewire_outbound::{Guard, Limits, OutboundError, Refusal};

use super::post;
use crate::network::{Network, receiver};

/// Where a redirect may point, and what comes of it.
pub const TARGETS: &[(&str, Refusal)] = &[
    ("http://127.0.0.1/", Refusal::Address(Loopback)),
    ("http://2130706433/", Refusal::Address(Loopback)),
    ("http://localhost/", Refusal::Address(Loopback)),
    ("//127.0.0.1/", Refusal::Address(Loopback)),
    ("\\\\127.0.0.1\\", Refusal::Address(Loopback)),
    ("ht\ttp://127.0.0.1/", Refusal::Address(Loopback)),
    ("http://0.0.0.0:8080/", Refusal::Address(Unspecified)),
    ("http://10.0.0.1/", Refusal::Address(Private)),
    ("http://192.168.0.1:8080/", Refusal::Address(Private)),
    ("http://100.64.0.1/", Refusal::Address(Shared)),
    ("http://169.254.169.254/latest/meta-data/", Refusal::Address(Metadata)),
    ("http://169.254.1.1/", Refusal::Address(LinkLocal)),
    ("http://[::1]/", Refusal::Address(Loopback)),
    ("http://[::ffff:10.0.0.1]/", Refusal::Address(Private)),
    ("http://[64:ff9b::127.0.0.1]/", Refusal::Address(Loopback)),
    ("http://[64:ff9b:1::1.1.1.1]/", Refusal::Address(Tunnel)),
    ("http://[2002:7f00:1::]/", Refusal::Address(Tunnel)),
    ("http://[fd00:ec2::254]/", Refusal::Address(Metadata)),
    ("http://[fe80::1]/", Refusal::Address(LinkLocal)),
    ("http://[ff02::1]/", Refusal::Address(Multicast)),
    ("http://255.255.255.255/", Refusal::Address(Broadcast)),
    ("http://198.18.0.1/", Refusal::Address(Benchmark)),
    ("http://inside.example.com/", Refusal::Address(Private)),
    ("http://both.example.com/", Refusal::Address(Loopback)),
    ("http://metadata.google.internal/", Refusal::Name),
    ("http://redis/", Refusal::Name),
    ("file:///etc/passwd", Refusal::Scheme),
    ("gopher://127.0.0.1:6379/_INFO", Refusal::Scheme),
    ("ftp://a.example.com/", Refusal::Scheme),
    ("data:text/plain,x", Refusal::Scheme),
    ("javascript:alert(1)", Refusal::Scheme),
    ("http://good@127.0.0.1/", Refusal::Userinfo),
    ("http://user:secret@a.example.com/", Refusal::Userinfo),
    ("http://a.example.com:22/", Refusal::Port(22)),
    ("//a.example.com:6379/", Refusal::Port(6379)),
    ("http://", Refusal::Malformed),
    ("http://[fe80::1%25eth0]/", Refusal::Malformed),
    ("http://256.256.256.256/", Refusal::Malformed),
];

/// The statuses that a GET follows.
const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// `/<status>/<place in the table>` is answered with that redirect, with a body.
fn go_on(request: &str) -> Option<String> {
    let mut parts = request.split(' ').nth(1).unwrap().split('/').skip(1);
    let (status, place) = (parts.next().unwrap(), parts.next().unwrap());
    let to = TARGETS[place.parse::<usize>().unwrap()].0;
    Some(format!("HTTP/1.1 {status} On\r\nLocation: {to}\r\nContent-Length: 4\r\n\r\nbody"))
}

fn network() -> std::sync::Arc<Network> {
    let network = Network::new();
    network.name("a.example.com", &[&["1.1.1.1"]]);
    network.name("inside.example.com", &[&["10.0.0.1"]]);
    network.name("both.example.com", &[&["1.1.1.1", "127.0.0.1"]]);
    network
}

#[tokio::test]
async fn a_redirect_is_judged_like_the_first_url() {
    let network = network();
    network.lead_to(receiver(go_on).await);
    let limits = Limits { redirects: 5, ..Limits::WEBHOOK };
    for status in STATUSES {
        for (place, (to, refusal)) in TARGETS.iter().enumerate() {
            let before = network.attempts().len();
            let client = network.client(Guard::public());
            let error =
                client.get(&format!("http://a.example.com/{status}/{place}"), limits).await.unwrap_err();
            assert_eq!(error, OutboundError::Refused(*refusal), "{status} to {to:?}");
            // The first hop, and nothing after it.
            assert_eq!(network.attempts()[before..], ["1.1.1.1:80"], "{status} to {to:?}");
        }
    }
}

#[tokio::test]
async fn a_webhook_follows_none_of_them() {
    let network = network();
    network.lead_to(receiver(go_on).await);
    for status in STATUSES {
        for (place, (to, _)) in TARGETS.iter().enumerate() {
            let before = network.attempts().len();
            let client = network.client(Guard::public());
            let url = format!("http://a.example.com/{status}/{place}");
            let answer = client.post(&url, super::blank(), super::blank(), Limits::WEBHOOK).await.unwrap();
            assert_eq!(answer.status, status);
            assert_eq!(network.attempts()[before..], ["1.1.1.1:80"], "{to:?}");
        }
    }
}

/// From one to the next, round and round, to itself, to nowhere: after as many as were allowed it ends.
#[tokio::test]
async fn a_round_trip_ends() {
    let network = Network::new();
    for name in ["a.example.com", "b.example.com"] {
        network.name(name, &[&["1.1.1.1"]]);
    }
    network.lead_to(
        receiver(|request| {
            let to = match request.split(' ').nth(1).unwrap() {
                "/self" => "Location: /self\r\n",
                "/a" => "Location: http://b.example.com/b\r\n",
                "/b" => "Location: http://a.example.com/a\r\n",
                "/empty" => "Location: \r\n",
                "/bytes" => "Location: /\u{e9}\r\n",
                _ => "",
            };
            Some(format!("HTTP/1.1 307 On\r\n{to}Connection: close\r\nContent-Length: 0\r\n\r\n"))
        })
        .await,
    );
    for redirects in [0, 1, 5] {
        let limits = Limits { redirects, ..Limits::WEBHOOK };
        for path in ["self", "a", "b", "empty", "bytes", "none"] {
            let before = network.attempts().len();
            let client = network.client(Guard::public());
            let error = client.get(&format!("http://a.example.com/{path}"), limits).await.unwrap_err();
            assert_eq!(error, OutboundError::Redirects, "{path}");
            assert!(network.attempts().len() - before <= usize::from(redirects) + 1, "{path}");
        }
    }
    assert_eq!(
        post(&network.client(Guard::public()), "http://127.0.0.1/self").await,
        Refusal::Address(Loopback).into()
    );
}
