//! A call that is to be held in a group.

use edgewire_contract::content::{CallType, ScheduledCall};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::scheduled_call_creation_message::CallType as WaCallType;

/// A call as WhatsApp carries it.
pub(super) fn message(call: &ScheduledCall) -> wa::Message {
    let call_type = match call.call_type {
        CallType::Voice => WaCallType::VOICE,
        CallType::Video => WaCallType::VIDEO,
    };
    let scheduled_call_creation_message = MessageField::some(wa::message::ScheduledCallCreationMessage {
        scheduled_timestamp_ms: Some(call.scheduled_timestamp_ms),
        call_type: Some(call_type),
        title: call.title.clone(),
    });
    wa::Message { scheduled_call_creation_message, ..Default::default() }
}
