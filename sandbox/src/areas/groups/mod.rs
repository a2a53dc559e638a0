//! Groups: `w:g2` IQs.
//!
//! - [`members`] create, add, remove, promote, demote, leave, requests to join
//! - [`invites`] the invite link: code, reset, look, join
//! - [`settings`] subject, description, locks, disappearing messages, approval
//! - [`communities`] groups of groups
//! - [`describe`] the `<group>` node and the notifications to members

pub mod communities;
pub mod describe;
pub mod invites;
pub mod members;
pub mod settings;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use crate::stanza::{StanzaExt, iq_error, iq_result};
use crate::state::{Addr, World};

/// Why a message to this chat is refused, if it is: no member, not allowed to write, or a kind of chat not built here.
pub fn refuses(world: &World, sender: &Addr, to: &Jid) -> Option<u16> {
    match to.server {
        Server::Group => {}
        Server::Pn | Server::Lid | Server::Broadcast => return None,
        _ => return Some(501),
    }
    let Some(group) = world.groups.get(to.user.as_str()) else { return Some(404) };
    let member = group.members.contains_key(&sender.phone);
    let silenced = group.announcement && !group.is_admin(&sender.phone);
    (!member || silenced).then_some(403)
}

/// `w:g2` IQs: to a group, or to the group server.
pub fn iq(world: &mut World, addr: &Addr, node: &Node) -> Option<Node> {
    let to = node.jid("to")?;
    let get = node.text("type").as_deref() == Some("get");
    if to.user.is_empty() {
        return to_server(world, addr, node, get);
    }
    let id = to.user.to_string();
    if !world.groups.contains_key(&id) {
        return Some(iq_error(node, 404, "item-not-found"));
    }
    let what = node.kids().first()?;
    if &*what.tag == "accept" {
        return Some(members::join(world, addr, node, &id));
    }
    let looking = get && communities::may_look(world, &addr.phone, &id);
    if !world.groups.get(&id)?.members.contains_key(&addr.phone) && !looking {
        return Some(iq_error(node, 403, "forbidden"));
    }
    if let Some(answer) = communities::iq(world, addr, node, &id, what, get) {
        return Some(answer);
    }
    match (&*what.tag, get) {
        ("query", true) => {
            let group = world.groups.get(&id)?;
            Some(iq_result(node, [describe::group_node(world, group)]))
        }
        ("invite", get) => invites::of_group(world, addr, node, &id, get),
        ("add" | "remove" | "promote" | "demote", false) => {
            let answer = members::change(world, addr, &id, what);
            Some(answer.map_or_else(|code| iq_error(node, code, "forbidden"), |done| iq_result(node, [done])))
        }
        ("membership_approval_requests", true) => members::requests(world, node, &id),
        ("membership_requests_action", false) => members::decide(world, addr, node, &id),
        ("ack", false) => Some(iq_result(node, [])),
        (_, false) => settings::set(world, addr, node, &id, what),
        _ => None,
    }
}

fn to_server(world: &mut World, addr: &Addr, node: &Node, get: bool) -> Option<Node> {
    let what = node.kids().first()?;
    match (&*what.tag, get) {
        ("create", false) => members::create(world, addr, node, what),
        ("leave", false) => {
            for group in what.kids() {
                let id = group.jid("id").map(|jid| jid.user.to_string()).or_else(|| group.text("id"))?;
                members::leave(world, addr, &id);
            }
            Some(iq_result(node, []))
        }
        ("participating", true) => {
            let mine = world.groups.values().filter(|group| group.members.contains_key(&addr.phone));
            let nodes: Vec<Node> = mine.map(|group| describe::group_node(world, group)).collect();
            Some(iq_result(node, [NodeBuilder::new("groups").children(nodes).build()]))
        }
        ("query", true) => {
            let nodes: Vec<Node> =
                what.kids().iter().filter_map(|asked| batch_item(world, addr, asked)).collect();
            Some(iq_result(node, [NodeBuilder::new("groups").children(nodes).build()]))
        }
        ("invite", get) => invites::by_code(world, addr, node, what, get),
        ("pictures", true) => Some(iq_result(node, [pictures(world, addr, what)])),
        _ => None,
    }
}

/// The pictures of several groups; those without one are left out.
fn pictures(world: &World, addr: &Addr, asked: &Node) -> Node {
    let found = asked.kids().iter().filter_map(|one| {
        let jid = one.jid("jid")?;
        let group = world.groups.get(jid.user.as_str()).filter(|g| g.members.contains_key(&addr.phone))?;
        let picture = group.picture.as_ref()?;
        let node = NodeBuilder::new("picture")
            .attr("jid", jid)
            .attr("id", picture.id.as_str())
            .attr("url", format!("https://{}{}", world.authority, picture.path))
            .attr("direct_path", picture.path.as_str());
        Some(node.build())
    });
    NodeBuilder::new("pictures").children(found).build()
}

fn batch_item(world: &World, addr: &Addr, asked: &Node) -> Option<Node> {
    let jid = asked.jid("jid")?;
    let group = world.groups.get(jid.user.as_str());
    let refused =
        |code: u16| NodeBuilder::new("group").attr("id", jid.user.as_str()).attr("error", code).build();
    Some(match group {
        None => refused(404),
        Some(group) if !group.members.contains_key(&addr.phone) => refused(403),
        Some(group) => describe::group_node(world, group),
    })
}
