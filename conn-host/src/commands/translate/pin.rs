//! Pins a message in its chat, or takes the pin off.

use edgewire_contract::content::Pin;
use edgewire_contract::fault::Fault;
use edgewire_contract::jid::JidKind;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::bad;
use super::given::Given;
use wa::message::pin_in_chat_message::Type;

/// A pin as WhatsApp carries it: how long it stays is said beside it.
pub(super) fn message(given: &Given<'_>, pin: &Pin) -> Result<wa::Message, Fault> {
    if given.send.to.kind() == JidKind::Newsletter {
        return Err(bad("chat", "cannot be a newsletter: WhatsApp has no pins there"));
    }
    let author = given.known_author(pin.sender.as_ref(), "sender")?;
    let seconds = u32::try_from(pin.duration_seconds).unwrap_or(0);
    Ok(wa::Message {
        pin_in_chat_message: MessageField::some(wa::message::PinInChatMessage {
            key: MessageField::some(given.key(&pin.message_id, Some(&author))),
            r#type: Some(if seconds == 0 { Type::UNPIN_FOR_ALL } else { Type::PIN_FOR_ALL }),
            sender_timestamp_ms: Some(given.send.timestamp),
        }),
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_add_on_duration_in_secs: Some(seconds),
            ..Default::default()
        }),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn a_pin_is_taken_off() {
        let material = about(kept(BOB, None, text("mine")));
        let body = json!({"chat": BOB, "message_id": "3EB0BB", "duration_seconds": 0});
        assert_eq!(
            says(Kind::Pin, &body, &material),
            json!({
                "pin_in_chat_message": {
                    "key": {"remote_jid": BOB, "from_me": true, "id": "3EB0BB"}, "type": "UNPIN_FOR_ALL",
                    "sender_timestamp_ms": NOW,
                },
                "message_context_info": {"message_add_on_duration_in_secs": 0},
            })
        );
    }

    #[test]
    fn in_a_group_the_writer_must_be_known() {
        let body = json!({"chat": GROUP, "message_id": "3EB0BB"});
        assert_eq!(refused(Kind::Pin, &body, &material()), ["sender"]);
        let seen = says(Kind::Pin, &body, &about(kept(GROUP, Some(BOBS_LID), text("x"))));
        assert_eq!(seen["pin_in_chat_message"]["key"]["participant"], BOBS_LID);
        assert_eq!(
            refused(Kind::Pin, &json!({"chat": NEWSLETTER, "message_id": "7"}), &material()),
            ["chat"]
        );
    }
}
