//! What the client does once the guard let it go.

use std::time::Duration;

use bytes::Bytes;
use edgewire_outbound::address::Kind;
use edgewire_outbound::{Answer, Guard, GuardedClient, Limits, OutboundError, Refusal};
use http::{HeaderMap, HeaderValue};

use crate::network::{Network, answer, receiver, redirect};

const LIMITS: Limits = Limits { total: Duration::from_secs(5), body: 16, redirects: 2 };

async fn post(client: &GuardedClient, url: &str) -> Result<Answer, OutboundError> {
    client.post(url, HeaderMap::new(), Bytes::from_static(b"{}"), LIMITS).await
}

#[tokio::test]
async fn a_post_arrives_as_it_was_sent() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.lead_to(
        receiver(|request| {
            let whole = request.starts_with("POST /hook?a=b HTTP/1.1\r\n")
                && request.contains("host: example.com:8080\r\n")
                && request.contains("x-thing: 1\r\n")
                && request.ends_with("\r\n\r\nhello");
            answer(if whole { "201 Created" } else { "400 Bad Request" }, "thanks")
        })
        .await,
    );
    let mut headers = HeaderMap::new();
    headers.insert("x-thing", HeaderValue::from_static("1"));
    let client = network.client(Guard::public());
    let got = client
        .post("http://example.com:8080/hook?a=b#c", headers, Bytes::from_static(b"hello"), LIMITS)
        .await
        .unwrap();
    assert_eq!((got.status, got.snippet.as_str()), (201, "thanks"));
    assert_eq!(network.attempts(), ["1.1.1.1:8080"]);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.lead_to(receiver(|_| answer("200 OK", "ok")).await);
    let client = network.client(Guard::public());
    for _ in 0..5 {
        assert_eq!(post(&client, "http://example.com/").await.unwrap().status, 200);
    }
    assert_eq!(network.attempts().len(), 1);
}

#[tokio::test]
async fn a_post_follows_no_redirect() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.lead_to(receiver(|_| redirect("http://127.0.0.1/")).await);
    assert_eq!(post(&network.client(Guard::public()), "http://example.com/").await.unwrap().status, 302);
    assert_eq!(network.attempts(), ["1.1.1.1:80"]);
}

#[tokio::test]
async fn a_get_follows_redirects_that_pass() {
    let network = Network::new();
    network.name("a.example.com", &[&["1.1.1.1"]]);
    network.name("b.example.com", &[&["8.8.8.8"]]);
    network.name("inside.example.com", &[&["10.0.0.1"]]);
    network.lead_to(
        receiver(|request| match request.split(' ').nth(1).unwrap() {
            "/ok" => redirect("http://b.example.com/end"),
            "/end" => answer("200 OK", "done"),
            "/private" => redirect("http://192.168.0.1/"),
            "/name" => redirect("//inside.example.com/"),
            "/file" => redirect("file:///etc/passwd"),
            "/user" => redirect("http://a:b@b.example.com/"),
            "/bare" => Some("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".into()),
            _ => redirect("/loop"),
        })
        .await,
    );
    let client = network.client(Guard::public());
    let get = async |path: &str| client.get(&format!("http://a.example.com{path}"), LIMITS).await;
    assert_eq!(get("/ok").await.unwrap().body, "done");
    for (path, error) in [
        ("/private", Refusal::Address(Kind::Private).into()),
        ("/name", Refusal::Address(Kind::Private).into()),
        ("/file", Refusal::Scheme.into()),
        ("/user", Refusal::Userinfo.into()),
        ("/bare", OutboundError::Redirects),
        ("/loop", OutboundError::Redirects),
    ] {
        assert_eq!(get(path).await.unwrap_err(), error, "{path}");
    }
    assert!(network.attempts().iter().all(|a| a == "1.1.1.1:80" || a == "8.8.8.8:80"));
}

#[tokio::test]
async fn what_is_said_of_caching_is_told() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    let said =
        |_: &str| Some("HTTP/1.1 200 OK\r\nCache-Control: max-age=5\r\nContent-Length: 2\r\n\r\nok".into());
    network.lead_to(receiver(said).await);
    let fetched = network.client(Guard::public()).get("http://example.com/", LIMITS).await.unwrap();
    assert_eq!((fetched.cache_control.as_deref(), &fetched.body[..]), (Some("max-age=5"), &b"ok"[..]));
}

#[tokio::test]
async fn answers_are_bounded() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.lead_to(receiver(|_| answer("200 OK", &"x".repeat(100_000))).await);
    let client = network.client(Guard::public());
    assert_eq!(post(&client, "http://example.com/").await.unwrap().snippet, "x".repeat(16));
    assert_eq!(client.get("http://example.com/", LIMITS).await.unwrap_err(), OutboundError::TooLarge);

    network
        .lead_to(receiver(|_| Some(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(200_000)))).await);
    let fresh = network.client(Guard::public());
    assert_eq!(post(&fresh, "http://example.com/").await.unwrap_err(), OutboundError::Broken);
}

#[tokio::test]
async fn failures_are_told_apart() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    let client = network.client(Guard::public());
    assert_eq!(post(&client, "http://nowhere.example/").await.unwrap_err(), OutboundError::Unresolved);
    assert_eq!(
        post(&client, "http://example.com/").await.unwrap_err(),
        OutboundError::Connect(std::io::ErrorKind::ConnectionRefused)
    );
    network.lead_to(receiver(|_| Some("what?\r\n\r\n".into())).await);
    assert_eq!(post(&client, "http://example.com/").await.unwrap_err(), OutboundError::Broken);

    network.lead_to(receiver(|_| None).await);
    let short = Limits { total: Duration::from_millis(50), ..LIMITS };
    let hung = client.post("http://example.com/", HeaderMap::new(), Bytes::new(), short).await;
    assert_eq!(hung.unwrap_err(), OutboundError::Timeout);
}

#[tokio::test]
async fn the_next_address_is_tried() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1", "8.8.8.8"]]);
    assert!(post(&network.client(Guard::public()), "http://example.com/").await.is_err());
    assert_eq!(network.attempts(), ["1.1.1.1:80", "8.8.8.8:80"]);
}

#[tokio::test]
async fn not_all_of_many_addresses_are_tried() {
    let network = Network::new();
    let many: Vec<String> = (1..=200).map(|last| format!("1.1.1.{last}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    network.name("example.com", &[&many]);
    assert!(post(&network.client(Guard::public()), "http://example.com/").await.is_err());
    assert_eq!(network.attempts().len(), 8);

    // One that is not public spoils them all, wherever it stands.
    let with_one: Vec<&str> = many.iter().copied().chain(["127.0.0.1"]).collect();
    network.name("trap.example.com", &[&with_one]);
    let refused = post(&network.client(Guard::public()), "http://trap.example.com/").await;
    assert_eq!(refused.unwrap_err(), OutboundError::Refused(Refusal::Address(Kind::Loopback)));
    assert_eq!(network.attempts().len(), 8);
}
