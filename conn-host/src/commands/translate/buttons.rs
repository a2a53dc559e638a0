//! A text with buttons.
//!
//! The message as it is, and no `<biz>` beside it: with one the server refuses it (405), without one it takes it, though
//! most apps draw nothing.

use edgewire_contract::content::{Button, Buttons};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::ButtonsMessage;
use wa::message::buttons_message::button::{ButtonText, Type};
use wa::message::buttons_message::{Button as WaButton, Header, HeaderType};

/// A text with buttons as WhatsApp carries it.
pub(super) fn message(buttons: &Buttons) -> wa::Message {
    let header_type = if buttons.header_text.is_some() { HeaderType::TEXT } else { HeaderType::EMPTY };
    let buttons_message = MessageField::some(ButtonsMessage {
        content_text: Some(buttons.content_text.clone()),
        footer_text: buttons.footer.clone(),
        header_type: Some(header_type),
        header: buttons.header_text.clone().map(Header::Text),
        buttons: buttons.buttons.iter().map(button).collect(),
        ..Default::default()
    });
    wa::Message { buttons_message, ..Default::default() }
}

fn button(button: &Button) -> WaButton {
    WaButton {
        button_id: Some(button.button_id.clone()),
        button_text: MessageField::some(ButtonText { display_text: Some(button.display_text.clone()) }),
        r#type: Some(Type::RESPONSE),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn without_a_header_it_says_so() {
        let buttons = json!([{"button_id": "a", "display_text": "A"}]);
        let seen =
            says(Kind::Buttons, &json!({"to": BOB, "content_text": "t", "buttons": buttons}), &material());
        assert_eq!(seen["buttons_message"]["header_type"], "EMPTY");
        assert_eq!(seen["buttons_message"].get("header"), None);
    }
}
