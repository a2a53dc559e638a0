//! Who is available, who is typing, and the push name that a presence may carry.

use std::time::{Duration, Instant};

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::tokens;
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
            let watched = world.phone_of(&to).unwrap_or_default();
            if !tokens::admits(world, &watched, &addr.phone, Some(node)) {
                // A stranger is told nothing, not even that.
                return;
            }
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

/// How long a typing notice is worth telling to a device that was not there.
const CHATSTATE_TTL: Duration = Duration::from_secs(3);

/// Typing and recording: passed on to the devices that are there, and for a moment kept for those that come back - also
/// for those that seem to be there, their socket may be dead. `age` is how long ago it was.
pub fn chatstate(world: &mut World, addr: &Addr, node: &Node, age: Duration) {
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
    let Some(at) = Instant::now().checked_sub(age) else { return };
    for phone in phones {
        let devices = world.accounts.get(&phone).map(|account| account.all_devices()).unwrap_or_default();
        for target in devices.into_iter().filter(|device| device.device != 0) {
            world.send_live(&target, copy.clone());
            let kept = world.chatstates.entry(target).or_default();
            kept.retain(|(_, other)| other.attrs.get("from") != copy.attrs.get("from"));
            kept.push((at, copy.clone()));
        }
    }
}

/// A device is there again: who was typing a moment ago is perhaps typing still.
pub fn chatstates_again(world: &mut World, conn: ConnId, addr: &Addr) {
    for (at, notice) in world.chatstates.remove(addr).unwrap_or_default() {
        if at.elapsed() < CHATSTATE_TTL {
            world.send(conn, notice);
        }
    }
}
