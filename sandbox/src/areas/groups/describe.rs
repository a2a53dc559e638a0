//! A group as clients are told of it: the `<group>` node, participants, notifications.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use crate::state::group::{Group, Rank};
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// The whole group: LID-addressed, phone numbers beside it.
pub fn group_node(world: &World, group: &Group) -> Node {
    let owner = Addr::new(&*group.creator, 0);
    let mut children: Vec<Node> =
        group.members.iter().map(|(phone, rank)| participant(world, phone, Some(*rank))).collect();
    let mut flag = |on: bool, tag: &'static str| {
        if on {
            children.push(NodeBuilder::new(tag).build());
        }
    };
    flag(group.locked, "locked");
    flag(group.announcement, "announcement");
    if let Some(seconds) = group.ephemeral {
        children.push(NodeBuilder::new("ephemeral").attr("expiration", seconds).build());
    }
    if group.approval {
        children.push(approval("on"));
    }
    children.extend(group.flags.iter().map(|flag| NodeBuilder::new_dynamic(flag.clone()).build()));
    let place = &group.place;
    if place.is_parent {
        let mut parent = NodeBuilder::new("parent");
        if place.closed {
            parent = parent.attr("default_membership_approval_mode", "request_required");
        }
        children.push(parent.build());
    }
    if let Some(parent) = &place.parent {
        children.push(NodeBuilder::new("linked_parent").attr("jid", Jid::group(parent.as_str())).build());
    }
    let marks = [
        (place.announcements, "default_sub_group"),
        (place.general, "general_chat"),
        (place.open_to_members, "allow_non_admin_sub_group_creation"),
    ];
    children.extend(marks.iter().filter(|(on, _)| *on).map(|(_, tag)| NodeBuilder::new(tag).build()));
    if let Some(mode) = &group.add_mode {
        children.push(NodeBuilder::new("member_add_mode").string_content(mode.as_str()).build());
    }
    if let Some((id, text)) = &group.description {
        let body = NodeBuilder::new("body").string_content(text.as_str()).build();
        let mut description = NodeBuilder::new("description").attr("id", id.as_str());
        if let Some((phone, time)) = &group.description_by {
            description = description
                .attr("participant", lid(world, phone))
                .attr("participant_pn", Jid::pn(phone.as_str()))
                .attr("t", *time);
        }
        children.push(description.children([body]).build());
    }
    NodeBuilder::new("group")
        .attr("id", group.id.as_str())
        .attr("subject", group.subject.as_str())
        .attr("s_t", group.subject_time)
        .attr("s_o", lid(world, &group.subject_owner))
        .attr("s_o_pn", Jid::pn(group.subject_owner.as_str()))
        .attr("creation", group.created)
        .attr("creator", world.jid_like(&owner, Server::Lid))
        .attr("creator_pn", owner.pn())
        .attr("addressing_mode", "lid")
        .attr("size", group.members.len())
        .children(children)
        .build()
}

/// `<membership_approval_mode>` with this state.
pub fn approval(state: &'static str) -> Node {
    let join = NodeBuilder::new("group_join").attr("state", state).build();
    NodeBuilder::new("membership_approval_mode").children([join]).build()
}

/// One participant, by LID with the phone number beside it.
pub fn participant(world: &World, phone: &str, rank: Option<Rank>) -> Node {
    let mut node =
        NodeBuilder::new("participant").attr("jid", lid(world, phone)).attr("phone_number", Jid::pn(phone));
    if let Some(rank) = rank.and_then(Rank::wire) {
        node = node.attr("type", rank);
    }
    node.build()
}

/// A member's address in the LID space.
pub fn lid(world: &World, phone: &str) -> Jid {
    world.jid_like(&Addr::new(phone, 0), Server::Lid)
}

/// Tells every device of these members, but not the one that acted, what happened.
pub fn notify(world: &mut World, group: &str, actor: &Addr, phones: &[String], action: Node) {
    let now = world.now();
    let name = world.accounts.get(&actor.phone).map(|a| a.push_name.clone()).unwrap_or_default();
    let targets: Vec<Addr> = phones
        .iter()
        .filter_map(|phone| world.accounts.get(phone))
        .flat_map(|account| account.devices.keys().map(|id| Addr::new(&*account.phone, *id)))
        .filter(|target| target != actor)
        .collect();
    for target in targets {
        let id = world.fresh_id("grp");
        let notice = NodeBuilder::new("notification")
            .attr("type", "w:gp2")
            .attr("from", Jid::group(group))
            .attr("id", id)
            .attr("t", now)
            .attr("participant", lid(world, &actor.phone))
            .attr("participant_pn", Jid::pn(actor.phone.as_str()))
            .attr("addressing_mode", "lid")
            .attr("notify", name.as_str())
            .children([action.clone()])
            .build();
        world.enqueue(&target, Queued::new(Class::Notification, &notice, None), notice);
    }
}
