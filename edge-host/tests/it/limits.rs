//! The bounds, each of them reached.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use http::Request;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::client::{self, collect};
use super::support::eventually;
use super::support::host::Host;

const KIB: usize = 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_body_over_the_bound_is_refused_before_it_is_sent() {
    let host = Host::alone(|options| options.http.max_body_bytes = 64 * KIB as u64).await;
    let exact = host.post("/count", vec![0; 64 * KIB]).await;
    assert_eq!(exact.assert_ok().text(), (64 * KIB).to_string());
    let mut stream = TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
    let head = format!("POST /guest/count HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 64 * KIB + 1);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains(r#""code":"payload_too_large""#),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_body_over_the_bound_is_refused_when_it_gets_there() {
    let host = Host::alone(|options| options.http.max_body_bytes = 64 * KIB as u64).await;
    let chunks = |count: usize| {
        let chunk = || Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![0; KIB])));
        StreamBody::new(futures::stream::iter((0..count).map(move |_| chunk())))
    };
    let post = |count| Request::post("/guest/count").header("host", "x").body(chunks(count)).unwrap();
    let within = collect(client::send(host.port, post(64)).await).await;
    assert_eq!(within.assert_ok().text(), (64 * KIB).to_string());
    // It never ends by itself.
    let endless = StreamBody::new(chunks(65).chain(futures::stream::pending()));
    let request = Request::post("/guest/count").header("host", "x").body(endless).unwrap();
    let over = collect(client::send(host.port, request).await).await;
    assert_eq!((over.status.as_u16(), over.error_code().as_str()), (413, "payload_too_large"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_over_the_bound_is_431() {
    let host = Host::alone(|options| options.http.max_header_bytes = 16 * KIB).await;
    let short = client::get(host.port, "/guest/headers", &[("x-fill", &"x".repeat(8 * KIB))]).await;
    short.assert_ok();
    let long = client::get(host.port, "/guest/headers", &[("x-fill", &"x".repeat(32 * KIB))]).await;
    assert_eq!(long.status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_over_the_bound_wait_shortly_and_are_then_turned_away() {
    let host = Arc::new(
        Host::alone(|options| {
            options.http.max_concurrent_requests = 1;
            options.http.max_queued_requests = 1;
            options.http.max_queue = Duration::from_millis(300);
        })
        .await,
    );
    let working = tokio::spawn({
        let host = host.clone();
        async move { host.get("/sleep?ms=1500").await.status }
    });
    // Whoever comes while it works: one waits in vain, the others are sent away at once.
    let refused = eventually("the place is taken", async || {
        let answer = host.get("/served").await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    assert_eq!((refused.status.as_u16(), refused.error_code().as_str()), (503, "gateway_unavailable"));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(working.await.unwrap(), 200);
    host.get("/served").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_cannot_have_more_open_than_its_share() {
    let host = Host::alone(|options| options.http.max_requests_per_client = 2).await;
    let one = client::open(host.port, "/guest/sse?ms=50").await;
    let _two = client::open(host.port, "/guest/sse?ms=50").await;
    let third = host.get("/served").await;
    assert_eq!((third.status.as_u16(), third.error_code().as_str()), (429, "rate_limited"));
    assert_eq!(third.header("retry-after"), "1");
    drop(one);
    eventually("the share is free again", async || (host.get("/served").await.status == 200).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_is_504_and_the_next_request_is_served_at_once() {
    let host = Host::alone(|options| {
        options.http.request_timeout = Duration::from_millis(300);
        options.instances.request_timeout = Duration::from_millis(300);
    })
    .await;
    for _ in 0..3 {
        let late = host.get("/sleep?ms=1000").await;
        assert_eq!((late.status.as_u16(), late.error_code().as_str()), (504, "timeout"));
        // The instance of the late request takes no more; its queue must not hold these.
        for _ in 0..3 {
            let start = Instant::now();
            host.get("/served").await.assert_ok();
            assert!(start.elapsed() < Duration::from_millis(250), "{:?}", start.elapsed());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_computes_for_ever_is_ended_and_holds_up_nobody() {
    let host =
        Arc::new(Host::alone(|options| options.instances.max_compute = Duration::from_millis(700)).await);
    host.get("/served").await.assert_ok();
    let spinning = tokio::spawn({
        let host = host.clone();
        async move { host.get("/spin").await }
    });
    let (mut served, mut ended_with_it) = (0, 0);
    while !spinning.is_finished() {
        match host.get("/served").await {
            answer if answer.status == 200 => served += 1,
            // It was given to the same instance in the moment before that one began to compute, and ends with it.
            answer => {
                assert_eq!(answer.error_code(), "timeout");
                ended_with_it += 1;
            }
        }
    }
    assert!(ended_with_it <= 1, "{ended_with_it} requests ended with it");
    let spinning = spinning.await.unwrap();
    assert_eq!((spinning.status.as_u16(), spinning.error_code().as_str()), (504, "timeout"));
    assert!(ended_with_it == 1 || served > 0, "nobody was served beside it");
    host.get("/served").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_wants_too_much_memory_is_ended() {
    let host = Host::alone(|options| options.instances.max_memory = 16 << 20).await;
    host.get("/hog?mib=4").await.assert_ok();
    let over = host.get("/hog?mib=20").await;
    assert_eq!((over.status.as_u16(), over.error_code().as_str()), (503, "gateway_unavailable"));
    assert_eq!(host.get("/served").await.text(), "1", "another instance");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_pool_of_instances_makes_requests_wait() {
    let host = Arc::new(
        Host::alone(|options| {
            options.instances.max_instances = 2;
            options.instances.max_concurrency = 1;
        })
        .await,
    );
    let asked: Vec<_> = (0..12)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.get("/sleep?ms=20").await.status })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_few_instances() {
    let host =
        Arc::new(Host::alone(|options| options.instances.idle_timeout = Duration::from_millis(200)).await);
    let asked: Vec<_> = (0..300)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.get("/sleep?ms=300").await.status })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), 200);
    }
    // 300 at 16 each need 19; one for each of them would be 300.
    let instances = host.instances();
    assert!(instances < 100, "{instances}");
    eventually("they end when there is nothing to do", async || (host.instances() == 0).then_some(())).await;
}
