//! What a message answers, and whom it mentions.

use edgewire_contract::event::{QUOTED_TEXT_BYTES, Quoted};
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::{kind, parts};
use crate::commands::translate::context_of;
use crate::events::people::{Known, Me};

/// The context of `message`: what it answers, whom it mentions, whether it was forwarded.
pub fn context(message: &wa::Message) -> Option<&wa::ContextInfo> {
    context_of(message.get_base_message())
}

/// The message that `context` answers, which stands in `chat`.
pub fn quoted(context: &wa::ContextInfo, chat: &str, known: &Known, me: &Me) -> Option<Quoted> {
    let message_id = context.stanza_id.clone().filter(|id| !id.is_empty())?;
    let other = context.participant.clone().or_else(|| (!chat.ends_with("@g.us")).then(|| chat.to_owned()));
    let from = other.as_deref().map(|jid| known.party(jid));
    let body = context.quoted_message.as_option();
    let text = body.and_then(parts::text).filter(|text| !text.is_empty()).map(|mut text| {
        text.truncate(text.floor_char_boundary(QUOTED_TEXT_BYTES));
        text
    });
    Some(Quoted {
        message_id,
        from_me: other.as_deref().is_some_and(|jid| me.is(jid)),
        from_phone: from.as_ref().and_then(|from| from.phone.clone()),
        from_lid: from.as_ref().and_then(|from| from.lid.clone()),
        from: from.map(|from| from.jid),
        kind: body.and_then(kind::message_name).map(str::to_owned),
        text,
    })
}

/// Every address that `message` names beside its sender and chat.
pub fn addresses(message: &wa::Message) -> Vec<String> {
    let Some(context) = context(message) else { return Vec::new() };
    context.participant.iter().chain(&context.mentioned_jid).cloned().collect()
}
