//! Linking with a passkey on top: the server asks the new client for an assertion of a passkey of the account.
//!
//! The stages, as whatsapp-rust speaks them:
//! 1. The server asks (`passkey_prologue_request`); the client fetches a `<ref/>` and answers with `<passkey_prologue>`:
//!    the assertion, an ephemeral key and a commitment to a nonce. Nobody checks the assertion here, it is only shown.
//! 2. The phone sends its ephemeral key and nonce (`crsc_continuation`); the client reveals its nonce. Both sides now
//!    show the same eight characters.
//! 3. The person has compared them (control call), the client has sent its keys and a new ADV secret, sealed with what
//!    both ephemeral keys agree on: pair-success as after a QR scan.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use buffa::Message;
use serde::Deserialize;
use serde_json::{Value, json};
use wacore::libsignal::crypto::aes_256_gcm_decrypt;
use wacore::libsignal::protocol::{KeyPair, PublicKey};
use wacore::pair::PairUtils;
use wacore::shortcake::ShortcakeUtils;
use wacore_binary::Node;
use waproto::whatsapp as wa;

use super::pair_code::from_server;
use super::{messages, pairing};
use crate::server::Hub;
use crate::stanza::{StanzaExt, bytes, iq_error, iq_result};
use crate::state::blob::key32;
use crate::state::world::{ConnId, Peer};
use crate::state::{Addr, World};

/// A client takes its side of the handshake up once it has read the answer to its prologue: what follows comes a moment
/// later, as it does over a real network.
const MOMENT: Duration = Duration::from_millis(250);

/// How long a client may take to send its keys once the person has said yes.
const DEADLINE: Duration = Duration::from_secs(20);

/// A handshake in progress, by the connection of the new client.
pub struct PasskeyLink {
    /// The account's phone number.
    pub phone: String,
    options: String,
    reference: String,
    ephemeral: KeyPair,
    nonce: [u8; 32],
    companion: Option<Companion>,
    companion_nonce: Option<[u8; 32]>,
    sealed: Option<Vec<u8>>,
    trouble: Option<Trouble>,
}

/// What is to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The server does not take the assertion.
    Refused,
    /// What the phone sends makes no sense.
    Garbled,
}

/// What the client said in its prologue.
struct Companion {
    credential_id: Vec<u8>,
    assertion: Vec<u8>,
    public_key: [u8; 32],
    device_type: wa::device_props::PlatformType,
    identity: Vec<u8>,
    commitment: Vec<u8>,
    handed_off: bool,
}

/// The server asks the client that shows this QR code for a passkey.
pub fn ask(world: &mut World, qr: &str, phone: String, trouble: Option<Trouble>) -> Result<()> {
    let (reference, ..) = PairUtils::parse_qr_code(qr.trim())?;
    let conn = *world.refs.get(&reference).context("this QR code is not valid (any more)")?;
    if !world.accounts.contains_key(&phone) {
        world.create_account(Some(phone.clone()), "")?;
    }
    let options = json!({
        "challenge": BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()),
        "rpId": "web.whatsapp.com",
        "allowCredentials": [],
        "userVerification": "required",
        "timeout": 60_000,
    })
    .to_string();
    let link = PasskeyLink {
        phone,
        options: options.clone(),
        reference: format!("3@{}", hex::encode(rand::random::<[u8; 24]>())),
        ephemeral: KeyPair::generate(&mut rand::rng()),
        nonce: rand::random(),
        companion: None,
        companion_nonce: None,
        sealed: None,
        trouble,
    };
    world.passkeys.insert(conn, link);
    let request = from_server(world, "passkey_prologue_request", bytes("passkey_request_options", options));
    world.send(conn, request);
    Ok(())
}

/// An IQ of a client that is asked for a passkey. False when it is none of these.
pub fn iq(world: &mut World, conn: ConnId, node: &Node) -> bool {
    let Some(link) = world.passkeys.get_mut(&conn) else { return false };
    let Some(what) = node.kids().first() else { return false };
    let answer = match &*what.tag {
        "ref" => iq_result(node, [bytes("ref", link.reference.as_bytes())]),
        "passkey_request_options" => {
            iq_result(node, [bytes("passkey_request_options", link.options.as_bytes())])
        }
        "passkey_prologue" if link.trouble == Some(Trouble::Refused) => iq_error(node, 401, "not-authorized"),
        "passkey_prologue" => match companion(what) {
            Some(companion) => {
                link.companion = Some(companion);
                let identity = wa::PrimaryEphemeralIdentity {
                    public_key: Some(link.ephemeral.public_key.public_key_bytes().to_vec()),
                    nonce: Some(link.nonce.to_vec()),
                };
                let mut identity = identity.encode_to_vec();
                if link.trouble == Some(Trouble::Garbled) {
                    identity.truncate(7);
                }
                let identity = bytes("primary_ephemeral_identity", identity);
                let continuation = from_server(world, "crsc_continuation", identity);
                messages::send_later(world, conn, continuation, MOMENT);
                iq_result(node, [])
            }
            None => iq_error(node, 400, "bad-request"),
        },
        "companion_nonce" => {
            let nonce = what.body().and_then(|nonce| key32(&nonce).ok());
            let kept = link.companion.as_ref().zip(nonce).is_some_and(|(companion, nonce)| {
                ShortcakeUtils::commitment_hash(&companion.identity, &nonce)[..] == companion.commitment
            });
            link.companion_nonce = nonce.filter(|_| kept);
            if kept { iq_result(node, []) } else { iq_error(node, 400, "bad-request") }
        }
        "encrypted_pairing_request" => {
            link.sealed = what.body();
            iq_result(node, [])
        }
        _ => return false,
    };
    world.send(conn, answer);
    true
}

fn companion(prologue: &Node) -> Option<Companion> {
    let payload = prologue.child("prologue_payload")?.body()?;
    let payload = wa::ProloguePayload::decode_from_slice(payload.as_slice()).ok()?;
    let identity = payload.companion_ephemeral_identity?;
    let read = wa::CompanionEphemeralIdentity::decode_from_slice(identity.as_slice()).ok()?;
    Some(Companion {
        credential_id: prologue.child("credential_id")?.body()?,
        assertion: prologue.child("webauthn_assertion")?.body()?,
        public_key: key32(&read.public_key?).ok()?,
        device_type: read.device_type.unwrap_or(wa::device_props::PlatformType::UNKNOWN),
        commitment: payload.commitment.as_option()?.hash.clone()?,
        handed_off: prologue.child("pairing_handoff_proof").is_some(),
        identity,
    })
}

impl PasskeyLink {
    /// What both sides show, once both nonces are known.
    fn code(&self) -> Option<String> {
        let own = key32(self.ephemeral.public_key.public_key_bytes()).ok()?;
        let code = ShortcakeUtils::derive_verification_code(&self.companion_nonce?, &own, &self.nonce);
        Some(format!("{}-{}", code.get(..4)?, code.get(4..)?))
    }

    fn describe(&self) -> Value {
        let stage = match (&self.companion, self.companion_nonce, &self.sealed) {
            (None, ..) => "asked",
            (Some(_), None, _) => "asserted",
            (Some(_), Some(_), None) => "compare",
            _ => "confirmed",
        };
        let companion = self.companion.as_ref();
        json!({
            "phone": self.phone,
            "stage": stage,
            "code": self.code(),
            "credential_id": companion.map(|companion| BASE64_STANDARD.encode(&companion.credential_id)),
            "assertion": companion.map(|companion| String::from_utf8_lossy(&companion.assertion).into_owned()),
            "handed_off": companion.map(|companion| companion.handed_off),
        })
    }

    /// The client's Noise key, identity key and ADV secret.
    fn open(&self) -> Result<([u8; 32], [u8; 32], Vec<u8>)> {
        let companion = self.companion.as_ref().context("the client has not answered")?;
        let sealed = self.sealed.as_ref().context("the client has not sent its keys")?;
        let sealed = wa::EncryptedPairingRequest::decode_from_slice(sealed.as_slice())?;
        let theirs = PublicKey::from_djb_public_key_bytes(&companion.public_key)?;
        let shared = self.ephemeral.private_key.calculate_agreement(&theirs)?;
        let (kind, reference) = (companion.device_type, self.reference.as_str());
        let key = ShortcakeUtils::derive_encryption_key_from_shared_secret(&shared, kind, reference)?;
        let iv: [u8; 12] = sealed.iv.unwrap_or_default().as_slice().try_into()?;
        let mut opened = Vec::new();
        aes_256_gcm_decrypt(&key, &iv, b"", &sealed.encrypted_payload.unwrap_or_default(), &mut opened)
            .map_err(|_| anyhow!("the client's keys cannot be opened"))?;
        let request = wa::PairingRequest::decode_from_slice(opened.as_slice())?;
        Ok((
            key32(&request.companion_public_key.unwrap_or_default())?,
            key32(&request.companion_identity_key.unwrap_or_default())?,
            request.adv_secret.unwrap_or_default(),
        ))
    }
}

/// The handshakes in progress, as the phone sees them.
pub fn list(world: &World) -> Vec<Value> {
    world.passkeys.values().map(PasskeyLink::describe).collect()
}

/// The person has compared what both sides show; answers when the link is done.
pub async fn confirm(hub: &Hub, phone: &str, code: &str) -> Result<Addr> {
    let conn = {
        let world = hub.lock();
        let found = world.passkeys.iter().find(|(_, link)| link.phone == phone);
        let (conn, link) = found.context("no client of this number is asked for a passkey")?;
        let shown = link.code().context("the client has not come that far")?;
        if shown.replace('-', "") != code.replace('-', "").to_uppercase() {
            bail!("this is not what the client shows");
        }
        *conn
    };
    tokio::time::timeout(DEADLINE, sealed(hub, conn)).await.context("the client did not send its keys")?;
    // The client keeps its new secret once it has read the answer to that.
    tokio::time::sleep(MOMENT).await;
    let mut world = hub.lock();
    let link = world.passkeys.remove(&conn).context("the client has gone")?;
    let (noise, identity, secret) = link.open()?;
    match world.conns.get(&conn).map(|c| &c.peer) {
        Some(Peer::Pairing(pairing)) if pairing.noise_public == noise => {}
        _ => bail!("the keys are not those of the connection they came on"),
    }
    pairing::link(&mut world, conn, Some(link.phone), &identity, &secret)
}

/// Waits for the client's keys, or for its end.
async fn sealed(hub: &Hub, conn: ConnId) {
    loop {
        let changed = hub.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if hub.lock().passkeys.get(&conn).is_none_or(|link| link.sealed.is_some()) {
            return;
        }
        changed.await;
    }
}
