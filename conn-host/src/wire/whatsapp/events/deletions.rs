//! Messages that the account deleted for itself, on the phone or another device.

use edgewire_contract::event::{EventBody, Origin, Party, RevokedPayload, Target};
use whatsapp_rust::types::events::DeleteMessageForMeUpdate;

use super::hint;
use crate::events::people::Hint;
use crate::events::tell::change::revoked;
use crate::events::told::Told;
use crate::wire::Notice;

/// The notice of a message that is gone for the account only. Not of all there ever were, which come after pairing.
pub(super) fn deleted_for_me(it: &DeleteMessageForMeUpdate) -> Option<Notice> {
    if it.from_full_sync {
        return None;
    }
    let (id, from_me, at) = (it.message_id.clone(), it.from_me, it.timestamp);
    let chat = hint(&it.chat_jid, None);
    let is_group = chat.0.ends_with("@g.us");
    let writer: Option<Hint> = match &it.participant_jid {
        _ if from_me => None,
        Some(writer) => Some(hint(writer, None)),
        None => (!is_group).then(|| chat.clone()),
    };
    let people = [Some(chat.clone()), writer.clone()].into_iter().flatten().collect();
    let notice = Notice::new(people, move |found| {
        let (chat, me) = (found.known.party(&chat.0), found.me.party()?);
        let from: Option<Party> = match writer {
            _ if from_me => Some(me.clone()),
            writer => writer.map(|(jid, _)| found.known.party(&jid)),
        };
        // The message that is kept under this id may be another chat's.
        let kept = found.kept.filter(|kept| found.known.party(&kept.chat).jid == chat.jid);
        let kept = kept.and_then(|kept| revoked(&id, at.timestamp_millis(), kept));
        let origin = Origin {
            message_id: String::new(),
            is_group,
            from: me.jid,
            from_phone: me.phone,
            from_lid: me.lid,
            from_me: true,
            push_name: None,
            timestamp: at.timestamp(),
            chat: chat.jid,
            chat_phone: chat.phone,
            chat_lid: chat.lid,
        };
        let mark = format!("d {} {id}", origin.chat);
        let target = Target::of(id, from, from_me);
        let body = RevokedPayload { origin, target, by_admin: false, for_me: true };
        let body = EventBody::MessageRevoked(body);
        Some(Told { timestamp: at.timestamp_millis(), body, mark: Some(mark), kept })
    });
    Some(notice.about(&it.message_id))
}

#[cfg(test)]
mod tests {
    use edgewire_contract::keys::message_field;
    use edgewire_store::KeptRecord;

    use super::super::tests::{at, jid, know, me, tell, tell_kept};
    use super::*;

    const BOB: &str = "15550002@s.whatsapp.net";
    const BOBS_LID: &str = "2000@lid";

    fn update(from_me: bool, full: bool) -> DeleteMessageForMeUpdate {
        DeleteMessageForMeUpdate::builder()
            .chat_jid(jid(BOBS_LID))
            .message_id("3EB0AA".into())
            .from_me(from_me)
            .timestamp(at(5))
            .action(Box::default())
            .from_full_sync(full)
            .build()
    }

    fn kept(chat: &str) -> KeptRecord {
        KeptRecord {
            chat: chat.into(),
            sender: Some(BOBS_LID.into()),
            at: 1,
            body: None,
            view: None,
            device: None,
            server_id: None,
        }
    }

    #[test]
    fn what_the_account_deleted_for_itself_is_told_and_its_body_goes() {
        assert!(deleted_for_me(&update(false, true)).is_none());
        let notice = deleted_for_me(&update(false, false)).unwrap();
        assert_eq!(notice.about.as_deref(), Some("3EB0AA"));
        let told = tell_kept(notice, &know(BOBS_LID, BOB), &kept(BOB)).unwrap();
        assert_eq!(told.mark, Some(format!("d {BOB} 3EB0AA")));
        assert_eq!(told.kept.unwrap().fields, [(message_field::REVOKED_AT, b"5000".to_vec())]);
        let EventBody::MessageRevoked(payload) = told.body else { panic!("another event") };
        assert!(payload.for_me && !payload.by_admin && payload.origin.from_me);
        assert_eq!((payload.origin.from, payload.origin.chat.as_str()), (me().party().unwrap().jid, BOB));
        assert_eq!((payload.target.from.as_deref(), payload.target.from_me), (Some(BOB), false));
    }

    #[test]
    fn a_message_of_another_chat_is_left_alone() {
        let notice = deleted_for_me(&update(true, false)).unwrap();
        let told = tell_kept(notice, &know(BOBS_LID, BOB), &kept("3000@lid")).unwrap();
        assert!(told.kept.is_none());
        let notice = deleted_for_me(&update(true, false)).unwrap();
        let EventBody::MessageRevoked(payload) = tell(notice, &Default::default()).unwrap().body else {
            panic!("another event")
        };
        assert_eq!((payload.target.from, payload.target.from_me), (me().phone, true));
    }
}
