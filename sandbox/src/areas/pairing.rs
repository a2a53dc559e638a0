//! Linking a client: QR references, the scan, pair-success, the signed identity, 515.
//!
//! The account's virtual phone signs the new device (ADV): the secret that authenticates the blob is in the QR code, or
//! was agreed over a pair code.

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buffa::Message;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wacore::pair::PairUtils;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::{devices, login, pair_code, passkey};
use crate::stanza::{SERVER, StanzaExt, bytes, empty, iq_error, iq_result};
use crate::state::account::Device;
use crate::state::blob::Blob;
use crate::state::world::{ConnId, Peer};
use crate::state::{Addr, World};

/// How many QR codes a client gets to show, one after the other.
const REFS: usize = 6;

/// What the ADV account signature is made over, before details and identity key.
const ACCOUNT_SIGNATURE: [u8; 2] = [6, 0];

/// Sends a new client the references for its QR codes.
pub fn offer_refs(world: &mut World, conn: ConnId) {
    let refs: Vec<String> =
        (0..REFS).map(|_| format!("2@{}", hex::encode(rand::random::<[u8; 24]>()))).collect();
    let nodes = refs.iter().map(|r| bytes("ref", r.as_bytes())).collect::<Vec<_>>();
    for reference in &refs {
        world.refs.insert(reference.clone(), conn);
    }
    if let Some(Peer::Pairing(pairing)) = world.conns.get_mut(&conn).map(|c| &mut c.peer) {
        pairing.refs = refs;
    }
    let id = world.fresh_id("pd");
    let offer = NodeBuilder::new("iq")
        .attr("from", SERVER)
        .attr("type", "set")
        .attr("id", id)
        .attr("xmlns", "md")
        .children([NodeBuilder::new("pair-device").children(nodes).build()])
        .build();
    world.send(conn, offer);
}

/// The server wants the client to show other QR codes: the secret in those that it shows is void.
pub fn rotate(world: &mut World, qr: &str) -> Result<()> {
    let (reference, ..) = PairUtils::parse_qr_code(qr.trim())?;
    let conn = *world.refs.get(&reference).context("this QR code is not valid (any more)")?;
    let notice = pair_code::from_server(world, "companion_reg_refresh", empty("pair-device-rotate-qr"));
    world.send(conn, notice);
    Ok(())
}

/// The virtual phone scans a QR code. `phone` picks the account; otherwise the client's push name does.
///
/// With `forged` the phone's answer is signed with another secret: the client is to refuse it.
pub fn scan(world: &mut World, qr: &str, phone: Option<String>, forged: bool) -> Result<Addr> {
    let (reference, noise, identity) = PairUtils::parse_qr_code(qr.trim())?;
    let secret = qr.trim().split(',').nth(3).context("the QR code has no secret")?;
    let mut secret = BASE64_STANDARD.decode(secret).context("the secret in the QR code is not base64")?;
    if forged {
        secret.reverse();
    }
    let conn = *world.refs.get(&reference).context("this QR code is not valid (any more)")?;
    match world.conns.get(&conn).map(|c| &c.peer) {
        Some(Peer::Pairing(pairing)) if pairing.noise_public == noise => {}
        Some(_) => bail!("the QR code's key is not that of the connection it was shown on"),
        None => bail!("the client has gone"),
    }
    link(world, conn, phone, &identity, &secret)
}

/// Makes a device for the client on this connection and tells it so.
pub fn link(
    world: &mut World,
    conn: ConnId,
    phone: Option<String>,
    identity: &[u8; 32],
    secret: &[u8],
) -> Result<Addr> {
    let (noise_public, push_name) = match world.conns.get(&conn).map(|c| &c.peer) {
        Some(Peer::Pairing(pairing)) if pairing.pending.is_none() => {
            (pairing.noise_public, pairing.push_name.clone())
        }
        Some(Peer::Pairing(_)) => bail!("already scanned"),
        _ => bail!("the client has gone"),
    };
    let phone = pick_account(world, phone, &push_name)?;
    let now = world.now();
    let account = world.accounts.get_mut(&phone).context("the account has gone")?;
    let device = account.next_device;
    account.next_device += 1;
    let key_index = u32::from(device);
    let sealed = sign_device(account, key_index, identity, secret, now)?;
    let props = wa::ClientPairingProps { is_chat_db_lid_migrated: Some(true), ..Default::default() };
    let business = if account.push_name.is_empty() { "Sandbox" } else { &account.push_name };
    let success = NodeBuilder::new("pair-success")
        .children([
            bytes("device-identity", sealed),
            NodeBuilder::new("biz").attr("name", business).build(),
            NodeBuilder::new("platform").attr("name", "android").build(),
            bytes("client-props", props.encode_to_vec()),
            NodeBuilder::new("device")
                .attr("jid", Addr::new(&*phone, device).pn())
                .attr("lid", account.lid_device(device))
                .build(),
        ])
        .build();
    let addr = Addr::new(phone, device);
    let made = Device {
        id: device,
        noise_public: Blob(noise_public.to_vec()),
        identity: Blob::default(),
        key_index,
        keys: None,
        key_shared: false,
        queue: Default::default(),
        logins: 0,
    };
    if let Some(Peer::Pairing(pairing)) = world.conns.get_mut(&conn).map(|c| &mut c.peer) {
        pairing.pending = Some(Box::new((addr.clone(), made)));
    }
    let id = world.fresh_id("ps");
    let told = NodeBuilder::new("iq")
        .attr("from", SERVER)
        .attr("type", "set")
        .attr("id", id)
        .attr("xmlns", "md")
        .children([success])
        .build();
    world.send(conn, told);
    Ok(addr)
}

fn pick_account(world: &mut World, phone: Option<String>, push_name: &str) -> Result<String> {
    if let Some(phone) = phone {
        if !world.accounts.contains_key(&phone) {
            world.create_account(Some(phone.clone()), push_name)?;
        }
        return Ok(phone);
    }
    let same_name = world.accounts.values().find(|a| !push_name.is_empty() && a.push_name == push_name);
    match same_name {
        Some(account) => Ok(account.phone.clone()),
        None => Ok(world.create_account(None, push_name)?.phone.clone()),
    }
}

fn sign_device(
    account: &crate::state::Account,
    key_index: u32,
    identity: &[u8; 32],
    secret: &[u8],
    now: i64,
) -> Result<Vec<u8>> {
    let details = wa::ADVDeviceIdentity {
        raw_id: Some(account.raw_id),
        timestamp: u64::try_from(now).ok(),
        key_index: Some(key_index),
        ..Default::default()
    }
    .encode_to_vec();
    let phone = &account.virtual_phone;
    let signed = wa::ADVSignedDeviceIdentity {
        account_signature_key: Some(phone.identity().public_bytes().to_vec()),
        account_signature: Some(phone.sign(&[&ACCOUNT_SIGNATURE, details.as_slice(), identity].concat())?.0),
        details: Some(details),
        ..Default::default()
    }
    .encode_to_vec();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| anyhow!("bad secret"))?;
    mac.update(&signed);
    Ok(wa::ADVSignedDeviceIdentityHMAC {
        hmac: Some(mac.finalize().into_bytes().to_vec()),
        details: Some(signed),
        ..Default::default()
    }
    .encode_to_vec())
}

/// An IQ on a connection that is not logged in.
pub fn iq(world: &mut World, conn: ConnId, node: &Node) {
    if let Some(sign) = node.child("pair-device-sign") {
        signed(world, conn, sign.child("device-identity").and_then(StanzaExt::body).unwrap_or_default());
        return;
    }
    match node.text("type").as_deref() {
        Some("result") => {}
        Some("error") => {
            tracing::warn!("the client refused to be linked");
            if let Some(Peer::Pairing(pairing)) = world.conns.get_mut(&conn).map(|c| &mut c.peer) {
                pairing.pending = None;
            }
        }
        _ if passkey::iq(world, conn, node) => {}
        _ if node.child("link_code_companion_reg").is_some() => pair_code::iq(world, conn, node),
        _ if node.text("xmlns").as_deref() == Some("w:p") => world.send(conn, iq_result(node, [])),
        _ => world.send(conn, iq_error(node, 501, "feature-not-implemented")),
    }
}

/// The client accepted: its device exists from now on, and it has to log in as such.
fn signed(world: &mut World, conn: ConnId, identity: Vec<u8>) {
    let Some(Peer::Pairing(pairing)) = world.conns.get_mut(&conn).map(|c| &mut c.peer) else { return };
    let Some(pending) = pairing.pending.take() else { return };
    let (addr, mut device) = *pending;
    device.identity = Blob(identity);
    let Some(account) = world.accounts.get_mut(&addr.phone) else { return };
    account.devices.insert(addr.device, device);
    world.touch();
    tracing::info!(device = addr.device, "a device was linked");
    devices::announce(world, &addr, "add");
    login::kick(world, conn, 515, None);
}
