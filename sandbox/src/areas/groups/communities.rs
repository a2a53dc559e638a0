//! Communities: a parent group, its announcements, and the groups that are linked to it.

use serde_json::{Value, json};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::{describe, members};
use crate::areas::newsletters::{FORBIDDEN, Mex, NOT_FOUND};
use crate::stanza::{StanzaExt, iq_error, iq_result};
use crate::state::group::Rank;
use crate::state::{Addr, World};

/// `w:mex`: the groups of a community.
const SUBGROUPS: &str = "9935467776504344";

/// `w:mex`: how many are in each of them.
const COUNTS: &str = "24079399904996141";

/// A new group becomes a community: it gets its announcements, and a general chat if that is wanted.
pub fn found(world: &mut World, creator: &Addr, id: &str, create: &Node) {
    let Some(group) = world.groups.get_mut(id) else { return };
    group.place.is_parent = true;
    group.place.closed =
        create.child("parent").is_some_and(|p| p.text("default_membership_approval_mode").is_some());
    group.place.open_to_members = create.child("allow_non_admin_sub_group_creation").is_some();
    let subject = group.subject.clone();
    let invited: Vec<String> =
        group.members.keys().filter(|phone| **phone != creator.phone).cloned().collect();
    let announcements = members::make(world, creator, &subject, &invited);
    if let Some(group) = world.groups.get_mut(&announcements) {
        group.announcement = true;
        group.place.announcements = true;
        group.place.parent = Some(id.to_owned());
    }
    members::tell_created(world, creator, &announcements);
    if create.child("create_general_chat").is_some() {
        let general = members::make(world, creator, "General", &[]);
        if let Some(group) = world.groups.get_mut(&general) {
            group.place.general = true;
            group.place.parent = Some(id.to_owned());
        }
        members::tell_created(world, creator, &general);
    }
}

/// Links a group to a community; both are told. `None` when one of them is not there or linked already.
pub fn link(world: &mut World, actor: &Addr, parent: &str, id: &str) -> Option<()> {
    if !world.groups.get(parent)?.place.is_parent {
        return None;
    }
    let group = world.groups.get_mut(id)?;
    if group.place.is_parent || group.place.parent.is_some() {
        return None;
    }
    group.place.parent = Some(parent.to_owned());
    world.touch();
    tell_linked(world, actor, ("link", "link_type"), parent, id);
    Some(())
}

fn unlink(world: &mut World, actor: &Addr, parent: &str, id: &str) -> Option<()> {
    let group = world.groups.get_mut(id)?;
    if group.place.parent.as_deref() != Some(parent) || group.place.announcements {
        return None;
    }
    group.place.parent = None;
    world.touch();
    tell_linked(world, actor, ("unlink", "unlink_type"), parent, id);
    Some(())
}

/// The community's members hear of the group, the group's members of the community.
fn tell_linked(
    world: &mut World,
    actor: &Addr,
    (tag, kind): (&'static str, &'static str),
    parent: &str,
    id: &str,
) {
    for (told, named, relation) in [(parent, id, "sub_group"), (id, parent, "parent_group")] {
        let Some(group) = world.groups.get(named) else { continue };
        let inner = NodeBuilder::new("group")
            .attr("jid", group.jid())
            .attr("subject", group.subject.as_str())
            .attr("s_t", group.subject_time)
            .build();
        let notice = NodeBuilder::new(tag).attr(kind, relation).children([inner]).build();
        let Some(group) = world.groups.get(told) else { continue };
        let members: Vec<String> = group.members.keys().cloned().collect();
        describe::notify(world, told, actor, &members, notice);
    }
}

/// The groups of a community, its announcements first.
fn children(world: &World, parent: &str) -> Vec<String> {
    let mut groups: Vec<_> =
        world.groups.values().filter(|group| group.place.parent.as_deref() == Some(parent)).collect();
    groups.sort_by_key(|group| (!group.place.announcements, group.created, group.id.clone()));
    groups.into_iter().map(|group| group.id.clone()).collect()
}

/// Who joins a community gets its announcements; who is removed from it loses them, or all its groups.
pub fn follow(world: &mut World, actor: &Addr, id: &str, action: &str, changed: &[String], everywhere: bool) {
    if changed.is_empty() || !world.groups.get(id).is_some_and(|group| group.place.is_parent) {
        return;
    }
    for child in children(world, id) {
        let announcements = world.groups.get(&child).is_some_and(|group| group.place.announcements);
        if announcements || (everywhere && action == "remove") {
            members::change_by_phone(world, actor, &child, action, changed);
        }
    }
}

/// An IQ to a community, or about its groups. `None` when it is none of these.
pub fn iq(world: &mut World, addr: &Addr, node: &Node, id: &str, what: &Node, get: bool) -> Option<Node> {
    let linked = || what.jid("jid").map(|jid| jid.user.to_string());
    let admin = world.groups.get(id)?.is_admin(&addr.phone);
    match (&*what.tag, get) {
        ("links" | "unlink" | "delete_parent", false) if !admin => Some(iq_error(node, 403, "forbidden")),
        ("links", false) => {
            let asked = what.child("link")?;
            let done = outcomes(world, asked, |world, group| link(world, addr, id, group));
            let done = NodeBuilder::new("link").attr("link_type", "sub_group").children(done).build();
            Some(iq_result(node, [NodeBuilder::new("links").children([done]).build()]))
        }
        ("unlink", false) => {
            let done = outcomes(world, what, |world, group| unlink(world, addr, id, group));
            Some(iq_result(
                node,
                [NodeBuilder::new("unlink").attr("unlink_type", "sub_group").children(done).build()],
            ))
        }
        ("delete_parent", false) => {
            dissolve(world, addr, id);
            Some(iq_result(node, []))
        }
        ("query_linked", true) => {
            let group =
                world.groups.get(&linked()?).filter(|group| group.place.parent.as_deref() == Some(id));
            Some(match group {
                Some(group) => linked_group(node, describe::group_node(world, group)),
                None => iq_error(node, 404, "item-not-found"),
            })
        }
        ("join_linked_group", false) => {
            let group = linked()?;
            if world.groups.get(&group).and_then(|g| g.place.parent.as_deref()) != Some(id) {
                return Some(iq_error(node, 404, "item-not-found"));
            }
            members::change_by_phone(world, addr, &group, "add", std::slice::from_ref(&addr.phone));
            let joined = world.groups.get(&group)?;
            Some(linked_group(node, describe::group_node(world, joined)))
        }
        ("linked_groups_participants", true) => Some(iq_result(node, [everybody(world, id)])),
        _ => None,
    }
}

fn linked_group(node: &Node, group: Node) -> Node {
    iq_result(node, [NodeBuilder::new("linked_group").children([group]).build()])
}

fn outcomes(
    world: &mut World,
    asked: &Node,
    mut change: impl FnMut(&mut World, &str) -> Option<()>,
) -> Vec<Node> {
    let mut done = Vec::new();
    for group in asked.get_children_by_tag("group") {
        let Some(jid) = group.jid("jid") else { continue };
        let outcome = NodeBuilder::new("group").attr("jid", jid.clone());
        done.push(match change(world, jid.user.as_str()) {
            Some(()) => outcome.build(),
            None => outcome.attr("error", 404).build(),
        });
    }
    done
}

/// Everybody who is in one of a community's groups.
fn everybody(world: &World, id: &str) -> Node {
    let groups = children(world, id);
    let mut phones: Vec<&String> = groups
        .iter()
        .filter_map(|group| world.groups.get(group))
        .chain(world.groups.get(id))
        .flat_map(|group| group.members.keys())
        .collect();
    phones.sort();
    phones.dedup();
    let found = phones.into_iter().map(|phone| describe::participant(world, phone, None));
    NodeBuilder::new("linked_groups_participants").children(found).build()
}

/// The community is no more: its announcements go with it, its other groups stay.
pub fn dissolve(world: &mut World, actor: &Addr, id: &str) {
    for child in children(world, id) {
        match world.groups.get(&child).is_some_and(|group| group.place.announcements) {
            true => {
                world.groups.remove(&child);
            }
            false => {
                unlink(world, actor, id, &child);
            }
        }
    }
    let Some(group) = world.groups.get(id) else { return };
    let members: Vec<String> = group.members.keys().cloned().collect();
    let gone = NodeBuilder::new("delete").attr("reason", "deactivated").build();
    describe::notify(world, id, actor, &members, gone);
    world.groups.remove(id);
    world.touch();
}

/// `w:mex` queries about communities.
pub fn mex(world: &World, addr: &Addr, query: &str, variables: &Value) -> Option<Mex> {
    let jid = match query {
        SUBGROUPS => &variables["group_id"],
        COUNTS => &variables["input"]["group_jid"],
        _ => return None,
    };
    let id = jid.as_str().and_then(|text| text.parse::<Jid>().ok()).map(|jid| jid.user.to_string());
    let Some(parent) = id.and_then(|id| world.groups.get(&id)).filter(|group| group.place.is_parent) else {
        return Some(Err(NOT_FOUND));
    };
    if !parent.members.contains_key(&addr.phone) {
        return Some(Err(FORBIDDEN));
    }
    let mut default = Value::Null;
    let mut edges = Vec::new();
    for child in children(world, &parent.id) {
        let group = &world.groups[&child];
        let count = group.members.len();
        let described = json!({
            "id": group.jid().to_string(),
            "subject": { "value": group.subject, "creation_time": group.created.to_string() },
            "participants_count": count,
            "total_participants_count": count,
            "properties": { "general_chat": group.place.general },
        });
        match group.place.announcements && query == SUBGROUPS {
            true => default = described,
            false => edges.push(json!({ "node": described })),
        }
    }
    Some(Ok(json!({
        "xwa2_group_query_by_id": { "default_sub_group": default, "sub_groups": { "edges": edges } },
    })))
}

/// A contact founds a community; returns its id.
pub fn make(world: &mut World, creator: &Addr, subject: &str, invited: &[String], general: bool) -> String {
    let id = members::make(world, creator, subject, invited);
    let mut children = vec![crate::stanza::empty("parent")];
    if general {
        children.push(crate::stanza::empty("create_general_chat"));
    }
    found(world, creator, &id, &NodeBuilder::new("create").children(children).build());
    members::tell_created(world, creator, &id);
    id
}

/// An admin of a community may look at its groups without being in them.
pub fn may_look(world: &World, phone: &str, id: &str) -> bool {
    let parent = world.groups.get(id).and_then(|group| group.place.parent.as_ref());
    let parent = parent.and_then(|parent| world.groups.get(parent));
    parent.is_some_and(|parent| parent.members.get(phone).is_some_and(|rank| *rank != Rank::Member))
}
