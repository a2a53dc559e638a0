//! Changes of a business account's labels. All there are come after pairing; those are not told.

use edgewire_contract::event::{EventBody, LabelChange, LabelUpdatePayload};
use whatsapp_rust::types::events::{LabelAssociationUpdate, LabelEditUpdate};

use super::hint;
use crate::events::told::Told;
use crate::wire::Notice;

/// The notice of a label that was made, changed or deleted.
pub(super) fn edited(it: &LabelEditUpdate) -> Option<Notice> {
    if it.from_full_sync {
        return None;
    }
    let at = it.timestamp.timestamp_millis();
    let deleted = it.action.deleted.unwrap_or(false);
    let payload = LabelUpdatePayload {
        label_id: it.label_id.clone(),
        change: if deleted { LabelChange::Deleted } else { LabelChange::Edited },
        name: it.action.name.clone().filter(|name| !name.is_empty()),
        color: it.action.color,
        chat: None,
        chat_phone: None,
        chat_lid: None,
        timestamp: it.timestamp.timestamp(),
    };
    let mark = format!("l {} {at}", payload.label_id);
    Some(Notice::new(Vec::new(), move |_| Some(Told::new(at, EventBody::LabelUpdate(payload), Some(mark)))))
}

/// The notice of a chat that got or lost a label.
pub(super) fn labelled(it: &LabelAssociationUpdate) -> Option<Notice> {
    if it.from_full_sync {
        return None;
    }
    let (chat, at) = (hint(&it.chat_jid, None), it.timestamp.timestamp_millis());
    let labelled = it.action.labeled.unwrap_or(false);
    let payload = LabelUpdatePayload {
        label_id: it.label_id.clone(),
        change: if labelled { LabelChange::Added } else { LabelChange::Removed },
        name: None,
        color: None,
        chat: None,
        chat_phone: None,
        chat_lid: None,
        timestamp: it.timestamp.timestamp(),
    };
    Some(Notice::new(vec![chat.clone()], move |found| {
        let chat = found.known.party(&chat.0);
        let mark = format!("l {} {} {labelled} {at}", payload.label_id, chat.jid);
        let (chat, chat_phone, chat_lid) = (Some(chat.jid), chat.phone, chat.lid);
        let payload = LabelUpdatePayload { chat, chat_phone, chat_lid, ..payload };
        Some(Told::new(at, EventBody::LabelUpdate(payload), Some(mark)))
    }))
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::waproto::whatsapp::sync_action_value::{LabelAssociationAction, LabelEditAction};

    use super::super::tests::{at, jid, know, tell};
    use super::*;

    fn payload(notice: Notice) -> (LabelUpdatePayload, String) {
        let told = tell(notice, &know("2000@lid", "15550002@s.whatsapp.net")).unwrap();
        match told.body {
            EventBody::LabelUpdate(payload) => (payload, told.mark.unwrap()),
            other => panic!("{}", other.kind()),
        }
    }

    #[test]
    fn a_label_is_changed_or_deleted() {
        let update = |deleted: bool, full: bool| {
            let action = LabelEditAction {
                name: Some("VIP".into()),
                color: Some(4),
                deleted: Some(deleted),
                ..Default::default()
            };
            LabelEditUpdate::builder()
                .label_id("7".into())
                .timestamp(at(5))
                .action(Box::new(action))
                .from_full_sync(full)
                .build()
        };
        let (edit, mark) = payload(edited(&update(false, false)).unwrap());
        assert_eq!(
            (edit.change, edit.name.as_deref(), edit.color),
            (LabelChange::Edited, Some("VIP"), Some(4))
        );
        assert_eq!((edit.timestamp, mark.as_str()), (5, "l 7 5000"));
        assert_eq!(payload(edited(&update(true, false)).unwrap()).0.change, LabelChange::Deleted);
        assert!(edited(&update(false, true)).is_none());
    }

    #[test]
    fn a_chat_gets_and_loses_a_label() {
        let update = |labeled: bool, full: bool| {
            let action = LabelAssociationAction { labeled: Some(labeled), ..Default::default() };
            LabelAssociationUpdate::builder()
                .label_id("7".into())
                .chat_jid(jid("2000@lid"))
                .timestamp(at(5))
                .action(Box::new(action))
                .from_full_sync(full)
                .build()
        };
        let (added, mark) = payload(labelled(&update(true, false)).unwrap());
        assert_eq!(
            (added.change, added.chat.as_deref()),
            (LabelChange::Added, Some("15550002@s.whatsapp.net"))
        );
        assert_eq!(
            (added.chat_phone.as_deref(), added.chat_lid.as_deref()),
            (Some("15550002"), Some("2000@lid"))
        );
        assert_eq!(mark, "l 7 15550002@s.whatsapp.net true 5000");
        assert_eq!(payload(labelled(&update(false, false)).unwrap()).0.change, LabelChange::Removed);
        assert!(labelled(&update(true, true)).is_none());
    }
}
