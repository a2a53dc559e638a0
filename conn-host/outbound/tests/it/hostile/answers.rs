//! Receivers at honest addresses that answer to harm: too much, too slowly, or not what they said.

use std::time::{Duration, Instant};

use edgewire_outbound::{Guard, Limits, OutboundError};

use super::blank;
use crate::network::{Network, Then, raw};

/// Short enough for a test, long enough for a loaded machine to say what little is said.
const PATIENCE: Duration = Duration::from_millis(400);
const LIMITS: Limits = Limits { total: PATIENCE, body: 1000, redirects: 1 };
/// For what ends by its size and not by the clock.
const CALM: Limits = Limits { total: Duration::from_secs(20), ..LIMITS };

async fn get(first: impl Into<String>, then: Then, limits: Limits) -> Result<usize, OutboundError> {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.lead_to(raw(first, then).await);
    let client = network.client(Guard::public());
    let mut seen = 0;
    let started = Instant::now();
    let got = client.stream("http://example.com/", limits, |piece| seen += piece.len()).await;
    assert!(seen <= limits.body, "{seen} bytes were taken in");
    assert!(started.elapsed() < limits.total + Duration::from_secs(5), "{:?}", started.elapsed());
    got.map(|_| seen)
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off() {
    let endless = "HTTP/1.1 200 OK\r\n\r\n";
    assert_eq!(get(endless, Then::Repeat("more and more"), CALM).await, Err(OutboundError::TooLarge));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(get(chunked, Then::Repeat("5\r\nagain\r\n"), CALM).await, Err(OutboundError::TooLarge));
    // Compressed or not, what comes over the wire is counted and nothing is unpacked.
    let packed = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    assert_eq!(get(packed, Then::Repeat("\u{1f}\u{8b}"), CALM).await, Err(OutboundError::TooLarge));
}

#[tokio::test]
async fn a_bomb_stays_packed() {
    let text =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 19\r\n\r\n\u{1f}bytes of a gz file";
    assert_eq!(get(text, Then::Close, CALM).await, Ok(19));
}

#[tokio::test]
async fn a_length_is_not_believed() {
    let claims =
        |length: u64, body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    // More than was said: what is over is no part of the answer, nor of the next one.
    assert_eq!(get(claims(4, "four and more"), Then::Close, CALM).await, Ok(4));
    // Less.
    assert_eq!(get(claims(400, "four"), Then::Close, CALM).await, Err(OutboundError::Broken));
    // Nothing is set aside for what is only claimed.
    assert_eq!(get(claims(u64::MAX - 9, "four"), Then::Close, CALM).await, Err(OutboundError::Broken));
    let twice = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 9\r\n\r\nfour";
    assert_eq!(get(twice, Then::Close, CALM).await, Err(OutboundError::Broken));
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF0\r\nx";
    assert_eq!(get(chunk, Then::Close, CALM).await, Err(OutboundError::Broken));
}

#[tokio::test]
async fn whoever_is_slow_is_left() {
    for first in [
        "",
        "HTTP/1.1",
        "HTTP/1.1 200 OK\r\nX-A: 1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        "HTTP/1.1 200 OK\r\n\r\nno end",
    ] {
        assert_eq!(get(first, Then::Hang, LIMITS).await, Err(OutboundError::Timeout), "{first:?}");
    }
    // One that says again and again that it will answer.
    let soon = "HTTP/1.1 100 Continue\r\n\r\n";
    assert_eq!(get(soon, Then::Repeat(soon), LIMITS).await, Err(OutboundError::Timeout));
}

#[tokio::test]
async fn a_head_that_never_ends_is_no_answer() {
    let begun = "HTTP/1.1 200 OK\r\n";
    assert_eq!(get(begun, Then::Repeat("X-More: and more\r\n"), CALM).await, Err(OutboundError::Broken));
    assert_eq!(
        get(format!("{begun}X-Long: "), Then::Repeat("longer"), CALM).await,
        Err(OutboundError::Broken)
    );
    assert_eq!(get("HTTP/1.1 2", Then::Repeat("0"), CALM).await, Err(OutboundError::Broken));
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    for first in [
        "-ERR unknown command 'GET'\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "220 mail.example.com ESMTP\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 99999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "",
    ] {
        let error = get(first, Then::Close, CALM).await;
        assert!(matches!(error, Err(OutboundError::Broken) | Ok(0)), "{first:?}: {error:?}");
    }
}

/// A webhook keeps the beginning of an answer and leaves the rest unread.
#[tokio::test]
async fn a_webhook_reads_a_snippet() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.lead_to(raw("HTTP/1.1 500 Oh\r\n\r\n", Then::Repeat("no ")).await);
    let client = network.client(Guard::public());
    let answer = client.post("http://example.com/", blank(), blank(), CALM).await.unwrap();
    assert_eq!((answer.status, answer.snippet.len()), (500, 1000));
}
