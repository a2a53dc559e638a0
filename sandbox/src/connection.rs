//! One WebSocket: handshake, then frames in and stanzas out until it ends.
//!
//! The reader handles each stanza under the world's lock, in order. The writer owns the outgoing cipher and counter and
//! is fed over a channel, so areas never wait for a socket. Whatever ends the connection, its entry leaves the world at
//! once, and what its device had not acknowledged stays queued.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio_websockets::{Message, WebSocketStream};
use wacore::framing::{FrameDecoder, encode_frame};
use wacore_binary::consts::WA_CONN_HEADER;
use wacore_binary::util::unpack_bytes;
use wacore_binary::{Node, OwnedNodeRef, marshal};
use wacore_noise::NoiseCipher;

use crate::areas;
use crate::noise::{self, Handshaken, Step};
use crate::server::Hub;
use crate::state::world::{Conn, ConnId, Out};

/// Serves one client until it or the sandbox ends.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    hub: Arc<Hub>,
    mut socket: WebSocketStream<S>,
    host: Option<String>,
) {
    let mut frames = Frames { decoder: FrameDecoder::new(), greeted: false };
    let handshaken = match handshake(&hub, &mut socket, &mut frames).await {
        Ok(handshaken) => handshaken,
        Err(error) => {
            tracing::debug!("handshake failed: {error:#}");
            return;
        }
    };
    let (tx, rx) = mpsc::unbounded_channel();
    let (freeze, frozen) = watch::channel(false);
    let Handshaken { pattern, client_static, payload, read, write } = handshaken;
    let conn = {
        let mut world = hub.lock();
        let conn = world.fresh_number();
        *world.handshakes.entry(pattern.name()).or_default() += 1;
        let peer = areas::login::identify(&world, client_static, &payload);
        world.conns.insert(conn, Conn { peer, host, tx, active: false, freeze });
        areas::login::greet(&mut world, conn, &payload, client_static);
        conn
    };
    let outcome = run(&hub, conn, socket, frames, (read, write), rx, frozen).await;
    if let Err(error) = outcome {
        tracing::debug!(conn, "connection ended: {error:#}");
    }
    areas::login::gone(&mut hub.lock(), conn);
}

/// Cuts what arrives into frames; the first bytes of a connection are a greeting.
struct Frames {
    decoder: FrameDecoder,
    greeted: bool,
}

impl Frames {
    fn feed(&mut self, mut data: Bytes) {
        if !self.greeted {
            self.greeted = true;
            if data.starts_with(&WA_CONN_HEADER) {
                data = data.slice(WA_CONN_HEADER.len()..);
            }
        }
        self.decoder.feed(&data);
    }
}

async fn next_frame<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    frames: &mut Frames,
) -> Result<BytesMut> {
    loop {
        if let Some(frame) = frames.decoder.decode_frame() {
            return Ok(frame);
        }
        let message = socket.next().await.context("closed")??;
        if message.is_close() {
            bail!("closed");
        }
        if message.is_binary() {
            frames.feed(Bytes::from(message.into_payload()));
        }
    }
}

async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    hub: &Hub,
    socket: &mut WebSocketStream<S>,
    frames: &mut Frames,
) -> Result<Handshaken> {
    let keys = hub.lock().keys.clone();
    let hello = next_frame(socket, frames).await?;
    match noise::answer_client_hello(&keys, &hello)? {
        Step::Done(reply, handshaken) => {
            send_plain(socket, &reply).await?;
            Ok(*handshaken)
        }
        Step::More(reply, awaiting) => {
            send_plain(socket, &reply).await?;
            let finish = next_frame(socket, frames).await?;
            awaiting.finish(&finish)
        }
    }
}

async fn send_plain<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    payload: &[u8],
) -> Result<()> {
    socket.send(Message::binary(Bytes::from(encode_frame(payload, None)?))).await?;
    Ok(())
}

async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    hub: &Arc<Hub>,
    conn: ConnId,
    socket: WebSocketStream<S>,
    mut frames: Frames,
    (read, write): (NoiseCipher, NoiseCipher),
    mut rx: mpsc::UnboundedReceiver<Out>,
    mut frozen: watch::Receiver<bool>,
) -> Result<()> {
    let (mut sink, mut stream) = socket.split();
    let mut read_counter = 0u32;
    let reader = async {
        loop {
            while let Some(mut frame) = frames.decoder.decode_frame() {
                read.decrypt_in_place_with_counter(read_counter, &mut frame)?;
                read_counter += 1;
                let node = OwnedNodeRef::new(unpack_bytes(frame)?)?.to_owned_node();
                handle(hub, conn, node);
            }
            frozen.wait_for(|frozen| !frozen).await?;
            let message = tokio::select! {
                message = stream.next() => message.context("closed by the client")??,
                changed = frozen.changed() => { changed?; continue }
            };
            if message.is_close() {
                bail!("closed by the client");
            }
            if message.is_binary() {
                frames.feed(Bytes::from(message.into_payload()));
            }
        }
    };
    let writer = async {
        let mut counter = 0u32;
        while let Some(out) = rx.recv().await {
            match out {
                Out::Stanza(node) => {
                    log_stanza("<-", conn, &node);
                    let sealed = write.encrypt_with_counter(counter, &marshal(&node)?)?;
                    counter += 1;
                    sink.send(Message::binary(Bytes::from(encode_frame(&sealed, None)?))).await?;
                }
                Out::Close => {
                    let _ = sink.close().await;
                    bail!("closed by the sandbox");
                }
                Out::Drop => bail!("dropped by the sandbox"),
            }
        }
        Ok(())
    };
    tokio::select! {
        ended = reader => ended,
        ended = writer => ended,
        () = hub.stopping.cancelled() => Ok(()),
    }
}

fn handle(hub: &Hub, conn: ConnId, node: Node) {
    log_stanza("->", conn, &node);
    let mut world = hub.lock();
    let sender = world.addr_of_conn(conn);
    areas::dispatch(&mut world, conn, &node);
    if let Some(sender) = sender {
        world.journal.write(sender, node);
    }
    drop(world);
    hub.changed.notify_waiters();
}

/// Stanzas carry phone numbers and ciphertext: only at trace level, for debugging the sandbox itself.
fn log_stanza(direction: &str, conn: ConnId, node: &Node) {
    tracing::trace!(conn, "{direction} {}", wacore::xml::DisplayableNode(node));
}
