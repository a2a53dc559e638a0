//! Bytes from URLs, over a network that the test owns.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgewire_media::{FetchFailure, FetchLimits, Fetched, MediaError, fetch};
use edgewire_outbound::{Dialer, Guard, GuardedClient, OutboundError, Resolver, SystemDialer, Wire};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Every name is a public address, every connection ends at `receiver`.
struct Network(SocketAddr);

#[async_trait]
impl Resolver for Network {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![[93, 184, 215, 14].into()])
    }
}

#[async_trait]
impl Dialer for Network {
    async fn dial(&self, _: SocketAddr) -> io::Result<Box<dyn Wire>> {
        SystemDialer.dial(self.0).await
    }
}

/// Answers every connection with `answer` and closes it, or keeps it open when `hang`.
async fn get(url: &str, answer: Vec<u8>, hang: bool, limits: FetchLimits) -> Result<Fetched, MediaError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let network = Arc::new(Network(listener.local_addr().unwrap()));
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
            if hang {
                std::future::pending::<()>().await;
            }
        }
    });
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = GuardedClient::with_network(Guard::public(), network.clone(), network, tls);
    let fetched = fetch(&client, url, limits, &std::env::temp_dir()).await;
    server.abort();
    fetched
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes(), body].concat()
}

const URL: &str = "http://files.example/pictures/a%20cat.jpg?size=1";

#[tokio::test]
async fn bytes_arrive_with_their_name_and_type() {
    let body: Vec<u8> = (0..2_000_000_u32).map(|i| i as u8).collect();
    let head = "200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 2000000";
    let fetched = get(URL, answer(head, &body), false, FetchLimits::of(3_000_000)).await.unwrap();
    assert_eq!(fetched.spool.read_all().unwrap(), body);
    assert!(!fetched.spool.in_memory());
    assert_eq!(fetched.content_type.as_deref(), Some("image/jpeg"));
    assert_eq!(fetched.file_name.as_deref(), Some("a cat.jpg"));
    let named = answer("200 OK\r\nContent-Disposition: attachment; filename=\"../dog.jpg\"", b"x");
    let fetched = get(URL, named, false, FetchLimits::of(10)).await.unwrap();
    assert_eq!(fetched.file_name.as_deref(), Some("dog.jpg"));
}

#[tokio::test]
async fn more_than_the_limit_is_too_large_whatever_the_head_says() {
    let body = vec![1; 5_000];
    for head in ["200 OK\r\nContent-Length: 5000", "200 OK"] {
        let error = get(URL, answer(head, &body), false, FetchLimits::of(4_999)).await.unwrap_err();
        assert!(matches!(error, MediaError::TooLarge { limit: 4_999 }), "{error}");
    }
    // Chunked, the head says nothing.
    let chunked =
        answer("200 OK\r\nTransfer-Encoding: chunked", &[b"1388\r\n", &body[..], b"\r\n0\r\n\r\n"].concat());
    let error = get(URL, chunked.clone(), false, FetchLimits::of(4_999)).await.unwrap_err();
    assert!(matches!(error, MediaError::TooLarge { .. }), "{error}");
    assert_eq!(get(URL, chunked, false, FetchLimits::of(5_000)).await.unwrap().spool.len(), 5_000);
}

#[tokio::test]
async fn what_is_no_file_is_a_failed_fetch() {
    let limits = FetchLimits::of(1_000);
    let failure = async |url: &str, bytes: Vec<u8>| match get(url, bytes, false, limits).await {
        Err(MediaError::Fetch(failure)) => failure,
        other => panic!("{other:?}"),
    };
    assert_eq!(failure(URL, answer("404 Not Found", b"no")).await, FetchFailure::Status(404));
    assert_eq!(failure(URL, answer("200 OK\r\nContent-Length: 0", b"")).await, FetchFailure::Empty);
    let short = answer("200 OK\r\nContent-Length: 100", b"only this");
    assert_eq!(failure(URL, short).await, FetchFailure::Outbound(OutboundError::Broken));
    for url in ["http://127.0.0.1/x", "http://169.254.169.254/latest", "file:///etc/passwd", "x"] {
        let refused = failure(url, Vec::new()).await;
        assert!(matches!(refused, FetchFailure::Outbound(OutboundError::Refused(_))), "{url}");
    }
    let round = answer("302 Found\r\nLocation: http://files.example/again\r\nContent-Length: 0", b"");
    assert_eq!(failure(URL, round).await, FetchFailure::Outbound(OutboundError::Redirects));
    let inside = answer("302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0", b"");
    assert!(matches!(failure(URL, inside).await, FetchFailure::Outbound(OutboundError::Refused(_))));
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    let limits = FetchLimits { total: Duration::from_millis(300), ..FetchLimits::of(1_000) };
    let error = get(URL, answer("200 OK\r\nContent-Length: 100", b"half"), true, limits).await.unwrap_err();
    assert!(matches!(error, MediaError::Fetch(FetchFailure::Outbound(OutboundError::Timeout))), "{error}");
}
