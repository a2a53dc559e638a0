//! Changes of contacts.
//!
//! Names that people give themselves are not here: they come with messages, see `events/names.rs`.

use edgewire_contract::event::{ContactChange, ContactUpdatePayload, EventBody, Party};
use whatsapp_rust::types::events::{
    ContactNumberChanged, ContactUpdate, ContactUpdated, DisappearingModeChanged, IdentityChange,
    PictureUpdate, UserAboutUpdate,
};
use whatsapp_rust::wacore_binary::NodeRef;

use super::{bare, hint};
use crate::events::people::Hint;
use crate::events::told::Told;
use crate::wire::Notice;

/// An identity's change has no time of its own; one within so many ms of another is the same one, repeated.
const SAME_IDENTITY_MS: i64 = 3_600_000;

/// The notice of a name that the account gave somebody. Not of the whole address book, which comes after pairing.
pub(super) fn named(it: &ContactUpdate) -> Option<Notice> {
    if it.from_full_sync {
        return None;
    }
    let action = &it.action;
    let alt = if it.jid.is_lid() { &action.pn_jid } else { &action.lid_jid };
    let who = (bare(&it.jid), alt.clone().filter(|jid| jid.contains('@')));
    let said = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let name = said(&action.full_name).or_else(|| said(&action.first_name));
    let value = format!("{} {}", it.timestamp.timestamp_millis(), name.as_deref().unwrap_or_default());
    Some(changed(who, ContactChange::Name, it.timestamp.timestamp(), value, |payload| payload.name = name))
}

/// The notice of somebody's new picture.
pub(super) fn picture(it: &PictureUpdate) -> Notice {
    let (removed, picture_id) = (it.removed, it.picture_id.clone().filter(|_| !it.removed));
    let value = picture_id.clone().unwrap_or_default();
    let who = hint(&it.jid, None);
    changed(who, ContactChange::Picture, it.timestamp.timestamp(), value, move |payload| {
        payload.removed = removed;
        payload.picture_id = picture_id;
    })
}

/// The notice of somebody's new about text.
pub(super) fn about(it: &UserAboutUpdate) -> Notice {
    let about = it.status.clone();
    let who = hint(&it.jid, None);
    changed(who, ContactChange::About, it.timestamp.timestamp(), about.clone(), |payload| {
        payload.about = Some(about);
    })
}

/// The notice of a change that WhatsApp does not name.
pub(super) fn updated(it: &ContactUpdated) -> Notice {
    let at = it.timestamp.timestamp();
    changed(hint(&it.jid, None), ContactChange::Other, at, String::new(), |_| {})
}

/// The notice of how long messages with somebody stay, as he wants it.
pub(super) fn disappearing(it: &DisappearingModeChanged) -> Notice {
    let seconds = it.duration;
    let (who, at) = (hint(&it.from, None), it.setting_timestamp.timestamp());
    changed(who, ContactChange::DisappearingMode, at, seconds.to_string(), move |payload| {
        payload.ephemeral_seconds = Some(seconds);
    })
}

/// The notice of somebody's new keys, heard of at `now_ms`. The library tells of them as soon as a message shows it, and
/// once more when WhatsApp says so; only that is told.
pub(super) fn identity(it: &IdentityChange, now_ms: i64) -> Option<Notice> {
    if it.implicit {
        return None;
    }
    let who = hint(&it.user, it.lid_user.as_ref());
    Some(Notice::new(vec![who.clone()], move |found| {
        let who = found.known.party(&who.0);
        let mark = format!("c {} identity {}", who.jid, now_ms / SAME_IDENTITY_MS);
        let payload = ContactUpdatePayload::new(who, ContactChange::Identity, now_ms / 1000);
        Some(Told::new(now_ms, EventBody::ContactUpdate(Box::new(payload)), Some(mark)))
    }))
}

/// The notice of somebody's new number.
pub(super) fn number(it: &ContactNumberChanged) -> Notice {
    let (old, new) = (hint(&it.old_jid, it.old_lid.as_ref()), hint(&it.new_jid, it.new_lid.as_ref()));
    let timestamp = it.timestamp.timestamp();
    // Only the new number is looked up, and remembered: the LID may be the same.
    Notice::new(vec![new.clone()], move |_| {
        let party = |who: &Hint| Party::of(&who.0, who.1.as_deref());
        let mut payload = ContactUpdatePayload::new(party(&old), ContactChange::Number, timestamp);
        payload.new = Some(party(&new));
        let mark = format!("c {} number {timestamp} {}", old.0, new.0);
        let at = timestamp.saturating_mul(1000);
        Some(Told::new(at, EventBody::ContactUpdate(Box::new(payload)), Some(mark)))
    })
}

/// The notices of `<notification type="account_sync">` about whom the account blocks, on the phone or another device. A
/// list without people says only that it changed.
pub(super) fn blocked(node: &NodeRef<'_>, now_ms: i64) -> Vec<Notice> {
    let Some(list) = node.get_optional_child("blocklist") else { return Vec::new() };
    let at = node.get_attr("t").and_then(|t| t.as_str().parse().ok()).unwrap_or(now_ms / 1000);
    let stanza = node.get_attr("id").map(|id| id.as_str().into_owned()).unwrap_or_default();
    let one = |item: &NodeRef<'_>| {
        let who = hint(&item.get_attr("jid")?.to_jid()?, None);
        let change = match &*item.get_attr("action")?.as_str() {
            "block" => ContactChange::Blocked,
            "unblock" => ContactChange::Unblocked,
            _ => return None,
        };
        Some(changed(who, change, at, stanza.clone(), |_| {}))
    };
    list.get_children_by_tag("item").filter_map(one).collect()
}

/// The notice that `change` happened to `who` at `at` (unix seconds). `value` keeps apart changes of one second.
fn changed(
    who: Hint,
    change: ContactChange,
    at: i64,
    value: String,
    fill: impl FnOnce(&mut ContactUpdatePayload) + Send + 'static,
) -> Notice {
    Notice::new(vec![who.clone()], move |found| {
        let mut payload = ContactUpdatePayload::new(found.known.party(&who.0), change, at);
        let mark = format!("c {} {change:?} {at} {value}", payload.who.jid);
        fill(&mut payload);
        let body = EventBody::ContactUpdate(Box::new(payload));
        Some(Told::new(at.saturating_mul(1000), body, Some(mark)))
    })
}

#[cfg(test)]
mod tests;
