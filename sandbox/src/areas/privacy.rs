//! Privacy settings, trusted-contact tokens, the blocklist, AB props.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::stanza::{StanzaExt, iq_result};
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// The categories a client expects to be told, and their values until someone changes them.
const CATEGORIES: [&str; 7] = ["readreceipts", "last", "profile", "status", "online", "groupadd", "calladd"];

/// Experiments that are on: attach trusted-contact tokens, issue them to LIDs.
const AB_PROPS: [(u32, &str); 2] = [(10518, "1"), (14303, "1")];

/// `abt`: the experiments this client is in.
pub fn ab_props(node: &Node) -> Node {
    let props = AB_PROPS.map(|(code, value)| {
        NodeBuilder::new("prop").attr("config_code", code).attr("config_value", value).build()
    });
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
        issue_tokens(world, addr, tokens);
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

/// Makes a token bound to issuer and target, and gives it to the target's devices.
fn issue_tokens(world: &mut World, issuer: &Addr, tokens: &Node) {
    for token in tokens.kids() {
        let Some(target) = token.jid("jid").and_then(|jid| world.phone_of(&jid)) else { continue };
        let Some(account) = world.accounts.get(&issuer.phone) else { return };
        let (pn, lid) = (account.pn_jid(), account.lid_jid());
        let seed = format!("{}|{}|{target}", account.raw_id, issuer.phone);
        let value = Sha256::digest(seed.as_bytes()).to_vec();
        let time = token.text("t").unwrap_or_else(|| world.now().to_string());
        let devices = world.accounts.get(&target).map(|a| a.all_devices()).unwrap_or_default();
        for device in devices.into_iter().filter(|device| device.device != 0) {
            let id = world.fresh_id("tok");
            let content = NodeBuilder::new("token")
                .attr("type", "trusted_contact")
                .attr("t", time.as_str())
                .bytes(value.clone());
            let notice = NodeBuilder::new("notification")
                .attr("type", "privacy_token")
                .attr("from", pn.clone())
                .attr("sender_lid", lid.clone())
                .attr("id", id)
                .attr("t", world.now())
                .children([NodeBuilder::new("tokens").children([content.build()]).build()])
                .build();
            world.enqueue(&device, Queued::new(Class::Notification, &notice, None), notice);
        }
    }
}
