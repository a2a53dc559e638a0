//! Receipts and acks: settling what a device had still to acknowledge, and telling the sender.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::{calls, messages};
use crate::phone::{inbox, media_retry};
use crate::stanza::{StanzaExt, ack};
use crate::state::queue::{Class, Queued};
use crate::state::relay::RelayLog;
use crate::state::world::ConnId;
use crate::state::{Addr, World};

/// Receipt types that are for the account's own phone only.
const FOR_THE_PHONE: [&str; 2] = ["peer_msg", "hist_sync"];

/// Receipt types that only the account's own devices learn of.
const FOR_OWN_DEVICES: [&str; 2] = ["read-self", "played-self"];

/// A receipt stanza from a device.
pub fn handle(world: &mut World, conn: ConnId, from: &Addr, node: &Node) {
    world.send(conn, ack("receipt", node, world.now()));
    if calls::received(world, from, node) {
        return;
    }
    let kind = node.text("type");
    let ids = ids_of(node);
    let reading = matches!(kind.as_deref(), Some("read" | "played" | "read-self" | "played-self"));
    if !reading {
        for id in &ids {
            world.settle(from, Class::Message, id, None);
        }
    }
    if node.jid("to").is_some_and(|to| to.server == Server::Newsletter) {
        // Reading and viewing a newsletter is nobody else's business.
        return;
    }
    match kind.as_deref() {
        Some("server-error") => media_retry::asked(world, from, node),
        Some(kind) if FOR_THE_PHONE.contains(&kind) => {}
        Some("sender") => {}
        Some(kind) if FOR_OWN_DEVICES.contains(&kind) => {
            tell_own(world, from, node);
        }
        _ => {
            let Some(to) = node.jid("to") else { return };
            route(world, from, &to, node, &ids);
        }
    }
}

/// Tells the account's other devices only.
pub fn tell_own(world: &mut World, from: &Addr, node: &Node) {
    let Some(chat) = node.jid("to").or_else(|| node.jid("recipient")) else { return };
    let own = Addr::new(&*from.phone, 0);
    for target in siblings(world, from) {
        let copy = copy(world, from, &world.jid_like(&own, chat.server), node);
        enqueue(world, &target, copy);
    }
}

/// The message ids a receipt speaks of: its own and those of its list.
fn ids_of(node: &Node) -> Vec<String> {
    let listed = node.child("list").map(StanzaExt::kids).unwrap_or_default();
    node.text("id").into_iter().chain(listed.iter().filter_map(|item| item.text("id"))).collect()
}

fn siblings(world: &World, addr: &Addr) -> Vec<Addr> {
    let Some(account) = world.accounts.get(&addr.phone) else { return Vec::new() };
    let ids = account.devices.keys().filter(|id| **id != addr.device);
    ids.map(|id| Addr::new(&*addr.phone, *id)).collect()
}

/// Passes a receipt on to whoever sent the message.
pub fn route(world: &mut World, from: &Addr, to: &Jid, node: &Node, ids: &[String]) {
    let retry = node.text("type").as_deref() == Some("retry");
    let in_group = matches!(to.server, Server::Group | Server::Broadcast);
    let author = if in_group { node.jid("participant") } else { Some(to.clone()) };
    let Some(author) = author.and_then(|jid| world.addr_of(&jid)) else { return };
    if author.phone == from.phone && !in_group && !retry {
        return;
    }
    if retry {
        let chat = if in_group { messages::chat_of(world, to) } else { from.phone.clone() };
        note_retry(world, &author, &chat, from, ids);
    }
    let receipt = copy(world, from, to, node);
    let account = world.accounts.get(&author.phone);
    // A retry is for the one device that has to send again; the rest concerns all devices of the author.
    let targets: Vec<Addr> = match account {
        Some(account) if !retry && !in_group => account.all_devices(),
        _ => vec![author],
    };
    for target in targets {
        if target.device == 0 {
            inbox::receipt(world, &target, from, &receipt);
        } else {
            enqueue(world, &target, receipt.clone());
        }
    }
}

fn note_retry(world: &mut World, author: &Addr, chat: &str, from: &Addr, ids: &[String]) {
    for id in ids {
        // An own device's copy is logged under the chat it was sent to, which the receipt does not name.
        let mut keys = vec![RelayLog::key(&author.phone, chat, id)];
        if author.phone == from.phone {
            keys.extend(
                world.relay.find(Some(id), 1).iter().map(|e| RelayLog::key(&author.phone, &e.to, id)),
            );
        }
        for key in keys {
            if world.relay.entry(&key).is_some()
                && let Some(delivery) = world.relay.delivery(&key, from)
            {
                delivery.retries += 1;
                break;
            }
        }
    }
}

/// The receipt as the message's author sees it.
fn copy(world: &World, from: &Addr, to: &Jid, node: &Node) -> Node {
    let id = node.text("id").unwrap_or_default();
    let mut copy = NodeBuilder::new("receipt").attr("id", id).attr("t", world.now());
    if let Some(kind) = node.text("type") {
        copy = copy.attr("type", kind);
    }
    copy = match to.server {
        Server::Group | Server::Broadcast => {
            let space = node.jid("participant").map_or(Server::Lid, |jid| jid.server);
            copy.attr("from", to.to_non_ad()).attr("participant", world.jid_like(from, space))
        }
        space => copy.attr("from", world.jid_like(from, space)),
    };
    if let Some(recipient) = node.jid("recipient") {
        copy = copy.attr("recipient", recipient);
    }
    if node.kids().is_empty() { copy.build() } else { copy.children(node.kids().to_vec()).build() }
}

fn enqueue(world: &mut World, target: &Addr, node: Node) {
    world.enqueue(target, Queued::new(Class::Receipt, &node, None), node);
}

/// An `<ack>` from a device.
pub fn acked(world: &mut World, from: &Addr, node: &Node) {
    let Some(class) = node.text("class").and_then(|class| Class::parse(&class)) else { return };
    let Some(id) = node.text("id") else { return };
    world.settle(from, class, &id, node.text("type").as_deref());
}
