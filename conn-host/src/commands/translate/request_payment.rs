//! A request for money.

use edgewire_contract::content::RequestPayment;
use edgewire_contract::jid::JidKind;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::Given;
use super::send_payment::note;

/// An amount counts thousandths.
const OFFSET: u32 = 1000;

/// A request as WhatsApp carries it: to the person whom the chat is with.
pub(super) fn message(given: &Given<'_>, request: &RequestPayment) -> wa::Message {
    let to = &given.send.to;
    let is_person = matches!(to.kind(), JidKind::Phone | JidKind::Lid);
    let amount = wa::Money {
        value: Some(request.amount1000),
        offset: Some(OFFSET),
        currency_code: Some(request.currency_code.clone()),
    };
    let request_payment_message = MessageField::some(wa::message::RequestPaymentMessage {
        note_message: note(request.note.as_deref()),
        currency_code_iso4217: Some(request.currency_code.clone()),
        amount1000: u64::try_from(request.amount1000).ok(),
        request_from: is_person.then(|| to.to_string()),
        expiry_timestamp: request.expiry_timestamp,
        amount: MessageField::some(amount),
        ..Default::default()
    });
    wa::Message { request_payment_message, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn in_a_group_it_is_to_nobody_by_name() {
        let body = json!({"to": GROUP, "currency_code": "EUR", "amount1000": 1});
        let seen = says(Kind::RequestPayment, &body, &material());
        assert_eq!(
            seen["request_payment_message"],
            json!({
                "currency_code_iso4217": "EUR", "amount1000": 1,
                "amount": {"value": 1, "offset": 1000, "currency_code": "EUR"},
            })
        );
    }
}
