//! The sandbox as a process, and its TLS side.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

use crate::harness::{http, sandbox};

#[test]
fn the_binary_says_where_it_listens_and_ends_on_sigterm() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let addr = line.trim_end().strip_prefix("sandbox listening on ").expect("the line").to_owned();
    let mut socket = std::net::TcpStream::connect(&addr).unwrap();
    socket.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok"), "{answer}");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_port_speaks_tls() {
    let sandbox = sandbox().await;
    let (_, pem) = http("GET", &format!("{}/admin/certificate", sandbox.url()), None).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_str().unwrap().as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = tokio::net::TcpStream::connect(sandbox.addr()).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    tls.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = tls.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn control_refuses_what_makes_no_sense() {
    let sandbox = sandbox().await;
    let cases = [
        ("POST", "accounts", json!({ "phone": "12" }), 422),
        ("POST", "accounts", json!({ "unknown": 1 }), 400),
        ("POST", "accounts/491700000/send", json!({ "to": "1", "text": "x" }), 404),
        ("POST", "sockets/drop", json!({}), 400),
        ("POST", "mock-phone/enter-code", json!({ "phone": "491700000", "code": "ABCDEFGH" }), 422),
        ("POST", "mock-phone/enter-code", json!({ "phone": "491700000", "code": "short" }), 422),
        ("GET", "nothing", json!({}), 404),
    ];
    for (method, path, body, expected) in cases {
        let url = format!("{}/admin/{path}", sandbox.url());
        let (status, answer) = http(method, &url, Some(body.to_string().into())).await;
        assert_eq!(status, expected, "{path}: {answer}");
        assert!(answer["error"].is_string(), "{path}: {answer}");
    }
    sandbox.stop().await.unwrap();
}
