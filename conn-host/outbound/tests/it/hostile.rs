//! URLs that try to get inside. None of them may lead to as much as a connection attempt, nor, where the text gives them
//! away, to a question to DNS.
//!
//! * [`literals`]: those that give themselves away; here they are all tried;
//! * [`names`]: names that resolve to an address inside, or to another one the second time;
//! * [`redirects`]: receivers that send on to any of these;
//! * [`answers`]: receivers that answer to harm.

mod answers;
mod literals;
mod names;
mod redirects;

use std::collections::BTreeSet;

use edgewire_outbound::address::Kind::Loopback;
use edgewire_outbound::{Guard, GuardedClient, Limits, OutboundError, Refusal};

use self::literals::{INTERNAL, LITERAL};
use self::names::RESOLVED;
use self::redirects::TARGETS;
use crate::network::Network;

#[test]
fn the_table_is_as_long_as_it_says() {
    let urls: BTreeSet<&str> = LITERAL.iter().chain(INTERNAL).map(|(url, _)| *url).collect();
    assert_eq!(urls.len(), LITERAL.len() + INTERNAL.len(), "a URL is there twice");
    assert!(urls.len() >= 60, "{}", urls.len());
    println!(
        "{} hostile URLs, {} answers of DNS, {} targets of redirects",
        urls.len(),
        RESOLVED.len(),
        TARGETS.len()
    );
}

#[tokio::test]
async fn no_hostile_url_makes_a_connection() {
    let network = Network::new();
    // Whatever is asked for is there: only the guard is in the way.
    network.name("example.com", &[&["1.1.1.1"]]);
    let client = network.client(Guard::public());
    for (url, refusal) in LITERAL.iter().chain(INTERNAL) {
        assert_eq!(post(&client, url).await, OutboundError::Refused(*refusal), "POST {url:?}");
        let got = client.get(url, Limits { redirects: 5, ..Limits::WEBHOOK }).await;
        assert_eq!(got.unwrap_err(), OutboundError::Refused(*refusal), "GET {url:?}");
        assert_eq!(network.attempts(), Vec::<String>::new(), "{url:?}");
        assert_eq!(network.lookups(), Vec::<String>::new(), "{url:?}");
    }
}

#[tokio::test]
async fn a_host_that_is_too_long_is_not_asked_for() {
    let network = Network::new();
    let client = network.client(Guard::public());
    for host in
        ["a".repeat(64) + ".com", "a.".repeat(127) + "com", "x".repeat(100_000), "é".repeat(60) + ".com"]
    {
        let error = post(&client, &format!("http://{host}/")).await;
        assert_eq!(error, OutboundError::Refused(Refusal::Malformed), "{} bytes", host.len());
    }
    assert_eq!((network.lookups().len(), network.attempts().len()), (0, 0));
}

#[tokio::test]
async fn the_sandbox_switch_opens_loopback_only() {
    let network = Network::new();
    network.name("trap.example.com", &[&["10.0.0.1"]]);
    network.name("redis", &[&["172.17.0.2"]]);
    network.name("localhost", &[&["127.0.0.1"]]);
    let client = network.client(Guard::webhooks(true));
    for url in ["http://trap.example.com/", "http://redis/"] {
        assert!(matches!(post(&client, url).await, OutboundError::Refused(_)), "{url}");
    }
    for (url, refusal) in LITERAL {
        if *refusal != Refusal::Address(Loopback) {
            assert_eq!(post(&client, url).await, OutboundError::Refused(*refusal), "{url:?}");
        }
    }
    assert_eq!(network.attempts(), Vec::<String>::new());
    post(&client, "http://localhost:8080/").await;
    assert_eq!(network.attempts(), ["127.0.0.1:8080"]);
}

async fn post(client: &GuardedClient, url: &str) -> OutboundError {
    client.post(url, blank(), blank(), Limits::WEBHOOK).await.unwrap_err()
}

/// No headers, no body.
fn blank<T: Default>() -> T {
    T::default()
}
