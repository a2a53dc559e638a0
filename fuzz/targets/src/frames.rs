//! What a client writes to the sandbox's socket. The first byte says how far it has come:
//!
//! * even: the bytes are those of the socket, cut into frames, the first two of which are the handshake's;
//! * odd: the bytes are a frame that has been decrypted, of a device that is logged in.

use bytes::BytesMut;
use edgewire_sandbox::areas;
use edgewire_sandbox::noise::{Step, answer_client_hello};
use edgewire_sandbox::state::world::Out;
use wacore_binary::util::unpack_bytes;
use wacore_binary::{OwnedNodeRef, marshal};
use wacore_noise::framing::FrameDecoder;

use crate::world;

/// It is answered or refused; what the sandbox writes is a stanza that can be read.
pub fn run(data: &[u8]) {
    match data.split_first() {
        Some((first, rest)) if first.is_multiple_of(2) => handshake(rest),
        Some((_, rest)) => stanza(rest),
        None => {}
    }
}

fn handshake(data: &[u8]) {
    let mut decoder = FrameDecoder::new();
    // As it comes from a socket: split anywhere.
    for piece in data.chunks(11) {
        decoder.feed(piece);
    }
    let Some(hello) = decoder.decode_frame() else { return };
    if let Ok(Step::More(reply, awaiting)) = answer_client_hello(&world::keys(), &hello) {
        assert!(!reply.is_empty());
        let finish = decoder.decode_frame().unwrap_or_default();
        assert!(awaiting.finish(&finish).is_err(), "nobody guesses what was sealed for another key");
    }
}

fn stanza(data: &[u8]) {
    let Ok(plain) = unpack_bytes(BytesMut::from(data)) else { return };
    let Ok(node) = OwnedNodeRef::new(plain) else { return };
    let node = node.to_owned_node();
    let (hub, conn, mut written) = world::hub();
    areas::dispatch(&mut hub.lock(), conn, &node);
    while let Ok(out) = written.try_recv() {
        if let Out::Stanza(node) = out {
            let bytes = marshal(&node).expect("a stanza of ours can be written");
            let plain = unpack_bytes(BytesMut::from(&bytes[..])).expect("and unpacked");
            assert!(OwnedNodeRef::new(plain).is_ok(), "and read");
        }
    }
}
