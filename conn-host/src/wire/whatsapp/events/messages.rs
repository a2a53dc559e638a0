//! Messages that come in.

use std::sync::Arc;

use whatsapp_rust::types::events::InboundMessage;
use whatsapp_rust::types::message::{EditAttribute, MessageInfo};
use whatsapp_rust::waproto::whatsapp as wa;

use super::bare;
use crate::wire::Incoming;

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
        is_group: source.is_group,
        push_name: (!info.push_name.is_empty()).then(|| info.push_name.clone()),
        verified_name: info.verified_name.as_ref().and_then(|name| name.name.clone()),
        timestamp: info.timestamp.timestamp(),
        by_admin: info.edit == EditAttribute::AdminRevoke,
        server_id,
        ephemeral_seconds: info.ephemeral_expiration,
        comment_on: info.comment_target.clone(),
        offline: info.is_offline,
        message,
    }
}
