//! Takes back a request for money, one of ours.

use edgewire_contract::content::CancelPayment;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::{Author, Given};

/// A cancellation as WhatsApp carries it.
pub(super) fn message(given: &Given<'_>, cancel: &CancelPayment) -> wa::Message {
    let key = given.key(&cancel.request_message_id, Some(&Author::Us));
    let cancel_payment_request_message =
        MessageField::some(wa::message::CancelPaymentRequestMessage { key: MessageField::some(key) });
    wa::Message { cancel_payment_request_message, ..Default::default() }
}
