//! The answer to native-flow buttons.

use edgewire_contract::content::InteractiveResponse;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::interactive_response_message::body::Format;
use wa::message::interactive_response_message::{
    Body, InteractiveResponseMessage as Payload, NativeFlowResponseMessage,
};

/// An answer as WhatsApp carries it.
pub(super) fn message(answer: &InteractiveResponse) -> wa::Message {
    let body = answer.body_text.clone().map(|text| Body { text: Some(text), format: Some(Format::DEFAULT) });
    let flow = NativeFlowResponseMessage {
        name: Some(answer.name.clone()),
        params_json: Some(answer.params_json.clone()),
        version: i32::try_from(answer.version).ok(),
    };
    let interactive_response_message = MessageField::some(wa::message::InteractiveResponseMessage {
        body: body.into(),
        interactive_response_message: Some(Payload::NativeFlowResponseMessage(Box::new(flow))),
        ..Default::default()
    });
    wa::Message { interactive_response_message, ..Default::default() }
}
