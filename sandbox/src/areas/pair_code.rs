//! Linking by phone number: the client shows a code, someone enters it on the phone.
//!
//! The stages, as whatsapp-rust speaks them:
//! 1. `companion_hello`: the client's ephemeral key, wrapped with a key made of the code. We keep it and answer a ref.
//! 2. The code is entered (control call): the virtual phone unwraps the key, wraps its own the same way and sends it as
//!    a `primary_hello` notification.
//! 3. `companion_finish`: identity keys and random bytes, sealed with what both ephemeral keys agree on. If the code
//!    was wrong nothing agrees and the seal does not open: that is how a wrong code is noticed, on both real sides too.
//! 4. The ADV secret follows from the agreed keys and the random bytes; pair-success as after a QR scan.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tokio::sync::oneshot;
use wacore::crypto::hkdf_sha256_into;
use wacore::libsignal::crypto::aes_256_gcm_decrypt;
use wacore::libsignal::protocol::{KeyPair, PublicKey};
use wacore::pair_code::PairCodeUtils;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::pairing;
use crate::server::Hub;
use crate::stanza::{SERVER, StanzaExt, bytes, iq_error, iq_error_later, iq_result};
use crate::state::blob::key32;
use crate::state::world::ConnId;
use crate::state::{Addr, World};

/// How long the client may take to answer a `primary_hello`; its key derivation takes a second in a debug build.
const FINISH_DEADLINE: Duration = Duration::from_secs(20);

/// How long a code can be entered.
const CODE_VALIDITY_SECS: i64 = 180;

/// A code in progress for a phone number.
pub struct CodeLink {
    /// The client's connection.
    pub conn: ConnId,
    /// Names this attempt.
    reference: Vec<u8>,
    /// The client's ephemeral key, wrapped with the code.
    wrapped: Vec<u8>,
    /// When the client asked, unix seconds.
    since: i64,
    /// What the phone sent, while the client's answer is awaited.
    entered: Option<Entered>,
}

struct Entered {
    companion_ephemeral: [u8; 32],
    ephemeral: KeyPair,
    outcome: oneshot::Sender<Result<Addr>>,
}

/// A `link_code_companion_reg` IQ of a client that is not linked yet.
pub fn iq(world: &mut World, conn: ConnId, node: &Node) {
    let Some(reg) = node.child("link_code_companion_reg") else { return };
    let phone = reg.jid("jid").map(|jid| jid.user.to_string()).unwrap_or_default();
    match reg.text("stage").as_deref() {
        Some("companion_hello") => {
            if let Some(refusal) = world.faults.next_code(&phone) {
                let answer = iq_error_later(node, refusal.error, "refused", refusal.backoff);
                world.send(conn, answer);
                return;
            }
            let answer =
                hello(world, conn, &phone, node, reg).unwrap_or_else(|| iq_error(node, 400, "bad-request"));
            world.send(conn, answer);
        }
        Some("companion_finish") => {
            world.send(conn, iq_result(node, []));
            finish(world, conn, &phone, reg);
        }
        _ => world.send(conn, iq_error(node, 501, "feature-not-implemented")),
    }
}

fn hello(world: &mut World, conn: ConnId, phone: &str, node: &Node, reg: &Node) -> Option<Node> {
    let wrapped = reg.child("link_code_pairing_wrapped_companion_ephemeral_pub")?.body()?;
    let digits = (5..=15).contains(&phone.len()) && phone.bytes().all(|b| b.is_ascii_digit());
    if wrapped.len() != 80 || !digits {
        return None;
    }
    let reference = rand::random::<[u8; 16]>().to_vec();
    let since = world.now();
    let link = CodeLink { conn, reference: reference.clone(), wrapped, since, entered: None };
    world.code_links.insert(phone.to_owned(), link);
    let answer = NodeBuilder::new("link_code_companion_reg")
        .attr("stage", "companion_hello")
        .children([bytes("link_code_pairing_ref", reference)])
        .build();
    Some(iq_result(node, [answer]))
}

/// The server wants the client to show another code; `by_hand` when a person is to ask for it.
pub fn refresh(world: &mut World, phone: &str, by_hand: bool) -> Result<()> {
    let link = world.code_links.get(phone).context("no client is waiting for a code of this number")?;
    let (conn, reference) = (link.conn, link.reference.clone());
    let mut reg = NodeBuilder::new("link_code_companion_reg").attr("stage", "refresh_code");
    if by_hand {
        reg = reg.attr("force_manual_refresh", "true");
    }
    let reg = reg.children([bytes("link_code_pairing_ref", reference)]).build();
    let notice = from_server(world, "link_code_companion_reg", reg);
    world.send(conn, notice);
    Ok(())
}

/// A notification of the server's own.
pub fn from_server(world: &mut World, kind: &'static str, child: Node) -> Node {
    let id = world.fresh_id("srv");
    NodeBuilder::new("notification")
        .attr("type", kind)
        .attr("from", SERVER)
        .attr("id", id)
        .attr("t", world.now())
        .children([child])
        .build()
}

/// Someone enters the code on the phone; returns the linked device, or why it failed.
pub async fn enter(hub: &Hub, phone: &str, code: &str) -> Result<Addr> {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    if !PairCodeUtils::validate_code(&code) {
        bail!("a pair code is eight characters of 1-9 and A-Z without I, O and U");
    }
    let wrapped = {
        let mut world = hub.lock();
        let now = world.now();
        let link = world.code_links.get(phone).context("no client is waiting for a code of this number")?;
        if now - link.since > CODE_VALIDITY_SECS {
            world.code_links.remove(phone);
            bail!("the code has expired");
        }
        link.wrapped.clone()
    };
    let ephemeral = KeyPair::generate(&mut rand::rng());
    let own = key32(ephemeral.public_key.public_key_bytes())?;
    // 131,072 rounds of PBKDF2, twice: not on the event loop.
    let (companion_ephemeral, own_wrapped) = tokio::task::spawn_blocking(move || {
        let theirs = PairCodeUtils::decrypt_primary_ephemeral_pub(&wrapped, &code)?;
        anyhow::Ok((theirs, PairCodeUtils::encrypt_ephemeral_pub(&own, &code)))
    })
    .await??;
    let (outcome, answered) = oneshot::channel();
    primary_hello(hub, phone, own_wrapped.to_vec(), Entered { companion_ephemeral, ephemeral, outcome })?;
    match tokio::time::timeout(FINISH_DEADLINE, answered).await {
        Ok(Ok(linked)) => linked,
        Ok(Err(_)) => bail!("the client has gone, or another code was entered meanwhile"),
        Err(_) => bail!("the client did not answer: its code has expired, or was tried too often"),
    }
}

fn primary_hello(hub: &Hub, phone: &str, own_wrapped: Vec<u8>, entered: Entered) -> Result<()> {
    let mut world = hub.lock();
    if !world.accounts.contains_key(phone) {
        world.create_account(Some(phone.to_owned()), "")?;
    }
    let identity = world
        .accounts
        .get(phone)
        .map(|account| account.virtual_phone.identity().public_bytes().to_vec())
        .context("the account has gone")?;
    let link = world.code_links.get_mut(phone).context("the client has gone")?;
    link.entered = Some(entered);
    let (conn, reference) = (link.conn, link.reference.clone());
    let reg = NodeBuilder::new("link_code_companion_reg")
        .attr("stage", "primary_hello")
        .children([
            bytes("link_code_pairing_wrapped_primary_ephemeral_pub", own_wrapped),
            bytes("primary_identity_pub", identity),
            bytes("link_code_pairing_ref", reference),
        ])
        .build();
    let notice = from_server(&mut world, "link_code_companion_reg", reg);
    world.send(conn, notice);
    Ok(())
}

/// The client's sealed bundle: opens only if the code was right.
fn finish(world: &mut World, conn: ConnId, phone: &str, reg: &Node) {
    let Some(link) = world.code_links.get_mut(phone).filter(|link| link.conn == conn) else { return };
    let Some(entered) = link.entered.take() else { return };
    let outcome = agree(world, phone, reg, &entered).and_then(|(identity, secret)| {
        pairing::link(world, conn, Some(phone.to_owned()), &identity, &secret)
    });
    if outcome.is_ok() {
        world.code_links.remove(phone);
    }
    let _ = entered.outcome.send(outcome);
}

/// The client's identity key and the ADV secret.
fn agree(world: &World, phone: &str, reg: &Node, entered: &Entered) -> Result<([u8; 32], [u8; 32])> {
    let field = |tag: &str| reg.child(tag).and_then(StanzaExt::body).with_context(|| format!("no {tag}"));
    let sealed = field("link_code_pairing_wrapped_key_bundle")?;
    let identity = key32(&field("companion_identity_public")?)?;
    let account = world.accounts.get(phone).context("the account has gone")?;
    let own_identity = account.virtual_phone.identity();

    let theirs = PublicKey::from_djb_public_key_bytes(&entered.companion_ephemeral)?;
    let ephemeral_shared = entered.ephemeral.private_key.calculate_agreement(&theirs)?;
    let their_identity = PublicKey::from_djb_public_key_bytes(&identity)?;
    let identity_shared = own_identity.private().calculate_agreement(&their_identity)?;

    // salt (32), nonce (12), ciphertext and tag
    let (Some(salt), Some(nonce), Some(ciphertext)) =
        (sealed.get(..32), sealed.get(32..44), sealed.get(44..))
    else {
        bail!("the key bundle is too short");
    };
    let mut key = [0u8; 32];
    let info = b"link_code_pairing_key_bundle_encryption_key";
    hkdf_sha256_into(&ephemeral_shared, Some(salt), info, &mut key).map_err(|_| anyhow!("HKDF"))?;
    let nonce: [u8; 12] = nonce.try_into()?;
    let mut bundle = Vec::new();
    aes_256_gcm_decrypt(&key, &nonce, b"", ciphertext, &mut bundle).map_err(|_| anyhow!("wrong code"))?;
    let (Some(named), Some(named_own), Some(random)) =
        (bundle.get(..32), bundle.get(32..64), bundle.get(64..96))
    else {
        bail!("the key bundle is incomplete");
    };
    if named != identity || named_own != own_identity.public_bytes() {
        bail!("the key bundle names other identities");
    }
    let mut secret = [0u8; 32];
    let combined = [&ephemeral_shared[..], &identity_shared[..], random].concat();
    hkdf_sha256_into(&combined, None, b"adv_secret", &mut secret).map_err(|_| anyhow!("HKDF"))?;
    Ok((identity, secret))
}
