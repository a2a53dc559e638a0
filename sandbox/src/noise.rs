//! The server's half of WhatsApp's Noise handshake.
//!
//! Map: [`ServerKeys`] is the long-lived static key (it must survive a restart, clients cache it for the IK pattern);
//! [`answer_client_hello`] answers the first message: XX (pairing, first login) needs a third one, IK (later logins)
//! is done after one, and a client that knows another static key is taken through XXfallback. The result is a
//! [`Handshaken`]: the client's static key, its payload, and the ciphers.

use anyhow::{Context, Result, bail};
use buffa::Message;
use wacore::handshake::NoiseHandshake;
use wacore::libsignal::protocol::KeyPair;
use wacore_binary::consts::{NOISE_PATTERN_IK, NOISE_PATTERN_XX, NOISE_PATTERN_XXFALLBACK, WA_CONN_HEADER};
use wacore_noise::NoiseCipher;
use wacore_noise::test_util::build_cert_chain_bytes;
use waproto::whatsapp as wa;

use crate::state::blob::{SavedKeyPair, key32};

/// The server's static Noise key.
pub type ServerKeys = SavedKeyPair;

/// Which handshake it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The client knew nothing about us.
    Xx,
    /// The client knew our static key.
    Ik,
    /// The client knew a static key that is not ours.
    XxFallback,
}

impl Pattern {
    /// As the state shows it.
    pub fn name(self) -> &'static str {
        match self {
            Pattern::Xx => "xx",
            Pattern::Ik => "ik",
            Pattern::XxFallback => "xx_fallback",
        }
    }
}

/// What a finished handshake yields.
pub struct Handshaken {
    /// Which handshake it was.
    pub pattern: Pattern,
    /// The client's static public key: who it is, cryptographically.
    pub client_static: [u8; 32],
    /// The ClientPayload: pairing data, or account and device.
    pub payload: wa::ClientPayload,
    /// Decrypts what the client sends.
    pub read: NoiseCipher,
    /// Encrypts what the server sends.
    pub write: NoiseCipher,
}

/// Either the handshake is over (IK) or the ClientFinish is awaited (XX).
pub enum Step {
    /// Send these bytes; the handshake is over.
    Done(Vec<u8>, Box<Handshaken>),
    /// Send these bytes and feed the next frame to [`AwaitFinish::finish`].
    More(Vec<u8>, Box<AwaitFinish>),
}

/// An XX handshake between ServerHello and ClientFinish.
pub struct AwaitFinish {
    noise: NoiseHandshake,
    ephemeral: KeyPair,
    pattern: Pattern,
}

/// Answers the first frame of a connection.
pub fn answer_client_hello(keys: &ServerKeys, frame: &[u8]) -> Result<Step> {
    let message = wa::HandshakeMessage::decode_from_slice(frame)?;
    let hello = message.client_hello.into_option().context("the first frame is no ClientHello")?;
    let client_ephemeral = key32(&hello.ephemeral.context("ClientHello has no ephemeral key")?)?;
    match (hello.r#static, hello.payload) {
        (Some(sealed_static), Some(sealed_payload)) => {
            answer_ik(keys, client_ephemeral, &sealed_static, &sealed_payload)
                .or_else(|_| answer_xx(keys, Pattern::XxFallback, client_ephemeral))
        }
        _ => answer_xx(keys, Pattern::Xx, client_ephemeral),
    }
}

fn answer_xx(keys: &ServerKeys, pattern: Pattern, client_ephemeral: [u8; 32]) -> Result<Step> {
    let name = if pattern == Pattern::Xx { NOISE_PATTERN_XX } else { NOISE_PATTERN_XXFALLBACK };
    let mut noise = NoiseHandshake::new(name, &WA_CONN_HEADER)?;
    let ephemeral = KeyPair::generate(&mut rand::rng());
    let ephemeral_pub = key32(ephemeral.public_key.public_key_bytes())?;
    noise.authenticate(&client_ephemeral);
    noise.authenticate(&ephemeral_pub);
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_ephemeral)?;
    let sealed_static = noise.encrypt(&keys.public32()?)?;
    noise.mix_shared_secret(keys.private_bytes(), &client_ephemeral)?;
    let sealed_cert = noise.encrypt(&build_cert_chain_bytes(&keys.public32()?))?;
    let reply = server_hello(&ephemeral_pub, Some(sealed_static), sealed_cert);
    Ok(Step::More(reply, Box::new(AwaitFinish { noise, ephemeral, pattern })))
}

fn answer_ik(
    keys: &ServerKeys,
    client_ephemeral: [u8; 32],
    sealed_static: &[u8],
    sealed_payload: &[u8],
) -> Result<Step> {
    let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, &WA_CONN_HEADER)?;
    noise.authenticate(&keys.public32()?);
    noise.authenticate(&client_ephemeral);
    noise.mix_shared_secret(keys.private_bytes(), &client_ephemeral)?;
    let client_static = key32(&noise.decrypt(sealed_static)?)?;
    noise.mix_shared_secret(keys.private_bytes(), &client_static)?;
    let payload = wa::ClientPayload::decode_from_slice(noise.decrypt(sealed_payload)?.as_slice())?;

    let ephemeral = KeyPair::generate(&mut rand::rng());
    let ephemeral_pub = key32(ephemeral.public_key.public_key_bytes())?;
    noise.authenticate(&ephemeral_pub);
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_ephemeral)?;
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_static)?;
    let sealed_cert = noise.encrypt(&build_cert_chain_bytes(&keys.public32()?))?;
    let reply = server_hello(&ephemeral_pub, None, sealed_cert);
    let (read, write) = noise.finish()?;
    Ok(Step::Done(reply, Box::new(Handshaken { pattern: Pattern::Ik, client_static, payload, read, write })))
}

impl AwaitFinish {
    /// Reads the ClientFinish and ends the handshake.
    pub fn finish(mut self, frame: &[u8]) -> Result<Handshaken> {
        let message = wa::HandshakeMessage::decode_from_slice(frame)?;
        let Some(finish) = message.client_finish.into_option() else {
            bail!("expected a ClientFinish");
        };
        let client_static =
            key32(&self.noise.decrypt(&finish.r#static.context("ClientFinish has no static key")?)?)?;
        self.noise.mix_shared_secret(self.ephemeral.private_key.serialize(), &client_static)?;
        let payload = self.noise.decrypt(&finish.payload.context("ClientFinish has no payload")?)?;
        let payload = wa::ClientPayload::decode_from_slice(payload.as_slice())?;
        let (read, write) = self.noise.finish()?;
        Ok(Handshaken { pattern: self.pattern, client_static, payload, read, write })
    }
}

fn server_hello(ephemeral: &[u8; 32], sealed_static: Option<Vec<u8>>, sealed_cert: Vec<u8>) -> Vec<u8> {
    wa::HandshakeMessage {
        server_hello: buffa::MessageField::some(wa::handshake_message::ServerHello {
            ephemeral: Some(ephemeral.to_vec()),
            r#static: sealed_static,
            payload: Some(sealed_cert),
            ..Default::default()
        }),
        ..Default::default()
    }
    .encode_to_vec()
}
