//! The way between the gateway and Redis, for stories that cut it, slow it down, or lose what comes over it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How much is carried at once, bytes.
const PIECE: usize = 64 * 1024;

/// A way to Redis. Dropping it takes it away.
#[derive(Debug)]
pub struct Cable {
    at: SocketAddr,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Clone, Default)]
struct State {
    cuts: u32,
    loses_answers: bool,
    delay: Duration,
    breaks_on: Arc<[String]>,
    broken: Arc<AtomicU32>,
}

impl State {
    /// Whether what is on its way up is what the connection breaks on.
    fn breaks(&self, piece: &[u8]) -> bool {
        let holds = |part: &String| piece.windows(part.len()).any(|it| it == part.as_bytes());
        let breaks = !self.breaks_on.is_empty() && self.breaks_on.iter().all(holds);
        if breaks {
            self.broken.fetch_add(1, Ordering::Relaxed);
        }
        breaks
    }
}

impl Cable {
    /// A way to the Redis at `url`, on a port that the system chooses.
    ///
    /// # Errors
    /// When there is none, or the URL names no server of this machine.
    pub async fn lay(url: &str) -> Result<Self> {
        let redis: SocketAddr = url.trim_start_matches("redis://").parse().context("an address")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?;
        let (state, watched) = watch::channel(State::default());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, redis, watched.clone()));
            }
        });
        Ok(Self { at, state, task })
    }

    /// What clients take for Redis.
    pub fn url(&self) -> String {
        format!("redis://{}", self.at)
    }

    /// Breaks every connection that there is. New ones can be made at once.
    pub fn cut(&self) {
        self.state.send_modify(|state| (state.cuts, state.loses_answers) = (state.cuts + 1, false));
    }

    /// Loses every answer from now until the next cut: Redis does what it is asked, and nobody learns of it.
    pub fn lose_answers(&self) {
        self.state.send_modify(|state| state.loses_answers = true);
    }

    /// From now on a connection breaks on what has all of these in it, before that reaches Redis; on nothing, without any.
    pub fn break_on(&self, parts: &[&str]) {
        let parts: Arc<[String]> = parts.iter().map(|part| (*part).to_owned()).collect();
        self.state.send_modify(|state| state.breaks_on = parts);
    }

    /// How often a connection broke on what it was to break on.
    pub fn broken(&self) -> u32 {
        self.state.borrow().broken.load(Ordering::Relaxed)
    }

    /// From now on everything takes so much longer, each way.
    pub fn slow(&self, delay: Duration) {
        self.state.send_modify(|state| state.delay = delay);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn carry(client: TcpStream, redis: SocketAddr, mut state: watch::Receiver<State>) {
    let cuts = state.borrow().cuts;
    let Ok(server) = TcpStream::connect(redis).await else { return };
    for socket in [&client, &server] {
        // As fast as without, and what is cut is reset, not closed in order.
        let _unimportant = socket.set_nodelay(true).and_then(|()| socket.set_zero_linger());
    }
    let (up, down) = (state.clone(), state.clone());
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    tokio::select! {
        _ = state.wait_for(|state| state.cuts != cuts) => {}
        _ = copy(client_reads, server_writes, up, false) => {}
        _ = copy(server_reads, client_writes, down, true) => {}
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    state: watch::Receiver<State>,
    answers: bool,
) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    // Whoever has missed a part of the answers gets no later ones: no network leaves something out in between.
    let mut deaf = false;
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        let now = state.borrow().clone();
        if !answers && now.breaks(&piece[..length]) {
            return Ok(());
        }
        if !now.delay.is_zero() {
            tokio::time::sleep(now.delay).await;
        }
        deaf |= answers && now.loses_answers;
        if !deaf {
            to.write_all(&piece[..length]).await?;
        }
    }
}
