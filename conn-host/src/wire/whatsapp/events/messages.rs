//! Messages that come in.

use std::sync::Arc;

use whatsapp_rust::types::events::InboundMessage;
use whatsapp_rust::types::message::{EditAttribute, MessageInfo};
use whatsapp_rust::wacore_binary::JidExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::bare;
use crate::wire::{Incoming, PostChange};

/// A decrypted message, with what its stanza says of it.
pub(in crate::wire::whatsapp) fn incoming(inbound: &InboundMessage) -> Incoming {
    of_stanza(&inbound.info, inbound.message.clone())
}

/// What its stanza says of `message`.
pub(super) fn of_stanza(info: &MessageInfo, message: Arc<wa::Message>) -> Incoming {
    let source = &info.source;
    let chat_alt = if source.is_group {
        None
    } else if source.is_from_me {
        source.recipient_alt.as_ref().or(info.peer_recipient_pn.as_ref())
    } else {
        source.sender_alt.as_ref()
    };
    let server_id = u64::try_from(info.server_id).ok().filter(|id| *id > 0);
    Incoming {
        id: info.id.to_string(),
        chat: bare(&source.chat),
        sender: bare(&source.sender),
        sender_alt: source.sender_alt.as_ref().map(bare),
        chat_alt: chat_alt.map(bare),
        device: source.sender.device,
        from_me: source.is_from_me,
        // The library counts statuses and broadcast lists among groups.
        is_group: source.chat.is_group(),
        push_name: (!info.push_name.is_empty()).then(|| info.push_name.clone()),
        verified_name: info.verified_name.as_ref().and_then(|name| name.name.clone()),
        timestamp: info.timestamp.timestamp(),
        by_admin: info.edit == EditAttribute::AdminRevoke,
        post: post_change(info),
        server_id,
        ephemeral_seconds: info.ephemeral_expiration,
        comment_on: info.comment_target.clone(),
        offline: info.is_offline,
        message,
    }
}

/// What becomes of a newsletter's post: its edit and its deletion come under its own id, and say nothing else of it.
fn post_change(info: &MessageInfo) -> Option<PostChange> {
    if !info.source.chat.is_newsletter() {
        return None;
    }
    match info.edit {
        EditAttribute::AdminEdit => Some(PostChange::Edited),
        EditAttribute::AdminRevoke => Some(PostChange::Revoked),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::types::message::MessageSource;

    use super::super::tests::jid;
    use super::*;

    #[test]
    fn a_status_is_in_no_group() {
        let of = |chat: &str| {
            let source = MessageSource { chat: jid(chat), is_group: true, ..MessageSource::default() };
            of_stanza(&MessageInfo { source, ..MessageInfo::default() }, Arc::default()).is_group
        };
        assert!(of("1@g.us") && !of("status@broadcast"));
    }

    #[test]
    fn only_a_newsletters_posts_are_changed_under_their_own_id() {
        let of = |chat: &str, edit: EditAttribute| {
            let source = MessageSource { chat: jid(chat), sender: jid(chat), ..MessageSource::default() };
            let info = MessageInfo { source, id: "3EB0AA".into(), edit, ..MessageInfo::default() };
            of_stanza(&info, Arc::default()).post
        };
        assert_eq!(of("12@newsletter", EditAttribute::AdminEdit), Some(PostChange::Edited));
        assert_eq!(of("12@newsletter", EditAttribute::AdminRevoke), Some(PostChange::Revoked));
        assert_eq!(of("12@newsletter", EditAttribute::Empty), None);
        assert_eq!(of("1@g.us", EditAttribute::AdminRevoke), None);
    }
}
