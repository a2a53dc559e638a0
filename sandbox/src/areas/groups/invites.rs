//! Invite links: their code, a new code, who may join with it.
//!
//! A code that was replaced is answered with 410, one that never was with 406, as WhatsApp does.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{describe, members};
use crate::stanza::{StanzaExt, iq_error, iq_result};
use crate::state::group::invite_code;
use crate::state::{Addr, World};

/// `<invite/>` to a group: its code (get), or a new code (set). Only admins.
pub fn of_group(world: &mut World, addr: &Addr, node: &Node, id: &str, get: bool) -> Option<Node> {
    let group = world.groups.get(id)?;
    if !group.is_admin(&addr.phone) {
        return Some(iq_error(node, 401, "not-authorized"));
    }
    let code = if get { group.invite.clone() } else { reset(world, addr, id)? };
    Some(iq_result(node, [NodeBuilder::new("invite").attr("code", code).build()]))
}

/// A new code for the link; members are told.
pub fn reset(world: &mut World, actor: &Addr, id: &str) -> Option<String> {
    let group = world.groups.get_mut(id)?;
    let code = invite_code();
    let old = std::mem::replace(&mut group.invite, code.clone());
    group.revoked_invites.insert(old);
    let members: Vec<String> = group.members.keys().cloned().collect();
    world.touch();
    let invite = NodeBuilder::new("invite").attr("code", code.as_str()).build();
    describe::notify(world, id, actor, &members, invite);
    Some(code)
}

/// `<invite code/>` to the group server: what is behind the code (get), or joining (set).
pub fn by_code(world: &mut World, addr: &Addr, node: &Node, what: &Node, get: bool) -> Option<Node> {
    let code = what.text("code")?;
    let Some(group) = world.groups.values().find(|group| group.invite == code) else {
        let revoked = world.groups.values().any(|group| group.revoked_invites.contains(&code));
        return Some(match revoked {
            true => iq_error(node, 410, "gone"),
            false => iq_error(node, 406, "not-acceptable"),
        });
    };
    if get {
        return Some(iq_result(node, [describe::group_node(world, group)]));
    }
    let id = group.id.clone();
    Some(members::join(world, addr, node, &id))
}
