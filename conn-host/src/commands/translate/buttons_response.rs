//! The answer to a text with buttons.

use edgewire_contract::content::ButtonsResponse;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::buttons_response_message::{Response, Type};

/// An answer as WhatsApp carries it.
pub(super) fn message(answer: &ButtonsResponse) -> wa::Message {
    let buttons_response_message = MessageField::some(wa::message::ButtonsResponseMessage {
        selected_button_id: Some(answer.selected_button_id.clone()),
        r#type: Some(Type::DISPLAY_TEXT),
        response: Some(Response::SelectedDisplayText(answer.selected_display_text.clone())),
        ..Default::default()
    });
    wa::Message { buttons_response_message, ..Default::default() }
}
