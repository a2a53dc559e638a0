//! A WhatsApp message as the event that integrators read.

use edgewire_contract::event::{EventBody, MessagePayload};
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::wire::Incoming;

/// The event of `incoming`; `None` for what is no message to a person: key distribution, app-state and other traffic
/// between devices.
pub fn event(incoming: &Incoming) -> Option<EventBody> {
    let message = incoming.message.get_base_message();
    let kind = kind(message)?;
    let context = context(message);
    let (from_phone, from_lid) = addresses(&incoming.sender, incoming.sender_alt.as_deref());
    let payload = MessagePayload {
        message_id: incoming.id.clone(),
        chat: incoming.chat.clone(),
        is_group: incoming.is_group,
        from: incoming.sender.clone(),
        from_phone,
        from_lid,
        from_me: incoming.from_me,
        push_name: incoming.push_name.clone(),
        kind: kind.into(),
        text: message.text_content().or_else(|| message.get_caption()).map(str::to_owned),
        timestamp: incoming.timestamp,
        quoted_message_id: context.and_then(|c| c.stanza_id.clone()),
        mentions: context.map(|c| c.mentioned_jid.clone()).unwrap_or_default(),
    };
    Some(if incoming.from_me { EventBody::MessageFromMe(payload) } else { EventBody::Message(payload) })
}

/// The kind of `message`, as events name it; `None` for what is no message to a person.
pub fn kind_of(message: &wa::Message) -> Option<&'static str> {
    kind(message.get_base_message())
}

/// Phone number (digits) and LID (JID) of somebody, from the one or two addresses that are known.
fn addresses(sender: &str, alt: Option<&str>) -> (Option<String>, Option<String>) {
    let mut phone = None;
    let mut lid = None;
    for jid in [Some(sender), alt].into_iter().flatten() {
        match jid.split_once('@') {
            Some((user, "s.whatsapp.net")) => phone = Some(user.to_owned()),
            Some((_, "lid")) => lid = Some(jid.to_owned()),
            _ => {}
        }
    }
    (phone, lid)
}

/// The kind's name, or `None` for what is no message to a person.
fn kind(m: &wa::Message) -> Option<&'static str> {
    if m.conversation.is_some() || m.extended_text_message.is_set() {
        return Some("text");
    }
    let kinds = [
        (m.image_message.is_set(), "image"),
        (m.video_message.is_set() || m.ptv_message.is_set(), "video"),
        (m.audio_message.is_set(), "audio"),
        (m.document_message.is_set(), "document"),
        (m.sticker_message.is_set() || m.lottie_sticker_message.is_set(), "sticker"),
        (m.location_message.is_set() || m.live_location_message.is_set(), "location"),
        (m.contact_message.is_set() || m.contacts_array_message.is_set(), "contact"),
        (
            m.poll_creation_message.is_set()
                || m.poll_creation_message_v2.is_set()
                || m.poll_creation_message_v3.is_set(),
            "poll",
        ),
        (m.reaction_message.is_set() || m.enc_reaction_message.is_set(), "reaction"),
        (m.poll_update_message.is_set(), "poll_update"),
    ];
    if let Some((_, name)) = kinds.iter().find(|(set, _)| *set) {
        return Some(name);
    }
    // Between devices: nothing of it is for a person to read.
    let traffic = m.protocol_message.is_set()
        || m.sender_key_distribution_message.is_set()
        || m.fast_ratchet_key_sender_key_distribution_message.is_set()
        || m.message_context_info.is_set();
    (!traffic).then_some("other")
}

fn context(m: &wa::Message) -> Option<&wa::ContextInfo> {
    [
        m.extended_text_message.as_option().and_then(|x| x.context_info.as_option()),
        m.image_message.as_option().and_then(|x| x.context_info.as_option()),
        m.video_message.as_option().and_then(|x| x.context_info.as_option()),
        m.audio_message.as_option().and_then(|x| x.context_info.as_option()),
        m.document_message.as_option().and_then(|x| x.context_info.as_option()),
    ]
    .into_iter()
    .flatten()
    .next()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;

    use super::*;

    fn incoming(message: wa::Message) -> Incoming {
        Incoming {
            id: "3EB0AA".into(),
            chat: "1555@s.whatsapp.net".into(),
            sender: "1000@lid".into(),
            sender_alt: Some("1555@s.whatsapp.net".into()),
            from_me: false,
            is_group: false,
            push_name: Some("Bob".into()),
            timestamp: 7,
            message: Arc::new(message),
        }
    }

    #[test]
    fn a_text_carries_both_addresses() {
        let Some(EventBody::Message(payload)) = event(&incoming(wa::Message::text("hi"))) else {
            panic!("no message")
        };
        assert_eq!(payload.text.as_deref(), Some("hi"));
        assert_eq!(payload.kind, "text");
        assert_eq!(payload.from_phone.as_deref(), Some("1555"));
        assert_eq!(payload.from_lid.as_deref(), Some("1000@lid"));
    }

    #[test]
    fn traffic_between_devices_is_no_event() {
        let message = wa::Message {
            protocol_message: whatsapp_rust::buffa::MessageField::some(
                wa::message::ProtocolMessage::default(),
            ),
            ..wa::Message::default()
        };
        assert!(event(&incoming(message)).is_none());
    }
}
