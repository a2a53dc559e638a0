//! Messages: acknowledge the sender, then give each recipient device its copy.
//!
//! A copy goes to a device once: a stanza id that comes again is acknowledged again and counted, but only devices that
//! have not been given it (or asked for it again by a retry receipt) get it. Retry resends name one device.

use std::time::Duration;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::{groups, newsletters, privacy, tokens};
use crate::phone::inbox;
use crate::stanza::{StanzaExt, ack};
use crate::state::fault::Verdict;
use crate::state::queue::{Class, Queued};
use crate::state::world::{ConnId, Out};
use crate::state::{Addr, World};

/// Children of a message that are for the server or for one device, not for every recipient.
const NOT_RELAYED: [&str; 6] = ["participants", "enc", "device-identity", "tctoken", "cstoken", "privacy"];

/// The refusal of a message that the server does not understand.
const MALFORMED: u16 = 479;

/// A message stanza from a device.
pub fn handle(world: &mut World, conn: ConnId, sender: &Addr, node: &Node) {
    let (Some(to), Some(id)) = (node.jid("to"), node.text("id")) else { return };
    if node.text("category").as_deref() == Some("peer") {
        world.send(conn, ack("message", node, world.now()));
        relay_to_one(world, sender, &to, node, None);
        return;
    }
    let chat = chat_of(world, &to);
    let one_device = to.device != 0 || node.jid("participant").is_some();
    if one_device && node.child("enc").is_some() {
        world.send(conn, ack("message", node, world.now()));
        let key = crate::state::relay::RelayLog::key(&sender.phone, &chat, &id);
        resend(world, sender, &to, node, key);
        return;
    }
    if to.server == Server::Newsletter {
        newsletters::posts::handle(world, conn, sender, to.user.as_str(), node);
        return;
    }
    if let Some(code) = groups::refuses(world, sender, &to).or_else(|| malformed(node)) {
        world.send(conn, nack(world, node, code));
        return;
    }
    let (key, again) = world.relay.see(sender, &chat, &id);
    if !tokens::admits(world, &chat, &sender.phone, Some(node)) {
        if let Some(entry) = world.relay.entry(&key) {
            entry.nacked += 1;
        }
        world.send(conn, nack(world, node, tokens::STRANGER));
        return;
    }
    if again {
        tracing::debug!("a message id came again");
    }
    let acknowledged = ack("message", node, world.now());
    if !acknowledge(world, conn, sender, node, &key, acknowledged) {
        return;
    }
    match to.server {
        Server::Group => relay_group(world, sender, &to, node, &key),
        Server::Broadcast => relay_status(world, sender, &to, node, &key),
        _ => relay_direct(world, sender, &to, node, &key),
    }
}

/// WhatsApp's server drops messages of the type `media` that do not say which media; here they are refused, so that a
/// sender learns of it at once.
fn malformed(node: &Node) -> Option<u16> {
    let to_devices = node.child("participants").map(StanzaExt::kids).unwrap_or_default();
    let mut encs =
        to_devices.iter().flat_map(StanzaExt::kids).chain(node.kids()).filter(|kid| kid.tag == "enc");
    let says = encs.clone().any(|enc| enc.text("mediatype").is_some());
    (node.text("type").as_deref() == Some("media") && encs.next().is_some() && !says).then_some(MALFORMED)
}

/// Acknowledges a message as the faults will have it; false when it was refused and must not be relayed.
pub fn acknowledge(
    world: &mut World,
    conn: ConnId,
    sender: &Addr,
    node: &Node,
    key: &str,
    acknowledged: Node,
) -> bool {
    match world.faults.next_ack(&sender.phone) {
        Verdict::Nack(code) => {
            if let Some(entry) = world.relay.entry(key) {
                entry.nacked += 1;
            }
            world.send(conn, nack(world, node, code));
            return false;
        }
        Verdict::Silence => {
            if let Some(entry) = world.relay.entry(key) {
                entry.dropped_acks += 1;
            }
        }
        Verdict::Ack(delay) => {
            if let Some(entry) = world.relay.entry(key) {
                entry.acked += 1;
            }
            send_later(world, conn, acknowledged, delay);
        }
    }
    true
}

/// The chat of an address: a phone number, or the group's address.
pub fn chat_of(world: &World, to: &Jid) -> String {
    world.phone_of(to).unwrap_or_else(|| to.to_non_ad_string())
}

/// The refusal of a message.
pub fn nack(world: &World, node: &Node, code: u16) -> Node {
    let mut refused = ack("message", node, world.now());
    refused.attrs.insert("error", code);
    refused
}

/// Writes a stanza to a connection after this long; it waits for nobody.
pub fn send_later(world: &World, conn: ConnId, node: Node, delay: Duration) {
    if delay.is_zero() {
        world.send(conn, node);
    } else if let Some(tx) = world.conns.get(&conn).map(|c| c.tx.clone()) {
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let _ = tx.send(Out::Stanza(Box::new(node)));
        });
    }
}

fn relay_direct(world: &mut World, sender: &Addr, to: &Jid, node: &Node, key: &str) {
    let Some(participants) = node.child("participants") else {
        relay_to_one(world, sender, to, node, Some(key.to_owned()));
        return;
    };
    for one in participants.kids() {
        let Some(jid) = one.jid("jid") else { continue };
        let Some(target) = world.addr_of(&jid) else { continue };
        let unwanted = target == *sender || privacy::blocks(world, &target.phone, &sender.phone);
        if unwanted || world.relay.already_given(key, &target) {
            continue;
        }
        let mut copy = direct_copy(world, sender, &target, jid.server, to, node);
        push_children(&mut copy, one.kids().to_vec());
        push_children(&mut copy, node.child("device-identity").cloned());
        deliver(world, &target, copy, Some(key.to_owned()));
    }
}

/// A message with its `<enc>` directly under it, for exactly the device it names.
fn relay_to_one(world: &mut World, sender: &Addr, to: &Jid, node: &Node, key: Option<String>) {
    let Some(target) = world.addr_of(to) else { return };
    let peer = node.text("category").as_deref() == Some("peer");
    // A peer answer has to go to the requester's LID, so that is where a peer message comes from.
    let space = if peer { Server::Lid } else { to.server };
    let mut copy = direct_copy(world, sender, &target, space, to, node);
    push_children(&mut copy, node.get_children_by_tag("enc").cloned());
    push_children(&mut copy, node.child("device-identity").cloned());
    deliver(world, &target, copy, key);
}

/// A resend after a retry receipt: the same id, one device.
fn resend(world: &mut World, sender: &Addr, to: &Jid, node: &Node, key: String) {
    if to.server == Server::Group || to.server == Server::Broadcast {
        let target = node.jid("participant").and_then(|jid| world.addr_of(&jid));
        let Some(target) = target else { return };
        let mut copy = group_copy(world, sender, to, node);
        push_children(&mut copy, node.get_children_by_tag("enc").cloned());
        push_children(&mut copy, node.child("device-identity").cloned());
        deliver(world, &target, copy, Some(key));
    } else {
        relay_to_one(world, sender, to, node, Some(key));
    }
}

fn relay_group(world: &mut World, sender: &Addr, to: &Jid, node: &Node, key: &str) {
    let Some(group) = world.groups.get(to.user.as_str()) else { return };
    let members: Vec<String> = group.members.keys().cloned().collect();
    let targets: Vec<Addr> = members
        .iter()
        .filter_map(|phone| world.accounts.get(phone))
        .flat_map(|account| account.all_devices())
        .filter(|target| target != sender)
        .collect();
    relay_fanout(world, sender, to, node, key, &targets);
}

/// A status goes to the users that the sender listed.
fn relay_status(world: &mut World, sender: &Addr, to: &Jid, node: &Node, key: &str) {
    let listed = node.child("participants").map(StanzaExt::kids).unwrap_or_default();
    let mut phones: Vec<String> = listed.iter().filter_map(|one| world.phone_of(&one.jid("jid")?)).collect();
    phones.sort();
    phones.dedup();
    let targets: Vec<Addr> = phones
        .iter()
        .filter_map(|phone| world.accounts.get(phone))
        .flat_map(|account| account.all_devices())
        .filter(|target| target != sender)
        .collect();
    relay_fanout(world, sender, to, node, key, &targets);
}

/// Each target gets its own `<enc>` (the sender key), if there is one, and the common `<enc type="skmsg">`.
fn relay_fanout(world: &mut World, sender: &Addr, to: &Jid, node: &Node, key: &str, targets: &[Addr]) {
    let listed: Vec<(Addr, Vec<Node>)> = node
        .child("participants")
        .map(StanzaExt::kids)
        .unwrap_or_default()
        .iter()
        .filter_map(|one| Some((world.addr_of(&one.jid("jid")?)?, one.kids().to_vec())))
        .collect();
    let common: Vec<Node> = node.get_children_by_tag("enc").cloned().collect();
    let identity = node.child("device-identity").cloned();
    for target in targets {
        if world.relay.already_given(key, target) {
            continue;
        }
        let own = listed.iter().find(|(addr, _)| addr == target).map(|(_, kids)| kids.clone());
        if own.is_none() && common.is_empty() {
            continue;
        }
        let mut copy = group_copy(world, sender, to, node);
        push_children(&mut copy, own.unwrap_or_default());
        push_children(&mut copy, common.clone());
        push_children(&mut copy, identity.clone());
        deliver(world, target, copy, Some(key.to_owned()));
    }
}

/// The envelope of a direct message as its recipient sees it, without the ciphertext.
fn direct_copy(world: &World, sender: &Addr, target: &Addr, space: Server, to: &Jid, node: &Node) -> Node {
    let peer = node.text("category").as_deref() == Some("peer");
    let mut copy = envelope(world, sender, node).attr("from", world.jid_like(sender, space));
    if target.phone == sender.phone && !peer {
        // A companion's copy of what its account sent names the chat, and the chat's other address.
        let chat = node.jid("recipient").unwrap_or_else(|| to.clone()).to_non_ad();
        if let Some((name, other)) = other_address(world, &chat) {
            copy = copy.attr(name, other);
        }
        return copy.attr("recipient", chat).build();
    }
    let other = if space == Server::Lid { "sender_pn" } else { "sender_lid" };
    let mut alternative = world.jid_unlike(sender, space);
    alternative.device = 0;
    copy = copy.attr(other, alternative);
    copy.build()
}

/// The attribute that names the other address of a chat with one account, and that address.
pub fn other_address(world: &World, chat: &Jid) -> Option<(&'static str, Jid)> {
    let account = world.account_of(chat)?;
    Some(match chat.server {
        Server::Lid => ("peer_recipient_pn", account.pn_jid()),
        _ => ("peer_recipient_lid", account.lid_jid()),
    })
}

/// The envelope of a group or status message, without the ciphertext.
fn group_copy(world: &World, sender: &Addr, to: &Jid, node: &Node) -> Node {
    let mode = node.text("addressing_mode");
    let space = if mode.as_deref() == Some("pn") { Server::Pn } else { Server::Lid };
    let mut copy = envelope(world, sender, node)
        .attr("from", to.clone())
        .attr("participant", world.jid_like(sender, space))
        .attr("addressing_mode", if space == Server::Lid { "lid" } else { "pn" });
    let other = if space == Server::Lid { "participant_pn" } else { "participant_lid" };
    let mut alternative = world.jid_unlike(sender, space);
    alternative.device = 0;
    copy = copy.attr(other, alternative);
    copy.build()
}

fn envelope(world: &World, sender: &Addr, node: &Node) -> NodeBuilder {
    let name = world.accounts.get(&sender.phone).map(|a| a.push_name.clone()).unwrap_or_default();
    let mut copy = NodeBuilder::new("message")
        .attr("id", node.text("id").unwrap_or_default())
        .attr("type", node.text("type").unwrap_or_else(|| "text".to_owned()))
        .attr("t", world.now())
        .attr("notify", name);
    for key in ["edit", "category", "push_priority"] {
        if let Some(value) = node.text(key) {
            copy = copy.attr(key, value);
        }
    }
    let passed = node.kids().iter().filter(|child| !NOT_RELAYED.contains(&&*child.tag)).cloned();
    copy.children(passed)
}

fn push_children(node: &mut Node, more: impl IntoIterator<Item = Node>) {
    use wacore_binary::node::NodeContent;
    match &mut node.content {
        Some(NodeContent::Nodes(children)) => children.extend(more),
        other => *other = Some(NodeContent::Nodes(more.into_iter().collect())),
    }
}

/// Gives a stanza to a device: the virtual phone reads it at once, a linked device gets it over its queue.
pub fn deliver(world: &mut World, target: &Addr, node: Node, relay: Option<String>) {
    if target.device != 0 {
        world.enqueue(target, Queued::new(Class::Message, &node, relay), node);
        return;
    }
    if let Some(delivery) = relay.as_ref().and_then(|key| world.relay.delivery(key, target)) {
        delivery.queued += 1;
        delivery.sent += 1;
    }
    let read = inbox::message(world, target, &node);
    if let Some(delivery) = relay.and_then(|key| world.relay.delivery(&key, target)) {
        delivery.settled = read;
        delivery.retries += u32::from(!read);
    }
}
