//! A text that is marked as forwarded.

use edgewire_contract::content::Forward;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

/// A forwarded text as WhatsApp carries it: forwarded once.
pub(super) fn message(forward: &Forward) -> wa::Message {
    text(
        &forward.text,
        wa::ContextInfo { forwarding_score: Some(1), is_forwarded: Some(true), ..Default::default() },
    )
}

/// A text with a context.
pub(super) fn text(text: &str, context: wa::ContextInfo) -> wa::Message {
    let extended_text_message = MessageField::some(wa::message::ExtendedTextMessage {
        text: Some(text.to_owned()),
        context_info: MessageField::some(context),
        ..Default::default()
    });
    wa::Message { extended_text_message, ..Default::default() }
}
