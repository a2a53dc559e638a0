//! Outbound HTTP of a guest: to granted hosts only.

use tokio::net::TcpListener;

use super::support::host::{self, Host};

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_host_is_reached_and_no_other() {
    let other = Host::alone(|_| {}).await;
    let grant = format!("http://127.0.0.1:{}", other.port);
    let guest = Host::serve(host::manifest("redis://127.0.0.1:1", &[&grant]), host::options()).await;
    assert_eq!(guest.get(&format!("/fetch?url={grant}/livez")).await.text(), r#"200 {"status":"ok"}"#);
    assert_eq!(guest.get(&format!("/fetch?url={grant}/fixed")).await.text(), "418 short and stout");
    let itself = guest.get(&format!("/fetch?url=http://127.0.0.1:{}/livez", guest.port)).await.text();
    assert!(itself.contains("HttpRequestDenied"), "{itself}");
    let name = guest.get(&format!("/fetch?url=http://localhost:{}/livez", other.port)).await.text();
    assert!(name.contains("HttpRequestDenied"), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_there_is_a_refused_connection() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let grant = "http://127.0.0.1:*";
    let guest = Host::serve(host::manifest("redis://127.0.0.1:1", &[grant]), host::options()).await;
    let answer = guest.get(&format!("/fetch?url=http://127.0.0.1:{port}/")).await.text();
    assert!(answer.contains("ConnectionRefused"), "{answer}");
}
