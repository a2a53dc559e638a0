//! Who is in a group.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::communities;
use super::describe::{group_node, notify, participant};
use crate::stanza::{StanzaExt, iq_error, iq_result};
use crate::state::group::{Group, Rank, invite_code};
use crate::state::{Addr, World};

/// How long an invitation to somebody who wants to be asked is valid.
const INVITATION_SECS: i64 = 3 * 86_400;

/// `<create subject>` with participants and settings.
pub fn create(world: &mut World, creator: &Addr, node: &Node, create: &Node) -> Option<Node> {
    let invited: Vec<String> = create
        .get_children_by_tag("participant")
        .filter_map(|p| world.phone_of(&p.jid("jid")?).or_else(|| world.phone_of(&p.jid("phone_number")?)))
        .collect();
    let subject = create.text("subject").unwrap_or_default();
    let id = make(world, creator, &subject, &invited);
    let group = world.groups.get_mut(&id)?;
    let seconds = create.child("ephemeral").and_then(|e| e.text("expiration")).and_then(|e| e.parse().ok());
    group.ephemeral = seconds.filter(|seconds| *seconds > 0);
    group.approval = create
        .child("membership_approval_mode")
        .and_then(|mode| mode.child("group_join"))
        .is_some_and(|join| join.text("state").as_deref() == Some("on"));
    group.add_mode = create.child("member_add_mode").and_then(StanzaExt::body_text);
    group.locked = create.child("locked").is_some();
    group.announcement = create.child("announcement").is_some();
    if let Some(description) = create.child("description") {
        let text = description.child("body").and_then(StanzaExt::body_text);
        group.description = text.map(|text| (description.text("id").unwrap_or_default(), text));
        group.description_by = Some((creator.phone.clone(), group.created));
    }
    if create.child("parent").is_some() {
        communities::found(world, creator, &id, create);
    }
    if let Some(parent) = create.child("linked_parent").and_then(|parent| parent.jid("jid")) {
        communities::link(world, creator, parent.user.as_str(), &id)?;
    }
    tell_created(world, creator, &id);
    let group = world.groups.get(&id)?;
    Some(iq_result(node, [group_node(world, group)]))
}

/// Makes a group with these members; returns its id. Nobody is told yet.
pub fn make(world: &mut World, creator: &Addr, subject: &str, invited: &[String]) -> String {
    let now = world.now();
    let id = loop {
        let id = format!("120363{:012}", rand::random::<u64>() % 1_000_000_000_000);
        if !world.groups.contains_key(&id) {
            break id;
        }
    };
    let members = invited.iter().map(|phone| (phone.clone(), Rank::Member));
    let group = Group {
        id: id.clone(),
        subject: subject.to_owned(),
        subject_time: now,
        subject_owner: creator.phone.clone(),
        created: now,
        creator: creator.phone.clone(),
        members: members.chain([(creator.phone.clone(), Rank::SuperAdmin)]).collect(),
        locked: false,
        announcement: false,
        ephemeral: None,
        approval: false,
        add_mode: None,
        description: None,
        description_by: None,
        invite: invite_code(),
        revoked_invites: Default::default(),
        flags: Default::default(),
        requests: Default::default(),
        picture: None,
        place: Default::default(),
    };
    world.groups.insert(id.clone(), group);
    world.touch();
    id
}

/// Tells the members of a new group.
pub fn tell_created(world: &mut World, creator: &Addr, id: &str) {
    let Some(group) = world.groups.get(id) else { return };
    let phones: Vec<String> = group.members.keys().cloned().collect();
    let created = NodeBuilder::new("create").children([group_node(world, group)]).build();
    notify(world, id, creator, &phones, created);
}

/// `<add|remove|promote|demote>`: the same tag back, each participant with its outcome; or an error code.
pub fn change(world: &mut World, actor: &Addr, id: &str, what: &Node) -> Result<Node, u16> {
    let group = world.groups.get(id).ok_or(404u16)?;
    let anyone_adds = group.add_mode.as_deref() == Some("all_member_add");
    let action = what.tag.to_string();
    let may = group.is_admin(&actor.phone) || (action == "add" && anyone_adds);
    if !may {
        return Err(403);
    }
    let before: Vec<String> = group.members.keys().cloned().collect();
    let mut outcomes = Vec::new();
    let mut changed = Vec::new();
    for asked in what.get_children_by_tag("participant") {
        let Some(jid) = asked.jid("jid") else { continue };
        let phone = world.phone_of(&jid);
        let unwilling =
            action == "add" && phone.as_ref().is_some_and(|phone| wants_to_be_asked(world, phone));
        let done = !unwilling && phone.as_ref().is_some_and(|phone| apply(world, id, &action, phone));
        let code = match &phone {
            None => 404,
            Some(_) if unwilling => 403,
            Some(_) if done => 200,
            Some(_) if action == "add" => 409,
            Some(_) => 404,
        };
        let mut outcome = NodeBuilder::new("participant").attr("jid", jid).attr("type", code);
        if code != 200 {
            outcome = outcome.attr("error", code);
        }
        if unwilling {
            // With this the one who adds can write an invitation.
            let expiration = world.now() + INVITATION_SECS;
            let request = NodeBuilder::new("add_request").attr("code", invite_code());
            outcome = outcome.children([request.attr("expiration", expiration).build()]);
        }
        if let Some(phone) = phone {
            outcome = outcome.attr("phone_number", Jid::pn(phone.as_str()));
            if done {
                changed.push(phone);
            }
        }
        outcomes.push(outcome.build());
    }
    tell_changed(world, actor, id, (&action, None), &before, &changed);
    let everywhere = what.text("linked_groups").as_deref() == Some("true");
    communities::follow(world, actor, id, &action, &changed, everywhere);
    Ok(NodeBuilder::new_dynamic(action).children(outcomes).build())
}

/// Whether an account's privacy settings keep others from adding it to groups.
fn wants_to_be_asked(world: &World, phone: &str) -> bool {
    let setting = world.accounts.get(phone).and_then(|account| account.privacy.get("groupadd"));
    setting.is_some_and(|setting| setting != "all")
}

fn apply(world: &mut World, id: &str, action: &str, phone: &str) -> bool {
    let Some(group) = world.groups.get_mut(id) else { return false };
    match action {
        "add" => {
            group.requests.remove(phone);
            let new = !group.members.contains_key(phone);
            group.members.entry(phone.to_owned()).or_insert(Rank::Member);
            new
        }
        "remove" => group.members.remove(phone).is_some(),
        "promote" | "demote" => {
            let rank = if action == "promote" { Rank::Admin } else { Rank::Member };
            group.members.get_mut(phone).map(|had| *had = rank).is_some()
        }
        _ => false,
    }
}

fn tell_changed(
    world: &mut World,
    actor: &Addr,
    id: &str,
    (action, reason): (&str, Option<&'static str>),
    before: &[String],
    changed: &[String],
) {
    world.touch();
    if changed.is_empty() {
        return;
    }
    let Some(group) = world.groups.get(id) else { return };
    let mut told: Vec<String> = group.members.keys().cloned().collect();
    told.extend(before.iter().filter(|phone| !group.members.contains_key(*phone)).cloned());
    let participants: Vec<Node> = changed.iter().map(|phone| participant(world, phone, None)).collect();
    let mut notice = NodeBuilder::new_dynamic(action.to_owned()).children(participants);
    if let Some(reason) = reason {
        notice = notice.attr("reason", reason);
    }
    let notice = notice.build();
    notify(world, id, actor, &told, notice);
}

/// Adds or removes and so on for the control surface; returns whom it worked for.
pub fn change_by_phone(
    world: &mut World,
    actor: &Addr,
    id: &str,
    action: &str,
    phones: &[String],
) -> Vec<String> {
    let before: Vec<String> =
        world.groups.get(id).map(|group| group.members.keys().cloned().collect()).unwrap_or_default();
    let known: Vec<String> =
        phones.iter().filter(|phone| world.accounts.contains_key(*phone)).cloned().collect();
    let changed: Vec<String> = known.into_iter().filter(|phone| apply(world, id, action, phone)).collect();
    tell_changed(world, actor, id, (action, None), &before, &changed);
    communities::follow(world, actor, id, action, &changed, false);
    changed
}

/// A member leaves; the last admin's place goes to whoever is first.
pub fn leave(world: &mut World, addr: &Addr, id: &str) {
    let Some(group) = world.groups.get_mut(id) else { return };
    let before: Vec<String> = group.members.keys().cloned().collect();
    if group.members.remove(&addr.phone).is_none() {
        return;
    }
    if group.members.values().all(|rank| *rank == Rank::Member)
        && let Some(first) = group.members.values_mut().next()
    {
        *first = Rank::Admin;
    }
    tell_changed(world, addr, id, ("remove", None), &before, std::slice::from_ref(&addr.phone));
}

/// What became of somebody who wants to join.
pub enum Joined {
    /// A member from now on.
    Member,
    /// Admins have to decide.
    Asked,
    /// A member already.
    Already,
    /// There is no such group.
    Nowhere,
}

/// Joining over an invite: at once, or a request when admins approve.
pub fn join(world: &mut World, addr: &Addr, node: &Node, id: &str) -> Node {
    let jid = Jid::group(id);
    match enter(world, addr, id) {
        Joined::Nowhere => iq_error(node, 404, "item-not-found"),
        Joined::Already => iq_error(node, 409, "conflict"),
        Joined::Asked => {
            iq_result(node, [NodeBuilder::new("membership_approval_request").attr("jid", jid).build()])
        }
        Joined::Member => iq_result(node, [NodeBuilder::new("group").attr("jid", jid).build()]),
    }
}

/// Joins, or asks to; members or admins are told.
pub fn enter(world: &mut World, addr: &Addr, id: &str) -> Joined {
    let now = world.now();
    let Some(group) = world.groups.get_mut(id) else { return Joined::Nowhere };
    if group.members.contains_key(&addr.phone) {
        return Joined::Already;
    }
    if group.approval {
        group.requests.insert(addr.phone.clone(), now);
        let admins: Vec<String> = group.admins();
        world.touch();
        let asking = NodeBuilder::new("requested_user")
            .attr("jid", super::describe::lid(world, &addr.phone))
            .attr("phone_number", Jid::pn(addr.phone.as_str()))
            .build();
        let asked = NodeBuilder::new("created_membership_requests")
            .attr("request_method", "invite_link")
            .children([asking])
            .build();
        notify(world, id, addr, &admins, asked);
        return Joined::Asked;
    }
    let before: Vec<String> = group.members.keys().cloned().collect();
    apply(world, id, "add", &addr.phone);
    let joined = std::slice::from_ref(&addr.phone);
    tell_changed(world, addr, id, ("add", Some("invite")), &before, joined);
    communities::follow(world, addr, id, "add", joined, false);
    Joined::Member
}

/// Who asked to join.
pub fn requests(world: &World, node: &Node, id: &str) -> Option<Node> {
    let group = world.groups.get(id)?;
    let asking: Vec<Node> = group
        .requests
        .iter()
        .map(|(phone, time)| {
            NodeBuilder::new("membership_approval_request")
                .attr("jid", world.jid_like(&Addr::new(&**phone, 0), wacore_binary::Server::Lid))
                .attr("phone_number", Jid::pn(phone.as_str()))
                .attr("request_time", *time)
                .build()
        })
        .collect();
    Some(iq_result(node, [NodeBuilder::new("membership_approval_requests").children(asking).build()]))
}

/// `<membership_requests_action><approve|reject>`.
pub fn decide(world: &mut World, actor: &Addr, node: &Node, id: &str) -> Option<Node> {
    let decision = node.child("membership_requests_action")?.kids().first()?.clone();
    if !world.groups.get(id)?.is_admin(&actor.phone) {
        return Some(iq_error(node, 403, "forbidden"));
    }
    let mut outcomes = Vec::new();
    for asked in decision.get_children_by_tag("participant") {
        let jid = asked.jid("jid")?;
        let phone = world.phone_of(&jid);
        let done =
            phone.is_some_and(|phone| settle_request(world, actor, id, &phone, &decision.tag == "approve"));
        let outcome = NodeBuilder::new("participant").attr("jid", jid);
        outcomes.push(if done { outcome.attr("type", 200) } else { outcome.attr("error", 404) }.build());
    }
    let done = NodeBuilder::new_dynamic(decision.tag.to_string()).children(outcomes).build();
    Some(iq_result(node, [NodeBuilder::new("membership_requests_action").children([done]).build()]))
}

/// Decides about one request to join: members are told of a new one, admins of one that is turned down.
pub fn settle_request(world: &mut World, actor: &Addr, id: &str, phone: &str, approve: bool) -> bool {
    let Some(group) = world.groups.get_mut(id) else { return false };
    if group.requests.remove(phone).is_none() {
        return false;
    }
    let admins: Vec<String> = group.admins();
    world.touch();
    if approve {
        change_by_phone(world, actor, id, "add", &[phone.to_owned()]);
    } else {
        let turned_down = participant(world, phone, None);
        let notice = NodeBuilder::new("revoked_membership_requests").children([turned_down]).build();
        notify(world, id, actor, &admins, notice);
    }
    true
}

/// A member has another number from now on.
pub fn renumber(world: &mut World, id: &str, old: &str, new: &str) {
    let Some(group) = world.groups.get_mut(id) else { return };
    let Some(rank) = group.members.remove(old) else { return };
    group.members.insert(new.to_owned(), rank);
    for person in [&mut group.creator, &mut group.subject_owner] {
        if person == old {
            new.clone_into(person);
        }
    }
    let members: Vec<String> = group.members.keys().cloned().collect();
    let notice = NodeBuilder::new("modify").children([participant(world, new, None)]).build();
    notify(world, id, &Addr::new(new, 0), &members, notice);
}
