//! A reader that does not read, and one that was away for too long.

use std::time::Duration;

use harness::wait::wait_within;
use harness::{World, wait_until};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use super::feed::{Raw, ids_of, relayed, store};
use crate::contact::every_event;

const EVENTS: usize = 400;
/// Of one event: more in all than any buffer on the way takes.
const BYTES: usize = 30_000;
const LONG: Duration = Duration::from_secs(60);

pub async fn a_reader_that_takes_nothing_is_cut_off_and_comes_back() {
    let world = World::builder().variable("event_stall_ms", "1000").build().await;
    let us = world.organization("slow");
    let texts: Vec<_> = (0..EVENTS).map(|n| format!("{n} {}", "x".repeat(BYTES))).collect();
    let ids = store(&world, &us, "slow", &texts).await;
    wait_until("the feed", || async {
        let count = relayed(&world, &us).await;
        if count == EVENTS { Ok(()) } else { Err(count.to_string()) }
    })
    .await;

    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 << 10).expect("a small buffer");
    let at = world.base().strip_prefix("http://").expect("an address").parse().expect("an address");
    let mut client = socket.connect(at).await.expect("the gateway is there");
    let ask =
        format!("GET /api/v1/events?since=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", us.key);
    client.write_all(ask.as_bytes()).await.expect("asks");
    wait_within(LONG, "the reader to be cut off", || async {
        let logs = world.logs();
        if logs.contains("a reader that took nothing was cut off") { Ok(()) } else { Err(logs) }
    })
    .await;

    // What had been sent until then is a little, and is good as far as whole frames go.
    let mut rest = Vec::new();
    let _broken_off = tokio::time::timeout(LONG, client.read_to_end(&mut rest)).await.expect("it ends");
    assert!(rest.len() < 2 << 20, "{} bytes were on their way", rest.len());
    let got = ids_of(&chunks_joined(&rest));
    assert_eq!(got, ids[..got.len()]);
    assert!(!got.is_empty() && got.len() < EVENTS);
    let last = &got[got.len() - 1];
    let mut again = Raw::open(us.get("/api/v1/events").header("last-event-id", last)).await;
    assert!(again.read_until(|text| ids_of(text).len() == EVENTS - got.len()).await);
    assert_eq!(ids_of(&again.text), ids[got.len()..]);
}

/// The body of an answer in chunks, as text; a chunk that was cut short ends it.
fn chunks_joined(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let (_, mut rest) = text.split_once("\r\n\r\n").expect("a head");
    let mut body = String::new();
    while let Some((size, more)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size, 16) else { break };
        body.push_str(&more[..size.min(more.len())]);
        rest = more.get(size + 2..).unwrap_or_default();
    }
    body
}

pub async fn a_reader_who_was_away_too_long_is_told_so() {
    let world = World::builder().host_variable("EDGEWIRE_EVENTS_PER_ORGANIZATION", "100").build().await;
    let us = world.organization("away");
    let texts: Vec<_> = (0..350).map(|n| n.to_string()).collect();
    let ids = store(&world, &us, "away", &texts).await;
    wait_until("the last hundred events, and no others", || async {
        let kept = every_event(&us, "events=message").await;
        let kept: Vec<&str> = kept.iter().filter_map(|event| event["id"].as_str()).collect();
        if kept == ids[250..] { Ok(()) } else { Err(format!("{kept:?}")) }
    })
    .await;
    let page = us.get("/api/v1/events/poll?since=0").send().await.expect(200);
    assert_eq!((&page["gap"], &page["events"][0]["id"]), (&json!(false), &json!(ids[250])));
    for (since, gap) in [(0, true), (248, true), (249, false), (300, false)] {
        let path = format!("/api/v1/events/poll?since={}", ids[since]);
        let page = us.get(&path).send().await.expect(200);
        let first = if gap { 250 } else { since + 1 };
        assert_eq!((&page["gap"], &page["events"][0]["id"]), (&json!(gap), &json!(ids[first])), "{since}");
    }
    let mut stream = Raw::open(us.get("/api/v1/events").header("last-event-id", &ids[0])).await;
    assert!(stream.read_until(|text| ids_of(text).len() == 100).await);
    assert!(stream.text.starts_with(": connected\n\nevent: gap\ndata: {\"from\":1"), "{:.200}", stream.text);
    assert_eq!(ids_of(&stream.text), ids[250..]);
}
