//! TLS: the certificate must be of the name in the URL, from an issuer that is trusted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use edgewire_outbound::{Guard, Limits, OutboundError, Refusal};
use http::HeaderMap;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::network::Network;

const LIMITS: Limits = Limits { total: Duration::from_secs(5), body: 16, redirects: 0 };

#[tokio::test]
async fn only_a_trusted_certificate_of_the_right_name_is_talked_to() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.name("other.example.com", &[&["1.1.1.1"]]);
    let (address, certificate) = tls_receiver("example.com", NO_CONTENT).await;
    network.lead_to(address);
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let trusting = network.client_trusting(Guard::public(), roots);
    let post = async |url: &str| trusting.post(url, HeaderMap::new(), Bytes::new(), LIMITS).await;
    assert_eq!(post("https://example.com/").await.unwrap().status, 204);
    assert_eq!(post("https://other.example.com/").await.unwrap_err(), OutboundError::Tls);

    let stranger = network.client(Guard::public());
    let refused = stranger.post("https://example.com/", HeaderMap::new(), Bytes::new(), LIMITS).await;
    assert_eq!(refused.unwrap_err(), OutboundError::Tls);
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn https_never_becomes_http() {
    let network = Network::new();
    network.name("example.com", &[&["1.1.1.1"]]);
    network.name("plain.example.com", &[&["8.8.8.8"]]);
    let (address, certificate) = tls_receiver("example.com", TO_PLAIN).await;
    network.lead_to(address);
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = network.client_trusting(Guard::public(), roots);
    let got = client.get("https://example.com/", Limits { redirects: 5, ..LIMITS }).await;
    assert_eq!(got.unwrap_err(), OutboundError::Refused(Refusal::Scheme));
    assert_eq!(network.attempts(), ["1.1.1.1:443"]);
}

const TO_PLAIN: &str = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://plain.example.com/\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";

/// A TLS receiver that says `answer`, and its self-signed certificate.
async fn tls_receiver(name: &str, answer: &'static str) -> (SocketAddr, CertificateDer<'static>) {
    let signed = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let certificate = signed.cert.der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = [0; 4096];
            if stream.read(&mut buffer).await.is_ok() {
                let _closed = stream.write_all(answer.as_bytes()).await;
                let _closed = stream.shutdown().await;
            }
        }
    });
    (address, certificate)
}
