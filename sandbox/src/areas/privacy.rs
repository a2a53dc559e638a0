//! Privacy settings, the blocklist, AB props.

use std::collections::BTreeMap;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::tokens;
use crate::stanza::{StanzaExt, iq_result};
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// The categories a client expects to be told, and their values until someone changes them.
const CATEGORIES: [&str; 7] = ["readreceipts", "last", "profile", "status", "online", "groupadd", "calladd"];

/// Experiments that are on: attach trusted-contact tokens to messages, issue them to LIDs, attach them to pictures.
const AB_PROPS: [u32; 3] = [10_518, 14_303, 9_666];

/// Prove the own salt to strangers.
const NCT_SEND: u32 = 24_941;

/// `abt`: the experiments this client is in.
pub fn ab_props(world: &World, addr: &Addr, node: &Node) -> Node {
    let proves = world.accounts.get(&addr.phone).is_some_and(|account| account.guard.nct_send_ab);
    let codes = AB_PROPS.into_iter().chain(proves.then_some(NCT_SEND));
    let props = codes
        .map(|code| NodeBuilder::new("prop").attr("config_code", code).attr("config_value", "1").build());
    let answer = NodeBuilder::new("props")
        .attr("protocol", 1)
        .attr("hash", "sandbox")
        .attr("refresh", 86_400)
        .attr("refresh_id", 1)
        .children(props)
        .build();
    iq_result(node, [answer])
}

/// `blocklist`: get, or block and unblock one address.
pub fn blocklist(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    let account = world.accounts.get_mut(&addr.phone)?;
    let mut changes = Vec::new();
    for item in node.kids().iter().filter(|child| &*child.tag == "item") {
        let jid = item.text("jid")?;
        let action = item.text("action").unwrap_or_default();
        let change = NodeBuilder::new("item").attr("jid", jid.as_str()).attr("action", action.as_str());
        changes.push(change.build());
        match action.as_str() {
            "block" => account.blocked.insert(jid),
            _ => account.blocked.remove(&jid),
        };
    }
    if !changes.is_empty() {
        tell_blocked(world, addr, changes);
    }
    let account = world.accounts.get(&addr.phone)?;
    let blocked: Vec<Node> =
        account.blocked.iter().map(|jid| NodeBuilder::new("item").attr("jid", jid).build()).collect();
    world.touch();
    let list = NodeBuilder::new("list").attr("dhash", "sandbox");
    Some(iq_result(node, [list.children(blocked).build()]))
}

/// Somebody is blocked, or not any more, on the phone: its clients are told.
pub fn block(world: &mut World, own: &Addr, who: &str, blocked: bool) {
    let Some(other) = world.accounts.get(who).map(|account| account.lid_jid().to_string()) else { return };
    let Some(account) = world.accounts.get_mut(&own.phone) else { return };
    match blocked {
        true => account.blocked.insert(other.clone()),
        false => account.blocked.remove(&other),
    };
    world.touch();
    let action = if blocked { "block" } else { "unblock" };
    let change = NodeBuilder::new("item").attr("jid", other).attr("action", action).build();
    tell_blocked(world, own, vec![change]);
}

/// The account's other devices learn of a change of the blocklist.
fn tell_blocked(world: &mut World, actor: &Addr, changes: Vec<Node>) {
    let Some(account) = world.accounts.get(&actor.phone) else { return };
    let from = account.pn_jid();
    let siblings: Vec<u16> = account.devices.keys().copied().filter(|id| *id != actor.device).collect();
    let list = NodeBuilder::new("blocklist").attr("action", "modify").attr("dhash", "sandbox");
    let list = list.children(changes).build();
    for sibling in siblings {
        let id = world.fresh_id("block");
        let notice = NodeBuilder::new("notification")
            .attr("type", "account_sync")
            .attr("from", from.clone())
            .attr("id", id)
            .attr("t", world.now())
            .children([list.clone()])
            .build();
        let target = Addr::new(&*actor.phone, sibling);
        world.enqueue(&target, Queued::new(Class::Notification, &notice, None), notice);
    }
}

/// Whether this account has blocked that one: its direct messages are acknowledged and go nowhere.
pub fn blocks(world: &World, account: &str, other: &str) -> bool {
    let Some(blocked) = world.accounts.get(account).map(|a| &a.blocked).filter(|b| !b.is_empty()) else {
        return false;
    };
    let names = world.accounts.get(other).map(|a| [a.pn_jid().to_string(), a.lid_jid().to_string()]);
    names.is_some_and(|names| names.iter().any(|name| blocked.contains(name)))
}

/// `privacy`: settings (get, set), or tokens issued to contacts.
pub fn privacy(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    if let Some(tokens) = node.child("tokens") {
        tokens::issue_all(world, addr, tokens);
        return Some(iq_result(node, []));
    }
    let asked = node.child("privacy")?;
    let account = world.accounts.get_mut(&addr.phone)?;
    for category in asked.kids() {
        if let (Some(name), Some(value)) = (category.text("name"), category.text("value")) {
            account.privacy.insert(name, value);
        }
    }
    let mut values: BTreeMap<&str, &str> = CATEGORIES.iter().map(|name| (*name, "all")).collect();
    values.extend(account.privacy.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let categories: Vec<Node> = values
        .into_iter()
        .map(|(name, value)| NodeBuilder::new("category").attr("name", name).attr("value", value).build())
        .collect();
    world.touch();
    Some(iq_result(node, [NodeBuilder::new("privacy").children(categories).build()]))
}
