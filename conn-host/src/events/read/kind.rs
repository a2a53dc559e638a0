//! What a message is, by the names that the routes have for the kinds.

use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

/// What is no message to a person: traffic between devices, and what is done to other messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A message of this name; `other` for a kind that has none here.
    Message(&'static str),
    /// A reaction.
    Reaction,
    /// A vote in a poll.
    Vote,
    /// Something between devices, or about a message or chat: `protocol_message`.
    Protocol,
    /// It is encrypted once more, under a secret that is not known here.
    Sealed,
    /// Nothing of it is for a person.
    Traffic,
}

/// What `message` is, wrappers taken off.
pub fn of(message: &wa::Message) -> Kind {
    let m = message.get_base_message();
    if let Some(name) = name(m) {
        return Kind::Message(name);
    }
    if m.reaction_message.is_set() {
        return Kind::Reaction;
    }
    if m.poll_update_message.is_set() {
        return Kind::Vote;
    }
    if m.protocol_message.is_set() {
        return Kind::Protocol;
    }
    if m.secret_encrypted_message.is_set()
        || m.enc_reaction_message.is_set()
        || m.enc_comment_message.is_set()
    {
        return Kind::Sealed;
    }
    let traffic = m.sender_key_distribution_message.is_set()
        || m.fast_ratchet_key_sender_key_distribution_message.is_set()
        || m.keep_in_chat_message.is_set()
        || m.message_history_bundle.is_set()
        || m.message_history_notice.is_set()
        || m.sticker_sync_rmr_message.is_set()
        || m.poll_result_snapshot_message.is_set()
        || m.album_message.is_set()
        || m.placeholder_message.is_set();
    // What has nothing but a context is how devices keep one another's ratchets alive.
    let empty = m.message_context_info.is_set() && only_context(m);
    if traffic || empty { Kind::Traffic } else { Kind::Message("other") }
}

/// The name of a message to a person.
pub fn message_name(message: &wa::Message) -> Option<&'static str> {
    match of(message) {
        Kind::Message(name) => Some(name),
        _ => None,
    }
}

fn only_context(m: &wa::Message) -> bool {
    let bare = wa::Message { message_context_info: m.message_context_info.clone(), ..Default::default() };
    *m == bare
}

fn name(m: &wa::Message) -> Option<&'static str> {
    if m.conversation.is_some() || m.extended_text_message.is_set() {
        return Some("text");
    }
    let names = [
        (m.image_message.is_set(), "image"),
        (m.video_message.is_set() || m.ptv_message.is_set(), "video"),
        (m.audio_message.is_set(), "audio"),
        (m.document_message.is_set(), "document"),
        (m.sticker_message.is_set() || m.lottie_sticker_message.is_set(), "sticker"),
        (m.location_message.is_set() || m.live_location_message.is_set(), "location"),
        (m.contact_message.is_set() || m.contacts_array_message.is_set(), "contact"),
        (super::parts::poll_of(m).is_some(), "poll"),
        (m.buttons_message.is_set() || m.template_message.is_set(), "buttons"),
        (m.list_message.is_set(), "list"),
        (m.interactive_message.is_set(), "interactive"),
        (m.newsletter_admin_invite_message.is_set(), "newsletter-admin-invite"),
        (m.newsletter_follower_invite_message_v2.is_set(), "newsletter-follower-invite"),
        (m.order_message.is_set(), "order"),
        (m.invoice_message.is_set(), "invoice"),
        (m.payment_invite_message.is_set(), "payment-invite"),
        (m.pin_in_chat_message.is_set(), "pin"),
        (m.buttons_response_message.is_set(), "buttons-response"),
        (m.list_response_message.is_set(), "list-response"),
        (m.interactive_response_message.is_set(), "interactive-response"),
        (m.highly_structured_message.is_set(), "highly-structured"),
        (m.template_button_reply_message.is_set(), "template-button-reply"),
        (m.comment_message.is_set(), "comment"),
        (m.scheduled_call_creation_message.is_set(), "scheduled-call"),
        (m.scheduled_call_edit_message.is_set(), "scheduled-call-edit"),
        (m.send_payment_message.is_set(), "send-payment"),
        (m.request_payment_message.is_set(), "request-payment"),
        (m.cancel_payment_request_message.is_set(), "cancel-payment"),
        (m.decline_payment_request_message.is_set(), "decline-payment"),
        (m.group_invite_message.is_set(), "group-invite"),
        (m.product_message.is_set(), "product"),
        (m.event_message.is_set(), "event"),
        (m.sticker_pack_message.is_set(), "sticker-pack"),
    ];
    names.iter().find(|(set, _)| *set).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::buffa::MessageField;
    use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;

    use super::*;

    #[test]
    fn what_is_for_no_person_is_no_message() {
        assert_eq!(of(&wa::Message::text("hi")), Kind::Message("text"));
        let protocol = wa::Message {
            protocol_message: MessageField::some(wa::message::ProtocolMessage::default()),
            ..Default::default()
        };
        assert_eq!(of(&protocol), Kind::Protocol);
        let context = wa::Message {
            message_context_info: MessageField::some(wa::MessageContextInfo::default()),
            ..Default::default()
        };
        assert_eq!(of(&context), Kind::Traffic);
        let unknown = wa::Message {
            call: MessageField::some(wa::message::Call { call_key: Some(vec![1]), ..Default::default() }),
            message_context_info: MessageField::some(wa::MessageContextInfo::default()),
            ..Default::default()
        };
        assert_eq!(of(&unknown), Kind::Message("other"));
    }

    #[test]
    fn every_kind_that_can_be_sent_has_its_name() {
        let sealed = wa::Message {
            enc_reaction_message: MessageField::some(wa::message::EncReactionMessage::default()),
            ..Default::default()
        };
        assert_eq!(of(&sealed), Kind::Sealed);
        let vote = wa::Message {
            poll_update_message: MessageField::some(wa::message::PollUpdateMessage::default()),
            ..Default::default()
        };
        assert_eq!(of(&vote), Kind::Vote);
    }
}
