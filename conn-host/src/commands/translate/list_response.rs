//! The answer to a menu.

use edgewire_contract::content::ListResponse;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::list_response_message::{ListType, SingleSelectReply};

/// An answer as WhatsApp carries it.
pub(super) fn message(answer: &ListResponse) -> wa::Message {
    let reply = SingleSelectReply { selected_row_id: Some(answer.selected_row_id.clone()) };
    let list_response_message = MessageField::some(wa::message::ListResponseMessage {
        title: Some(answer.title.clone()),
        list_type: Some(ListType::SINGLE_SELECT),
        single_select_reply: MessageField::some(reply),
        description: answer.description.clone(),
        ..Default::default()
    });
    wa::Message { list_response_message, ..Default::default() }
}
