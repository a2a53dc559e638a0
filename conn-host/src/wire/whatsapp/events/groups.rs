//! Changes of groups, and of their members.

use edgewire_contract::event::{EventBody, GroupAction, GroupParticipantsPayload, GroupUpdatePayload, Party};
use whatsapp_rust::types::events::{GroupUpdate, PictureUpdate};
use whatsapp_rust::wacore::stanza::groups::{GroupNotificationAction as Action, GroupParticipantInfo};
use whatsapp_rust::wacore_binary::Node;

use super::{bare, hint};
use crate::events::people::Hint;
use crate::events::told::Told;
use crate::wire::Notice;

/// What a group's notice says: of the group, or of members.
enum Change {
    /// `change` and what it is about; who and when is filled in later.
    Group(Box<GroupUpdatePayload>),
    /// What happened to whom, and why.
    Members(GroupAction, Vec<Hint>, Option<String>),
}

/// The notice of a group's change.
pub(super) fn group(it: &GroupUpdate) -> Option<Notice> {
    let group = bare(&it.group_jid);
    let by = it.participant.as_ref().map(|jid| hint(jid, it.participant_pn.as_ref()));
    let change = change(&it.action, by.as_ref())?;
    let timestamp = it.timestamp.timestamp();
    // One stanza may tell of several changes.
    let stanza =
        it.notification_id.clone().unwrap_or_else(|| format!("{timestamp} {}", it.action.wire_tag()));
    let mark = format!("g {group} {stanza} {}", it.action_index);
    let mut people: Vec<Hint> = by.iter().cloned().collect();
    if let Change::Members(_, who, _) = &change {
        people.extend(who.iter().cloned());
    }
    Some(Notice::new(people, move |found| {
        let by = by.map(|(jid, _)| found.known.party(&jid));
        let body = match change {
            Change::Group(change) => {
                EventBody::GroupUpdate(GroupUpdatePayload { group, by, timestamp, ..*change })
            }
            Change::Members(action, who, reason) => {
                let participants: Vec<Party> = who.iter().map(|(jid, _)| found.known.party(jid)).collect();
                let alone = participants.len() == 1 && participants.first() == by.as_ref();
                let action = if alone && action == GroupAction::Remove { GroupAction::Leave } else { action };
                EventBody::GroupParticipants(GroupParticipantsPayload {
                    group,
                    action,
                    participants,
                    by,
                    reason,
                    timestamp,
                })
            }
        };
        Some(Told::new(timestamp.saturating_mul(1000), body, Some(mark)))
    }))
}

/// The notice of a group's new picture.
pub(super) fn picture(it: &PictureUpdate) -> Notice {
    let (group, timestamp) = (bare(&it.jid), it.timestamp.timestamp());
    let by = it.author.as_ref().map(|jid| hint(jid, None));
    let picture_id = it.picture_id.clone().filter(|_| !it.removed);
    Notice::new(by.iter().cloned().collect(), move |found| {
        let mark = format!("g {group} picture {timestamp} {}", picture_id.as_deref().unwrap_or_default());
        let by = by.map(|(jid, _)| found.known.party(&jid));
        let change = GroupUpdatePayload { group, by, picture_id, timestamp, ..named("picture") };
        Some(Told::new(timestamp.saturating_mul(1000), EventBody::GroupUpdate(change), Some(mark)))
    })
}

/// What an action says. `None` for what nobody needs to hear of: WhatsApp's own bookkeeping.
fn change(action: &Action, by: Option<&Hint>) -> Option<Change> {
    let group = |update: GroupUpdatePayload| Change::Group(Box::new(update));
    Some(match action {
        Action::Add { participants, reason } => members(GroupAction::Add, participants, reason.clone()),
        Action::Remove { participants, reason } => members(GroupAction::Remove, participants, reason.clone()),
        Action::Promote { participants } => members(GroupAction::Promote, participants, None),
        Action::Demote { participants } => members(GroupAction::Demote, participants, None),
        Action::LinkedGroupPromote { participants } => {
            members(GroupAction::Promote, participants, Some(action.wire_tag().into()))
        }
        Action::LinkedGroupDemote { participants } => {
            members(GroupAction::Demote, participants, Some(action.wire_tag().into()))
        }
        Action::Modify { participants } => members(GroupAction::Modify, participants, None),
        Action::MembershipApprovalRequest { request_method, .. } => {
            let who = by.into_iter().cloned().collect();
            Change::Members(GroupAction::Request, who, Some(request_method.as_str().into()))
        }
        Action::CreatedMembershipRequests { request_method, requests, .. } => {
            members(GroupAction::Request, requests, Some(request_method.as_str().into()))
        }
        Action::RevokedMembershipRequests { participants } => {
            let who = participants.iter().map(|jid| hint(jid, None)).collect();
            Change::Members(GroupAction::RequestRevoked, who, None)
        }
        Action::Create { raw } => {
            let subject = raw.get_optional_child("group").or(Some(raw)).and_then(|it| text(it, "subject"));
            group(GroupUpdatePayload { subject, ..named("created") })
        }
        Action::Subject { subject, .. } => {
            group(GroupUpdatePayload { subject: Some(subject.clone()), ..named("subject") })
        }
        Action::Description { description, .. } => {
            let description = Some(description.clone().unwrap_or_default());
            group(GroupUpdatePayload { description, ..named("description") })
        }
        Action::Locked { .. } | Action::Unlocked => {
            let locked = Some(matches!(action, Action::Locked { .. }));
            group(GroupUpdatePayload { locked, ..named("locked") })
        }
        Action::Announce | Action::NotAnnounce => {
            let announce = Some(matches!(action, Action::Announce));
            group(GroupUpdatePayload { announce, ..named("announce") })
        }
        Action::Ephemeral { expiration, .. } => {
            group(GroupUpdatePayload { ephemeral_seconds: Some(*expiration), ..named("ephemeral") })
        }
        Action::MembershipApprovalMode { enabled } => {
            group(GroupUpdatePayload { join_approval: Some(*enabled), ..named("join_approval") })
        }
        Action::MemberAddMode { mode } => {
            let who = if mode == "all_member_add" { "all" } else { "admins" };
            group(GroupUpdatePayload { member_add_mode: Some(who.into()), ..named("member_add_mode") })
        }
        Action::Invite { .. } | Action::RevokeInvite => group(named("invite_reset")),
        Action::Link { raw, .. } => group(GroupUpdatePayload { groups: groups(raw), ..named("linked") }),
        Action::Unlink { raw, .. } => group(GroupUpdatePayload { groups: groups(raw), ..named("unlinked") }),
        Action::Suspended => group(named("suspended")),
        Action::Unsuspended => group(named("unsuspended")),
        Action::Delete { .. } => group(named("deleted")),
        Action::Unknown { tag } if tag == "member_link_mode" => group(named("member_link_mode")),
        Action::GroupSafetyCheck
        | Action::IsCapiHostedGroup
        | Action::AutoAddDisabled
        | Action::Reports
        | Action::CreatedSubGroupSuggestion { .. }
        | Action::RevokedSubGroupSuggestions { .. } => return None,
        // Settings that have no name here, and what the library does not know: the group is worth a look.
        _ => group(named("other")),
    })
}

fn named(change: &str) -> GroupUpdatePayload {
    GroupUpdatePayload { change: change.to_owned(), ..GroupUpdatePayload::default() }
}

fn members(action: GroupAction, who: &[GroupParticipantInfo], reason: Option<String>) -> Change {
    let other = |it: &GroupParticipantInfo| hint(&it.jid, it.phone_number.as_ref().or(it.lid.as_ref()));
    Change::Members(action, who.iter().map(other).collect(), reason)
}

/// The groups that are linked or unlinked.
fn groups(raw: &Node) -> Vec<String> {
    raw.get_children_by_tag("group").filter_map(|it| text(it, "jid")).collect()
}

fn text(node: &Node, name: &str) -> Option<String> {
    node.attrs.get(name).map(|value| value.as_str().into_owned())
}

#[cfg(test)]
mod tests;
