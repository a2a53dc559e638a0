//! Prekeys: upload, count, digest, bundles. Each bundle takes another one-time prekey out of the list.

use std::collections::VecDeque;

use wacore::prekeys::compute_key_bundle_digest;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::tokens;
use crate::phone::cipher::Bundle;
use crate::phone::peer;
use crate::stanza::{StanzaExt, bytes, iq_error, iq_result};
use crate::state::account::{DeviceKeys, SignedPublic};
use crate::state::blob::Blob;
use crate::state::{Addr, World};

/// The type byte of Curve25519 keys.
const DJB: u8 = 5;

/// `encrypt` IQs.
pub fn iq(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    if let Some(wanted) = node.child("key") {
        let users: Vec<Node> = wanted.kids().iter().map(|user| bundle_node(world, user)).collect();
        return Some(iq_result(node, [NodeBuilder::new("list").children(users).build()]));
    }
    if node.child("count").is_some() {
        let keys = world.device(addr)?.keys.as_ref();
        let count = keys.map_or(0, |keys| keys.one_time.len());
        return Some(iq_result(node, [NodeBuilder::new("count").attr("value", count).build()]));
    }
    if node.child("digest").is_some() {
        return Some(digest(world, addr, node));
    }
    if let Some(rotate) = node.child("rotate") {
        let signed = signed_public(rotate.child("skey")?)?;
        world.device_mut(addr)?.keys.as_mut()?.signed = signed;
        world.touch();
        return Some(iq_result(node, []));
    }
    if node.child("identity").is_some() {
        return Some(match upload(world, addr, node) {
            Some(()) => iq_result(node, []),
            None => iq_error(node, 406, "not-acceptable"),
        });
    }
    None
}

/// After the first upload the phone can encrypt for the device: it shares the app-state key.
pub fn after_answer(world: &mut World, addr: &Addr) {
    let due = world.device(addr).is_some_and(|device| device.keys.is_some() && !device.key_shared);
    if !due {
        return;
    }
    if let Some(device) = world.device_mut(addr) {
        device.key_shared = true;
    }
    if let Err(error) = peer::share_app_state_key(world, addr) {
        tracing::warn!("sharing the app-state key: {error:#}");
    }
    tokens::deliver_salt(world, addr);
}

fn upload(world: &mut World, addr: &Addr, node: &Node) -> Option<()> {
    let registration = node.child("registration")?.body()?;
    let identity = node.child("identity")?.body()?;
    let one_time: VecDeque<(u32, Blob)> = node
        .child("list")?
        .kids()
        .iter()
        .filter_map(|key| Some((number(&key.child("id")?.body()?), Blob(key.child("value")?.body()?))))
        .collect();
    let signed = signed_public(node.child("skey")?)?;
    let device = world.device_mut(addr)?;
    match &mut device.keys {
        Some(keys) if keys.identity.0 == identity => {
            let known: Vec<u32> = keys.one_time.iter().map(|(id, _)| *id).collect();
            keys.one_time.extend(one_time.into_iter().filter(|(id, _)| !known.contains(id)));
            keys.signed = signed;
            keys.registration_id = number(&registration);
        }
        _ => {
            device.keys = Some(DeviceKeys {
                registration_id: number(&registration),
                identity: Blob(identity),
                signed,
                one_time,
            });
        }
    }
    world.touch();
    Some(())
}

fn signed_public(skey: &Node) -> Option<SignedPublic> {
    Some(SignedPublic {
        id: number(&skey.child("id")?.body()?),
        public: Blob(skey.child("value")?.body()?),
        signature: Blob(skey.child("signature")?.body()?),
    })
}

fn digest(world: &World, addr: &Addr, node: &Node) -> Node {
    let Some(keys) = world.device(addr).and_then(|device| device.keys.as_ref()) else {
        return iq_error(node, 404, "item-not-found");
    };
    let publics: Vec<&[u8]> = keys.one_time.iter().map(|(_, public)| public.0.as_slice()).collect();
    let hash = compute_key_bundle_digest(
        &keys.identity.0,
        &keys.signed.public.0,
        &keys.signed.signature.0,
        &publics,
    );
    let ids: Vec<Node> = keys.one_time.iter().map(|(id, _)| bytes("id", three_bytes(*id))).collect();
    let digest = NodeBuilder::new("digest")
        .children([
            bytes("registration", keys.registration_id.to_be_bytes()),
            bytes("type", [DJB]),
            bytes("identity", keys.identity.0.clone()),
            skey_node(keys.signed.id, &keys.signed.public.0, &keys.signed.signature.0),
            NodeBuilder::new("list").children(ids).build(),
            bytes("hash", hash),
        ])
        .build();
    iq_result(node, [digest])
}

fn bundle_node(world: &mut World, user: &Node) -> Node {
    let Some(jid) = user.jid("jid") else { return NodeBuilder::new("user").build() };
    let answer = NodeBuilder::new("user").attr("jid", jid.clone());
    let bundle = world.addr_of(&jid).and_then(|addr| Some((take_bundle(world, &addr)?, addr)));
    let Some((bundle, addr)) = bundle else {
        let error = NodeBuilder::new("error").attr("code", 404).attr("text", "item-not-found").build();
        return answer.children([error]).build();
    };
    let mut children = vec![bytes("registration", bundle.registration_id.to_be_bytes())];
    children.extend(bundle_keys(bundle));
    if let Some(device) = world.device(&addr) {
        children.push(bytes("device-identity", device.identity.0.clone()));
    }
    answer.attr("type", "result").children(children).build()
}

fn bundle_keys(bundle: Bundle) -> Vec<Node> {
    let mut children = vec![
        bytes("type", [DJB]),
        bytes("identity", bundle.identity),
        skey_node(bundle.signed.0, &bundle.signed.1, &bundle.signed.2),
    ];
    if let Some((id, public)) = bundle.one_time {
        let key = NodeBuilder::new("key").children([bytes("id", three_bytes(id)), bytes("value", public)]);
        children.push(key.build());
    }
    children
}

/// `<keys>` of a retry receipt: with them a session can be made without asking the server.
pub fn keys_node(world: &mut World, addr: &Addr) -> Option<Node> {
    let bundle = take_bundle(world, addr)?;
    Some(NodeBuilder::new("keys").children(bundle_keys(bundle)).build())
}

/// A device's bundle with a one-time prekey that nobody else gets.
pub fn take_bundle(world: &mut World, addr: &Addr) -> Option<Bundle> {
    let account = world.accounts.get_mut(&addr.phone)?;
    let bundle = if addr.device == 0 {
        let phone = &mut account.virtual_phone;
        Bundle {
            registration_id: phone.identities.registration_id,
            identity: phone.identity().public_bytes().to_vec(),
            signed: (
                phone.signed.id,
                phone.signed.pair.public_bytes().to_vec(),
                phone.signed.signature.0.clone(),
            ),
            one_time: Some(phone.one_time.hand_out()),
        }
    } else {
        let keys = account.devices.get_mut(&addr.device)?.keys.as_mut()?;
        Bundle {
            registration_id: keys.registration_id,
            identity: keys.identity.0.clone(),
            signed: (keys.signed.id, keys.signed.public.0.clone(), keys.signed.signature.0.clone()),
            one_time: keys.one_time.pop_front().map(|(id, public)| (id, public.0)),
        }
    };
    world.touch();
    Some(bundle)
}

fn skey_node(id: u32, public: &[u8], signature: &[u8]) -> Node {
    NodeBuilder::new("skey")
        .children([bytes("id", three_bytes(id)), bytes("value", public), bytes("signature", signature)])
        .build()
}

fn three_bytes(id: u32) -> Vec<u8> {
    id.to_be_bytes()[1..].to_vec()
}

/// A big-endian number of up to four bytes.
fn number(big_endian: &[u8]) -> u32 {
    big_endian.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte))
}
