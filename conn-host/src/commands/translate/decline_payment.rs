//! Refuses a request for money, one of theirs.

use edgewire_contract::content::DeclinePayment;
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::MessageId;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::Given;

/// A refusal as WhatsApp carries it.
pub(super) fn message(given: &Given<'_>, decline: &DeclinePayment) -> Result<wa::Message, Fault> {
    let key = their_request(given, &decline.request_message_id)?;
    let decline_payment_request_message =
        MessageField::some(wa::message::DeclinePaymentRequestMessage { key: MessageField::some(key) });
    Ok(wa::Message { decline_payment_request_message, ..Default::default() })
}

/// The key of a request that somebody else made.
pub(super) fn their_request(given: &Given<'_>, id: &MessageId) -> Result<wa::MessageKey, Fault> {
    Ok(wa::MessageKey { from_me: Some(false), ..given.key(id, given.author(None)?.as_ref()) })
}
