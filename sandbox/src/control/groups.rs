//! Groups over the control surface: made and changed by contacts.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use wacore_binary::Jid;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::groups::members;
use crate::server::Hub;
use crate::state::Addr;
use crate::state::group::Group;

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
}

/// `POST /admin/groups`: members with clients are told.
pub fn create(hub: &Hub, body: &Bytes) -> Outcome {
    let Create { creator, subject, participants } = parse(body)?;
    let creator = Addr::new(phone_number(hub, &creator)?, 0);
    let invited = participants.iter().map(|phone| phone_number(hub, phone)).collect::<Result<Vec<_>, _>>()?;
    let mut world = hub.lock();
    let id = members::make(&mut world, &creator, &subject, &invited);
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
    let id = jid.replace("%40", "@").parse::<Jid>().map(|jid| jid.user.to_string());
    let id = id.map_err(|_| Refusal::bad_request("not a group address"))?;
    let by = Addr::new(phone_number(hub, &by)?, 0);
    let phones = participants.iter().map(|phone| phone_number(hub, phone)).collect::<Result<Vec<_>, _>>()?;
    let mut world = hub.lock();
    if !world.groups.contains_key(&id) {
        return Err(Refusal::not_found("no such group"));
    }
    let changed = members::change_by_phone(&mut world, &by, &id, &action, &phones);
    Ok(json!({ "changed": changed }))
}
