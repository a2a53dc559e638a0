//! A highly structured message (template). WhatsApp carries no quote in it.

use edgewire_contract::content::HighlyStructured;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

/// A template as WhatsApp carries it.
pub(super) fn message(template: &HighlyStructured) -> wa::Message {
    let highly_structured_message = MessageField::some(wa::message::HighlyStructuredMessage {
        namespace: Some(template.namespace.clone()),
        element_name: Some(template.element_name.clone()),
        params: template.params.clone(),
        fallback_lg: template.fallback_lg.clone(),
        fallback_lc: template.fallback_lc.clone(),
        ..Default::default()
    });
    wa::Message { highly_structured_message, ..Default::default() }
}
