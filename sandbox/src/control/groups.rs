//! Groups over the control surface: made and changed by contacts.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::groups::describe::approval;
use crate::areas::groups::members::{self, Joined};
use crate::areas::groups::{communities, invites, settings};
use crate::areas::profile;
use crate::phone::outbox;
use crate::server::Hub;
use crate::stanza::empty;
use crate::state::group::Group;
use crate::state::{Addr, World};

/// A group as the control surface shows it.
pub fn describe(group: &Group) -> Value {
    json!({
        "jid": group.jid().to_string(),
        "subject": group.subject,
        "creator": group.creator,
        "members": group.members,
        "locked": group.locked,
        "announcement": group.announcement,
        "ephemeral": group.ephemeral,
        "approval": group.approval,
        "add_mode": group.add_mode,
        "description": group.description.as_ref().map(|(_, text)| text),
        "picture": group.picture.as_ref().map(|picture| &picture.id),
        "requests": group.requests,
        "place": group.place,
        "invite": group.invite,
    })
}

/// `GET /admin/groups`.
pub fn list(hub: &Hub) -> Outcome {
    Ok(Value::Array(hub.lock().groups.values().map(describe).collect()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    creator: String,
    subject: String,
    #[serde(default)]
    participants: Vec<String>,
    #[serde(default)]
    community: bool,
    #[serde(default)]
    general_chat: bool,
    parent: Option<String>,
}

/// `POST /admin/groups`: members with clients are told. A community, or a group in one, if that is said.
pub fn create(hub: &Hub, body: &Bytes) -> Outcome {
    let Create { creator, subject, participants, community, general_chat, parent } = parse(body)?;
    let parent = parent.as_deref().map(id_of).transpose()?;
    let creator = Addr::new(phone_number(hub, &creator)?, 0);
    let invited = participants.iter().map(|phone| phone_number(hub, phone)).collect::<Result<Vec<_>, _>>()?;
    let mut world = hub.lock();
    if community {
        let id = communities::make(&mut world, &creator, &subject, &invited, general_chat);
        return shown(&world, &id);
    }
    let id = members::make(&mut world, &creator, &subject, &invited);
    if let Some(parent) = parent {
        let linked = communities::link(&mut world, &creator, &parent, &id);
        linked.ok_or_else(|| Refusal::not_found("no such community"))?;
    }
    members::tell_created(&mut world, &creator, &id);
    world.groups.get(&id).map(describe).ok_or_else(|| Refusal::not_found("no such group"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    by: String,
    action: String,
    participants: Vec<String>,
}

/// `POST /admin/groups/{jid}/participants`.
pub fn change(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let Change { by, action, participants } = parse(body)?;
    if !["add", "remove", "promote", "demote"].contains(&action.as_str()) {
        return Err(Refusal::bad_request("action is add, remove, promote or demote"));
    }
    let id = id_of(jid)?;
    let by = Addr::new(phone_number(hub, &by)?, 0);
    let phones = participants.iter().map(|phone| phone_number(hub, phone)).collect::<Result<Vec<_>, _>>()?;
    let mut world = hub.lock();
    if !world.groups.contains_key(&id) {
        return Err(Refusal::not_found("no such group"));
    }
    let changed = members::change_by_phone(&mut world, &by, &id, &action, &phones);
    Ok(json!({ "changed": changed }))
}

fn id_of(jid: &str) -> Result<String, Refusal> {
    let jid = jid.replace("%40", "@").parse::<Jid>();
    jid.map(|jid| jid.user.to_string()).map_err(|_| Refusal::bad_request("not a group address"))
}

fn shown(world: &World, id: &str) -> Outcome {
    world.groups.get(id).map(describe).ok_or_else(|| Refusal::not_found("no such group"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    by: String,
    subject: Option<String>,
    description: Option<String>,
    locked: Option<bool>,
    announcement: Option<bool>,
    ephemeral: Option<u32>,
    approval: Option<bool>,
    add_mode: Option<String>,
    picture_base64: Option<String>,
}

impl Settings {
    /// The elements that a client would send for it.
    fn elements(&self, world: &World, id: &str) -> Vec<Node> {
        let mut elements = Vec::new();
        if let Some(subject) = &self.subject {
            elements.push(NodeBuilder::new("subject").string_content(subject.as_str()).build());
        }
        if let Some(text) = &self.description {
            let known = world.groups.get(id).and_then(|group| group.description.as_ref());
            let mut description = NodeBuilder::new("description").attr("id", outbox::fresh_id());
            if let Some((previous, _)) = known {
                description = description.attr("prev", previous.as_str());
            }
            let body = NodeBuilder::new("body").string_content(text.as_str()).build();
            elements.push(match text.is_empty() {
                true => description.attr("delete", "true").build(),
                false => description.children([body]).build(),
            });
        }
        let switch = |on: bool, yes: &'static str, no: &'static str| empty(if on { yes } else { no });
        elements.extend(self.locked.map(|on| switch(on, "locked", "unlocked")));
        elements.extend(self.announcement.map(|on| switch(on, "announcement", "not_announcement")));
        elements.extend(self.ephemeral.map(|seconds| match seconds {
            0 => empty("not_ephemeral"),
            _ => NodeBuilder::new("ephemeral").attr("expiration", seconds).build(),
        }));
        elements.extend(self.approval.map(|on| approval(if on { "on" } else { "off" })));
        if let Some(mode) = &self.add_mode {
            elements.push(NodeBuilder::new("member_add_mode").string_content(mode.as_str()).build());
        }
        elements
    }
}

/// `POST /admin/groups/{jid}/settings`: what is named changes, and members are told.
pub fn settings(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let asked: Settings = parse(body)?;
    let (id, by) = (id_of(jid)?, Addr::new(phone_number(hub, &asked.by)?, 0));
    let picture = asked.picture_base64.as_ref().map(|text| BASE64_STANDARD.decode(text)).transpose();
    let picture = picture.map_err(|_| Refusal::bad_request("picture_base64 is not base64"))?;
    let mut world = hub.lock();
    shown(&world, &id)?;
    for element in asked.elements(&world, &id) {
        let done = settings::apply(&mut world, &by, &id, &element);
        if done != Some(Ok(())) {
            return Err(Refusal::bad_request(format!("{}: not allowed", element.tag)));
        }
    }
    if let Some(content) = picture {
        profile::set_group_picture(&mut world, &by, &id, (!content.is_empty()).then_some(content));
    }
    shown(&world, &id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct By {
    by: String,
}

/// `POST /admin/groups/{jid}/join`: over the invite link; a request when admins approve.
pub fn join(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let By { by } = parse(body)?;
    let (id, by) = (id_of(jid)?, Addr::new(phone_number(hub, &by)?, 0));
    let mut world = hub.lock();
    match members::enter(&mut world, &by, &id) {
        Joined::Nowhere => Err(Refusal::not_found("no such group")),
        Joined::Already => Err(Refusal::bad_request("a member already")),
        Joined::Member | Joined::Asked => shown(&world, &id),
    }
}

/// `POST /admin/groups/{jid}/leave`.
pub fn leave(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let By { by } = parse(body)?;
    let (id, by) = (id_of(jid)?, Addr::new(phone_number(hub, &by)?, 0));
    let mut world = hub.lock();
    members::leave(&mut world, &by, &id);
    shown(&world, &id)
}

/// `POST /admin/groups/{jid}/invite`: a new code, members are told.
pub fn invite(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let By { by } = parse(body)?;
    let (id, by) = (id_of(jid)?, Addr::new(phone_number(hub, &by)?, 0));
    let mut world = hub.lock();
    invites::reset(&mut world, &by, &id).ok_or_else(|| Refusal::not_found("no such group"))?;
    shown(&world, &id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    by: String,
    #[serde(default)]
    approve: Vec<String>,
    #[serde(default)]
    reject: Vec<String>,
}

/// `POST /admin/groups/{jid}/requests`: decides about requests to join.
pub fn decide(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let Decide { by, approve, reject } = parse(body)?;
    let (id, by) = (id_of(jid)?, Addr::new(phone_number(hub, &by)?, 0));
    let mut decisions = Vec::new();
    for (phones, approved) in [(approve, true), (reject, false)] {
        for phone in phones {
            decisions.push((phone_number(hub, &phone)?, approved));
        }
    }
    let mut world = hub.lock();
    for (phone, approved) in decisions {
        if !members::settle_request(&mut world, &by, &id, &phone, approved) {
            return Err(Refusal::not_found(format!("{phone} has not asked to join")));
        }
    }
    shown(&world, &id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    by: String,
    parent: String,
}

/// `POST /admin/groups/{jid}/link`: into a community.
pub fn link(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let Link { by, parent } = parse(body)?;
    let (id, parent, by) = (id_of(jid)?, id_of(&parent)?, Addr::new(phone_number(hub, &by)?, 0));
    let mut world = hub.lock();
    let linked = communities::link(&mut world, &by, &parent, &id);
    linked.ok_or_else(|| Refusal::bad_request("not a community, or linked already"))?;
    shown(&world, &id)
}

/// `POST /admin/groups/{jid}/dissolve`: a community is no more.
pub fn dissolve(hub: &Hub, jid: &str, body: &Bytes) -> Outcome {
    let By { by } = parse(body)?;
    let (id, by) = (id_of(jid)?, Addr::new(phone_number(hub, &by)?, 0));
    let mut world = hub.lock();
    shown(&world, &id)?;
    communities::dissolve(&mut world, &by, &id);
    Ok(json!({}))
}
