//! A network in a box: a resolver that answers from a table, a dialer that writes down every attempt and leads each
//! to one receiver on loopback, and receivers: [`receiver`] speaks HTTP, [`raw`] says what it is told to.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use edgewire_outbound::{Dialer, Guard, GuardedClient, Resolver, SystemDialer, Wire};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// The box. Names are answered in turn: the last answer stays.
#[derive(Default)]
pub struct Network {
    names: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    aliases: Mutex<HashMap<String, String>>,
    lookups: Mutex<Vec<String>>,
    attempts: Mutex<Vec<SocketAddr>>,
    receiver: Mutex<Option<SocketAddr>>,
}

impl Network {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// `name` resolves to each of `answers` in turn.
    pub fn name(&self, name: &str, answers: &[&[&str]]) {
        let parsed = answers.iter().map(|a| a.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
        self.names.lock().unwrap().insert(name.into(), parsed);
    }

    /// `name` is another name of `of`, as a CNAME record says.
    pub fn alias(&self, name: &str, of: &str) {
        self.aliases.lock().unwrap().insert(name.into(), of.into());
    }

    /// All connections end at `receiver`.
    pub fn lead_to(&self, receiver: SocketAddr) {
        *self.receiver.lock().unwrap() = Some(receiver);
    }

    /// Every address that was dialed.
    pub fn attempts(&self) -> Vec<String> {
        self.attempts.lock().unwrap().iter().map(ToString::to_string).collect()
    }

    /// Every name that was asked for.
    pub fn lookups(&self) -> Vec<String> {
        self.lookups.lock().unwrap().clone()
    }

    pub fn client(self: &Arc<Self>, guard: Guard) -> GuardedClient {
        self.client_trusting(guard, RootCertStore::empty())
    }

    pub fn client_trusting(self: &Arc<Self>, guard: Guard, roots: RootCertStore) -> GuardedClient {
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        GuardedClient::with_network(guard, self.clone(), self.clone(), tls)
    }
}

#[async_trait]
impl Resolver for Network {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.lookups.lock().unwrap().push(host.to_owned());
        let mut host = host.to_owned();
        // A resolver gives up on a chain that goes round.
        for _ in 0..8 {
            match self.aliases.lock().unwrap().get(&host) {
                Some(of) => host.clone_from(of),
                None => break,
            }
        }
        let mut names = self.names.lock().unwrap();
        let answers = names.get_mut(&host).ok_or(io::ErrorKind::NotFound)?;
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

#[async_trait]
impl Dialer for Network {
    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Wire>> {
        self.attempts.lock().unwrap().push(address);
        let receiver = *self.receiver.lock().unwrap();
        SystemDialer.dial(receiver.ok_or(io::ErrorKind::ConnectionRefused)?).await
    }
}

/// A receiver that answers each request with what `answer` says to the request's text; `None` hangs.
pub async fn receiver(answer: fn(&str) -> Option<String>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = vec![0; 16 * 1024];
                while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                    match answer(&String::from_utf8_lossy(&buffer[..count])) {
                        Some(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                        None => std::future::pending().await,
                    }
                }
            });
        }
    });
    address
}

/// What follows the first bytes of a [`raw`] receiver.
#[derive(Clone, Copy)]
pub enum Then {
    /// The end of the connection.
    Close,
    /// Nothing, ever.
    Hang,
    /// This, over and over.
    Repeat(&'static str),
}

/// A receiver that waits for a request's head, and says `first` and then `then`, whatever was asked.
pub async fn raw(first: impl Into<String>, then: Then) -> SocketAddr {
    let first = first.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let first = first.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _gone = stream.read(&mut request).await;
                let _gone = stream.write_all(first.as_bytes()).await;
                match then {
                    Then::Close => {}
                    Then::Hang => std::future::pending().await,
                    Then::Repeat(text) => while stream.write_all(text.as_bytes()).await.is_ok() {},
                }
            });
        }
    });
    address
}

/// An answer with a body.
pub fn answer(status: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// A redirect.
pub fn redirect(to: &str) -> Option<String> {
    Some(format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
}
