//! Calls a scheduled call off.

use edgewire_contract::content::{CallEdit, ScheduledCallEdit};
use edgewire_contract::fault::Fault;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::{Author, Given};
use wa::message::scheduled_call_edit_message::EditType;

/// A change of a call as WhatsApp carries it. A call that is not kept is taken for ours.
pub(super) fn message(given: &Given<'_>, edit: &ScheduledCallEdit) -> Result<wa::Message, Fault> {
    let author = given.author(None)?.unwrap_or(Author::Us);
    let edit_type = match edit.edit_type {
        CallEdit::Cancel => EditType::CANCEL,
    };
    let scheduled_call_edit_message = MessageField::some(wa::message::ScheduledCallEditMessage {
        key: MessageField::some(given.key(&edit.scheduled_call_message_id, Some(&author))),
        edit_type: Some(edit_type),
    });
    Ok(wa::Message { scheduled_call_edit_message, ..Default::default() })
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn a_kept_call_says_whose_it_is() {
        let material = about(kept(GROUP, Some(BOBS_LID), text("x")));
        let seen = says(
            Kind::ScheduledCallEdit,
            &json!({"to": GROUP, "scheduled_call_message_id": "3EB0BB"}),
            &material,
        );
        assert_eq!(
            seen["scheduled_call_edit_message"]["key"],
            json!({"remote_jid": GROUP, "from_me": false, "id": "3EB0BB", "participant": BOBS_LID})
        );
    }
}
