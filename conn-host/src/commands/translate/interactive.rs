//! A text with native-flow buttons. The library puts the `<biz>` beside it.

use edgewire_contract::content::{FlowButton, Interactive};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::interactive_message::native_flow_message::NativeFlowButton;
use wa::message::interactive_message::{
    Body, Footer, Header, InteractiveMessage as Payload, NativeFlowMessage,
};

/// The only version of native flows that there is.
const VERSION: i32 = 1;

/// A text with native-flow buttons as WhatsApp carries it.
pub(super) fn message(interactive: &Interactive) -> wa::Message {
    let header = interactive.header_text.clone().map(|title| Header {
        title: Some(title),
        has_media_attachment: Some(false),
        ..Default::default()
    });
    let footer =
        interactive.footer_text.clone().map(|text| Footer { text: Some(text), ..Default::default() });
    let flow = NativeFlowMessage {
        buttons: interactive.buttons.iter().map(button).collect(),
        message_version: Some(VERSION),
        ..Default::default()
    };
    let interactive_message = MessageField::some(wa::message::InteractiveMessage {
        header: header.into(),
        body: MessageField::some(Body { text: Some(interactive.body_text.clone()) }),
        footer: footer.into(),
        interactive_message: Some(Payload::NativeFlowMessage(Box::new(flow))),
        ..Default::default()
    });
    wa::Message { interactive_message, ..Default::default() }
}

fn button(button: &FlowButton) -> NativeFlowButton {
    NativeFlowButton {
        name: Some(button.name.clone()),
        button_params_json: Some(button.button_params_json.clone()),
    }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn a_header_is_a_title() {
        let buttons = json!([{"name": "cta_url", "button_params_json": "{}"}]);
        let body = json!({"to": BOB, "body_text": "b", "header_text": "h", "buttons": buttons});
        let seen = says(Kind::Interactive, &body, &material());
        let message = &seen["interactive_message"];
        assert_eq!(message["header"], json!({"title": "h", "has_media_attachment": false}));
        assert_eq!(message.get("footer"), None);
    }
}
