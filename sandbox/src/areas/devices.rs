//! Who has which devices: usync queries, device notifications, unlinking.

use anyhow::Result;
use buffa::Message;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp as wa;

use super::login;
use crate::stanza::{StanzaExt, bytes, iq_result};
use crate::state::account::Account;
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// What the signature of a key-index list is made over, before its details.
const KEY_INDEX_SIGNATURE: [u8; 2] = [6, 2];

/// A usync query: for each user, the protocols that were asked for.
pub fn usync(world: &mut World, asker: &Addr, node: &Node) -> Option<Node> {
    let usync = node.child("usync")?;
    let protocols: Vec<String> = usync.child("query")?.kids().iter().map(|p| p.tag.to_string()).collect();
    let users: Vec<Node> = usync
        .child("list")?
        .kids()
        .iter()
        .filter_map(|user| answer_user(world, asker, user, &protocols))
        .collect();
    let states = protocols.iter().map(|p| NodeBuilder::new_dynamic(p.clone()).build()).collect::<Vec<_>>();
    let answer = NodeBuilder::new("usync")
        .attr("sid", usync.text("sid").unwrap_or_default())
        .attr("index", 0)
        .attr("last", "true")
        .attr("mode", usync.text("mode").unwrap_or_else(|| "query".to_owned()))
        .attr("context", usync.text("context").unwrap_or_else(|| "message".to_owned()))
        .children([
            NodeBuilder::new("result").children(states).build(),
            NodeBuilder::new("list").children(users).build(),
        ])
        .build();
    Some(iq_result(node, [answer]))
}

fn answer_user(world: &mut World, asker: &Addr, user: &Node, protocols: &[String]) -> Option<Node> {
    let contact = user.child("contact").and_then(StanzaExt::body_text);
    let asked = match (user.jid("jid"), &contact) {
        (Some(jid), _) => jid.to_non_ad(),
        (None, Some(number)) => Jid::pn(number.trim_start_matches('+')),
        (None, None) => user.jid("pn_jid")?.to_non_ad(),
    };
    let mut answer = NodeBuilder::new("user").attr("jid", asked.clone());
    let Some(phone) = world.phone_of(&asked) else {
        // Not on WhatsApp: only a contact query has an answer.
        if !protocols.iter().any(|p| p == "contact") {
            return None;
        }
        let out = contact_node("out", contact.as_deref());
        return Some(answer.children([out]).build());
    };
    let account = world.accounts.get_mut(&phone)?;
    if account.known_by.insert(asker.phone.clone()) {
        world.touch();
    }
    let account = world.accounts.get(&phone)?;
    answer = answer.attr("pn_jid", account.pn_jid());
    let mut children = Vec::new();
    for protocol in protocols {
        match protocol.as_str() {
            "devices" => children.push(device_list(account, world.now()).ok()?),
            "lid" if asked.server == Server::Pn => {
                children.push(NodeBuilder::new("lid").attr("val", account.lid_jid()).build());
            }
            "contact" => children.push(contact_node("in", contact.as_deref())),
            "status" => children.push(bytes("status", account.about.as_bytes())),
            "picture" => {
                if let Some(picture) = &account.picture {
                    children.push(NodeBuilder::new("picture").attr("id", picture.id.as_str()).build());
                }
            }
            _ => {}
        }
    }
    Some(answer.children(children).build())
}

fn contact_node(kind: &'static str, number: Option<&str>) -> Node {
    let contact = NodeBuilder::new("contact").attr("type", kind);
    match number {
        Some(number) => contact.bytes(number.as_bytes()).build(),
        None => contact.build(),
    }
}

fn device_list(account: &Account, now: i64) -> Result<Node> {
    let mut list = vec![NodeBuilder::new("device").attr("id", 0).build()];
    for device in account.devices.values() {
        let node =
            NodeBuilder::new("device").attr("id", device.id).attr("key-index", device.key_index).build();
        list.push(node);
    }
    let list = NodeBuilder::new("device-list").children(list).build();
    Ok(NodeBuilder::new("devices").children([list, key_index_list(account, now)?]).build())
}

fn key_index_list(account: &Account, now: i64) -> Result<Node> {
    let indexes: Vec<u32> = account.devices.values().map(|d| d.key_index).collect();
    let details = wa::ADVKeyIndexList {
        raw_id: Some(account.raw_id),
        timestamp: u64::try_from(now).ok(),
        current_index: Some(u32::from(account.next_device.saturating_sub(1))),
        valid_indexes: indexes,
        ..Default::default()
    }
    .encode_to_vec();
    let phone = &account.virtual_phone;
    let signed = wa::ADVSignedKeyIndexList {
        account_signature: Some(phone.sign(&[&KEY_INDEX_SIGNATURE, details.as_slice()].concat())?.0),
        account_signature_key: Some(phone.identity().public_bytes().to_vec()),
        details: Some(details),
    };
    Ok(NodeBuilder::new("key-index-list").attr("ts", now).bytes(signed.encode_to_vec()).build())
}

/// Tells the account's other devices, and the accounts that know it, that a device came (`add`) or went (`remove`).
pub fn announce(world: &mut World, changed: &Addr, action: &'static str) {
    let Some(account) = world.accounts.get(&changed.phone) else { return };
    let now = world.now();
    let Ok(index_list) = key_index_list(account, now) else { return };
    let own = account.devices.keys().filter(|id| **id != changed.device);
    let mut targets: Vec<Addr> = own.map(|id| Addr::new(&*changed.phone, *id)).collect();
    for knower in account.known_by.iter().filter(|phone| **phone != changed.phone) {
        if let Some(knower) = world.accounts.get(knower) {
            targets.extend(knower.devices.keys().map(|id| Addr::new(&*knower.phone, *id)));
        }
    }
    let (from, lid) = (account.pn_jid(), account.lid_jid());
    let device = NodeBuilder::new("device")
        .attr("jid", changed.pn())
        .attr("lid", account.lid_device(changed.device))
        .attr("key-index", u32::from(changed.device))
        .build();
    for target in targets {
        let id = world.fresh_id("dev");
        let node = NodeBuilder::new("notification")
            .attr("type", "devices")
            .attr("from", from.clone())
            .attr("lid", lid.clone())
            .attr("id", id)
            .attr("t", now)
            .children([NodeBuilder::new(action).children([device.clone(), index_list.clone()]).build()])
            .build();
        world.enqueue(&target, Queued::new(Class::Notification, &node, None), node);
    }
}

/// `<remove-companion-device>`: a device unlinks itself (or a sibling).
pub fn remove(world: &mut World, addr: &Addr, node: &Node) {
    let wanted = node.child("remove-companion-device").and_then(|n| n.jid("jid"));
    let target = wanted.and_then(|jid| world.addr_of(&jid)).filter(|t| t.phone == addr.phone);
    unlink(world, &target.unwrap_or_else(|| addr.clone()));
}

/// Removes a device: its session ends with `device_removed`, the others hear of it.
pub fn unlink(world: &mut World, target: &Addr) {
    let Some(account) = world.accounts.get_mut(&target.phone) else { return };
    if account.devices.remove(&target.device).is_none() {
        return;
    }
    account.virtual_phone.forget_session(target);
    world.touch();
    announce(world, target, "remove");
    if let Some(conn) = world.online.remove(target) {
        login::kick(world, conn, 401, Some("device_removed"));
    }
}
