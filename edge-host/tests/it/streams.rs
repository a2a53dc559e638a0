//! Response streams: one by one, to the end of the client or of the host.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::support::host::Host;
use super::support::redis::Redis;
use super::support::{PATIENCE, client, eventually};

async fn event(response: &mut http::Response<Incoming>) -> Option<String> {
    let frame = tokio::time::timeout(PATIENCE, response.frame()).await.expect("in time")?;
    Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_one_by_one_and_outlive_the_request_timeout() {
    let host = Host::alone(|options| {
        options.http.request_timeout = Duration::from_millis(200);
        options.instances.request_timeout = Duration::from_millis(200);
    })
    .await;
    let mut response = client::open(host.port, "/guest/sse?count=5&ms=100").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    for number in 0..5 {
        assert_eq!(event(&mut response).await.unwrap(), format!("data: {number}\n\n"));
    }
    assert_eq!(event(&mut response).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_learns_that_its_client_is_gone() {
    let redis = Redis::start().await;
    let host = Host::start(&redis.url(), |_| {}).await;
    let mut response = client::open(host.port, "/guest/sse?ms=20&key=gone").await;
    event(&mut response).await.unwrap();
    drop(response);
    let mut connection = redis.connect().await;
    eventually("the guest noticed", async || {
        redis::cmd("GET").arg("gone").query_async::<Option<u64>>(&mut connection).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_streams_than_one_instance_holds_are_spread() {
    let host = Host::alone(|options| {
        options.instances.max_streams = 4;
        options.instances.max_concurrency = 4;
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..10 {
        let mut response = client::open(host.port, "/guest/sse?ms=20").await;
        assert_eq!(event(&mut response).await.unwrap(), "data: 0\n\n");
        open.push(response);
    }
    for response in &mut open {
        assert!(event(response).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_event_streams_and_lets_requests_finish() {
    let mut host = Host::alone(|_| {}).await;
    let mut stream = client::open(host.port, "/guest/sse?ms=20").await;
    event(&mut stream).await.unwrap();
    let port = host.port;
    let slow = tokio::spawn(async move { client::get(port, "/guest/sleep?ms=700", &[]).await.status });
    // It must be under way: a second later one may be refused.
    tokio::task::yield_now().await;
    eventually("the slow request is under way", async || {
        host.get("/served").await.text().parse::<u32>().unwrap().ge(&3).then_some(())
    })
    .await;
    host.begin_stop();
    while event(&mut stream).await.is_some() {}
    assert_eq!(slow.await.unwrap(), 200);
    host.stopped().await;
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
