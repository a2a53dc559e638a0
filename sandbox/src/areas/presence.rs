//! Who is available, who is typing, and the push name that a presence may carry.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use crate::stanza::StanzaExt;
use crate::state::world::ConnId;
use crate::state::{Addr, World};

/// A presence stanza.
pub fn handle(world: &mut World, conn: ConnId, addr: &Addr, node: &Node) {
    if let Some(name) = node.text("name").filter(|name| !name.is_empty())
        && let Some(account) = world.accounts.get_mut(&addr.phone)
        && account.push_name != name
    {
        account.push_name = name;
        world.touch();
    }
    match node.text("type").as_deref() {
        Some("subscribe") => {
            let Some(to) = node.jid("to") else { return };
            world.presence_subs.entry(addr.clone()).or_default().insert(to.to_non_ad_string());
            if let Some(state) = state_node(world, &to) {
                world.send(conn, state);
            }
        }
        Some("unsubscribe") => {
            let Some(to) = node.jid("to") else { return };
            if let Some(watched) = world.presence_subs.get_mut(addr) {
                watched.remove(&to.to_non_ad_string());
            }
        }
        Some("available") => set_available(world, &addr.phone, true),
        Some("unavailable") => set_available(world, &addr.phone, false),
        _ => {}
    }
}

/// A device's connection ended: without another one its account is unavailable.
pub fn left(world: &mut World, addr: &Addr) {
    let others = world.online.keys().any(|other| other.phone == addr.phone);
    let available = world.accounts.get(&addr.phone).and_then(|a| a.available);
    if !others && available == Some(true) {
        set_available(world, &addr.phone, false);
    }
}

/// Sets an account's availability and tells who watches it.
pub fn set_available(world: &mut World, phone: &str, available: bool) {
    let now = world.now();
    let Some(account) = world.accounts.get_mut(phone) else { return };
    account.available = Some(available);
    account.last_seen = now;
    let names = [account.pn_jid(), account.lid_jid()];
    for name in names {
        let key = name.to_non_ad_string();
        let watchers: Vec<Addr> = world
            .presence_subs
            .iter()
            .filter(|(_, watched)| watched.contains(&key))
            .map(|(watcher, _)| watcher.clone())
            .collect();
        for watcher in watchers {
            if let Some(state) = state_node(world, &name) {
                world.send_live(&watcher, state);
            }
        }
    }
}

fn state_node(world: &World, of: &Jid) -> Option<Node> {
    let account = world.account_of(of)?;
    let presence = NodeBuilder::new("presence").attr("from", of.to_non_ad());
    Some(match account.available? {
        true => presence.attr("type", "available").build(),
        false => presence.attr("type", "unavailable").attr("last", account.last_seen).build(),
    })
}

/// Typing and recording: passed on to the devices that are there, never kept.
pub fn chatstate(world: &mut World, addr: &Addr, node: &Node) {
    let Some(to) = node.jid("to") else { return };
    let children = node.kids().to_vec();
    let (copy, phones) = if to.server == Server::Group {
        let Some(group) = world.groups.get(to.user.as_str()) else { return };
        let copy = NodeBuilder::new("chatstate")
            .attr("from", to.clone())
            .attr("participant", world.jid_like(&Addr::new(&*addr.phone, 0), Server::Lid));
        (copy, group.members.keys().filter(|phone| **phone != addr.phone).cloned().collect())
    } else {
        let Some(phone) = world.phone_of(&to) else { return };
        let from = world.jid_like(&Addr::new(&*addr.phone, 0), to.server);
        (NodeBuilder::new("chatstate").attr("from", from), vec![phone])
    };
    let copy = copy.children(children).build();
    for phone in phones {
        let Some(account) = world.accounts.get(&phone) else { continue };
        for target in account.all_devices() {
            world.send_live(&target, copy.clone());
        }
    }
}
