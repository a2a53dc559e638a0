//! A payment.

use edgewire_contract::content::SendPayment;
use edgewire_contract::fault::Fault;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::decline_payment;
use super::given::Given;

/// A payment as WhatsApp carries it.
pub(super) fn message(given: &Given<'_>, payment: &SendPayment) -> Result<wa::Message, Fault> {
    let request = payment.request_message_id.as_ref();
    let request = request.map(|id| decline_payment::their_request(given, id)).transpose()?;
    let send_payment_message = MessageField::some(wa::message::SendPaymentMessage {
        note_message: note(payment.note.as_deref()),
        request_message_key: request.into(),
        transaction_data: payment.transaction_data.clone(),
        ..Default::default()
    });
    Ok(wa::Message { send_payment_message, ..Default::default() })
}

/// What it is for: a message within the message.
pub(super) fn note(text: Option<&str>) -> MessageField<wa::Message> {
    let message = |text: &str| wa::Message {
        extended_text_message: MessageField::some(wa::message::ExtendedTextMessage {
            text: Some(text.to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    text.map(message).into()
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn in_a_group_the_request_names_its_writer() {
        let material = about(kept(GROUP, Some(BOBS_LID), text("pay")));
        let body = json!({"to": GROUP, "request_message_id": "3EB0BB"});
        let seen = says(Kind::SendPayment, &body, &material);
        assert_eq!(
            seen["send_payment_message"],
            json!({"request_message_key": {
                "remote_jid": GROUP, "from_me": false, "id": "3EB0BB", "participant": BOBS_LID,
            }})
        );
    }
}
