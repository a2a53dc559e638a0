//! A WhatsApp network in a box: real, unmodified whatsapp-rust clients pair, log in, send and receive against it.
//!
//! The way of a stanza: [`server`] accepts the socket, [`connection`] does the [`noise`] handshake and cuts frames,
//! [`areas`] handles the stanza under the lock of the [`state`], and the answer goes back over the connection's channel.
//! Each account has a virtual [`phone`]; the [`control`] surface (HTTP under `/admin`) scans QR codes, makes contacts
//! speak, and breaks things on request. The README tells how to drive it.
//!
//! Clients must be built with the feature `danger-skip-cert-chain-verify`: WhatsApp's own key signs the real chain.

pub mod areas;
pub mod connection;
pub mod control;
pub mod noise;
pub mod phone;
pub mod server;
pub mod stanza;
pub mod state;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use phone::Received;
use phone::outbox::Outgoing;
use server::Hub;
use state::{Addr, World, file};

/// How to start a sandbox.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Keeps accounts, devices, queues and groups here over a restart.
    pub state: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), state: None }
    }
}

/// A running sandbox.
pub struct Sandbox {
    addr: SocketAddr,
    hub: Arc<Hub>,
    state: Option<PathBuf>,
    listener: JoinHandle<()>,
    saver: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Listens, and serves in the background until [`Sandbox::stop`].
    pub async fn start(config: Config) -> Result<Sandbox> {
        let (dirty, changes) = watch::channel(0);
        let world = file::load(config.state.as_deref(), dirty)?;
        let (tls, certificate) = server::tls::acceptor()?;
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("listening on {}", config.listen))?;
        let addr = listener.local_addr()?;
        let hub = Arc::new(Hub::new(world, certificate));
        // Listening everywhere is no address to give to anybody: clients are told the Host they came to, or loopback.
        let told =
            if addr.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], addr.port())) } else { addr };
        hub.lock().authority = told.to_string();
        if let Some(path) = &config.state {
            file::save(&hub, path)?;
        }
        let saver =
            config.state.clone().map(|path| tokio::spawn(file::keep_saving(hub.clone(), path, changes)));
        let listener = tokio::spawn(server::listener::serve(hub.clone(), listener, tls));
        Ok(Sandbox { addr, hub, state: config.state, listener, saver })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base of the HTTP routes.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where clients connect.
    pub fn ws_url(&self) -> String {
        format!("ws://{}/ws/chat", self.addr)
    }

    /// The state itself, for tests in the same process.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// The virtual phone scans a QR code; `phone` picks the account, otherwise the client's push name does.
    pub fn scan_qr(&self, qr: &str, phone: Option<&str>) -> Result<Addr> {
        areas::pairing::scan(&mut self.hub.lock(), qr, phone.map(str::to_owned), false)
    }

    /// Enters a pair code on the virtual phone of this number.
    pub async fn enter_code(&self, phone: &str, code: &str) -> Result<Addr> {
        areas::pair_code::enter(&self.hub, phone, code).await
    }

    /// Makes a contact; returns its phone number.
    pub fn create_contact(&self, push_name: &str) -> Result<String> {
        Ok(self.hub.lock().create_account(None, push_name)?.phone.clone())
    }

    /// A contact sends a text to a phone number or an address; returns the message id.
    pub fn send_text(&self, from: &str, to: &str, text: &str) -> Result<String> {
        let content = phone::compose::text(text.to_owned());
        let outgoing = Outgoing { to: to.to_owned(), content, id: None, ..Default::default() };
        phone::outbox::send_message(&mut self.hub.lock(), from, outgoing)
    }

    /// What an account's virtual phone has decrypted, oldest first.
    pub fn received(&self, phone: &str) -> Vec<Received> {
        let world = self.hub.lock();
        let account = world.accounts.get(phone);
        account.map(|a| a.virtual_phone.received.iter().cloned().collect()).unwrap_or_default()
    }

    /// Waits until `seen` finds something in the state; looks again after every stanza and control call.
    pub async fn wait_for<T>(&self, mut seen: impl FnMut(&World) -> Option<T>) -> T {
        loop {
            let changed = self.hub.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(found) = seen(&self.hub.lock()) {
                return found;
            }
            changed.await;
        }
    }

    /// Closes every connection and writes the state file.
    pub async fn stop(self) -> Result<()> {
        self.hub.stopping.cancel();
        self.listener.await?;
        if let Some(saver) = self.saver {
            saver.abort();
            let _ = saver.await;
        }
        match &self.state {
            Some(path) => file::save(&self.hub, path),
            None => Ok(()),
        }
    }
}
