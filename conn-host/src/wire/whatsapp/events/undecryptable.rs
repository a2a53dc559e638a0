//! Messages that cannot be read.

use std::sync::Arc;

use edgewire_contract::event::Unreadable;
use whatsapp_rust::types::events::{DecryptFailMode, UnavailableType, UndecryptableMessage};

use super::messages::of_stanza;
use crate::events::tell::{Scene, unreadable};
use crate::wire::Notice;

/// The notice of a message that cannot be read.
pub(super) fn undecryptable(it: &UndecryptableMessage) -> Notice {
    let incoming = of_stanza(&it.info, Arc::default());
    let hidden = it.decrypt_fail_mode == DecryptFailMode::Hide;
    let reason = match it.unavailable_type {
        _ if !it.is_unavailable => Unreadable::DecryptionFailed,
        UnavailableType::ViewOnce => Unreadable::ViewOnce,
        UnavailableType::Hosted => Unreadable::Hosted,
        UnavailableType::Bot => Unreadable::Bot,
        UnavailableType::Unknown => Unreadable::Unavailable,
    };
    let people = vec![
        (incoming.sender.clone(), incoming.sender_alt.clone()),
        (incoming.chat.clone(), incoming.chat_alt.clone()),
    ];
    Notice::new(people, move |found| {
        let scene = Scene { incoming: &incoming, known: found.known, me: found.me };
        Some(unreadable::tell(scene, reason, hidden))
    })
}

#[cfg(test)]
mod tests {
    use edgewire_contract::event::EventBody;
    use whatsapp_rust::types::message::{MessageInfo, MessageSource};

    use super::super::tests::{at, jid, know, tell};
    use super::*;

    fn message(unavailable: bool, kind: UnavailableType, mode: DecryptFailMode) -> UndecryptableMessage {
        let source = MessageSource {
            chat: jid("1@g.us"),
            sender: jid("2000:7@lid"),
            sender_alt: Some(jid("15550002@s.whatsapp.net")),
            is_group: true,
            ..MessageSource::default()
        };
        let info = MessageInfo { source, id: "3EB0AA".into(), timestamp: at(5), ..MessageInfo::default() };
        UndecryptableMessage::builder()
            .info(Arc::new(info))
            .is_unavailable(unavailable)
            .unavailable_type(kind)
            .decrypt_fail_mode(mode)
            .build()
    }

    #[test]
    fn a_message_that_does_not_decrypt_is_told_with_its_writers_device() {
        let it = message(false, UnavailableType::Unknown, DecryptFailMode::Hide);
        let told = tell(undecryptable(&it), &know("2000@lid", "15550002@s.whatsapp.net")).unwrap();
        assert_eq!(told.mark.as_deref(), Some("u 1@g.us 15550002@s.whatsapp.net 3EB0AA"));
        let kept = told.kept.unwrap();
        assert!(kept.fields.contains(&("device", b"7".to_vec())));
        let EventBody::MessageUndecryptable(payload) = told.body else { panic!("another event") };
        assert_eq!((payload.reason, payload.will_retry), (Unreadable::DecryptionFailed, true));
        assert!(payload.hidden && payload.origin.is_group);
        assert_eq!(payload.origin.from_lid.as_deref(), Some("2000@lid"));
    }

    #[test]
    fn what_only_the_phone_may_show_says_so() {
        for (kind, reason) in [
            (UnavailableType::Unknown, Unreadable::Unavailable),
            (UnavailableType::ViewOnce, Unreadable::ViewOnce),
            (UnavailableType::Hosted, Unreadable::Hosted),
            (UnavailableType::Bot, Unreadable::Bot),
        ] {
            let told = tell(undecryptable(&message(true, kind, DecryptFailMode::Show)), &Default::default());
            let EventBody::MessageUndecryptable(payload) = told.unwrap().body else {
                panic!("another event")
            };
            assert_eq!((payload.reason, payload.will_retry, payload.hidden), (reason, false, false));
        }
    }
}
