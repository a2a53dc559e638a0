//! The answer to a template button.

use edgewire_contract::content::TemplateButtonReply;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

/// An answer as WhatsApp carries it.
pub(super) fn message(answer: &TemplateButtonReply) -> wa::Message {
    let template_button_reply_message = MessageField::some(wa::message::TemplateButtonReplyMessage {
        selected_id: Some(answer.selected_id.clone()),
        selected_display_text: Some(answer.selected_display_text.clone()),
        selected_index: answer.selected_index.and_then(|index| u32::try_from(index).ok()),
        ..Default::default()
    });
    wa::Message { template_button_reply_message, ..Default::default() }
}
