//! An invitation to WhatsApp payments.

use edgewire_contract::content::PaymentInvite;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::payment_invite_message::ServiceType;

/// An invitation as WhatsApp carries it.
pub(super) fn message(invite: &PaymentInvite) -> wa::Message {
    let service = match invite.service_type {
        Some(1) => ServiceType::FBPAY,
        Some(2) => ServiceType::NOVI,
        Some(3) => ServiceType::UPI,
        _ => ServiceType::UNKNOWN,
    };
    let payment_invite_message = MessageField::some(wa::message::PaymentInviteMessage {
        service_type: Some(service),
        ..Default::default()
    });
    wa::Message { payment_invite_message, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn each_service_has_its_number() {
        for (number, name) in [(0, "UNKNOWN"), (1, "FBPAY"), (2, "NOVI"), (3, "UPI")] {
            let seen = says(Kind::PaymentInvite, &json!({"to": BOB, "service_type": number}), &material());
            assert_eq!(seen["payment_invite_message"]["service_type"], name);
        }
    }
}
