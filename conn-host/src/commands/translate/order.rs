//! A business order.

use edgewire_contract::content::{Order, OrderStatus};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::Given;
use wa::message::order_message::{OrderStatus as WaStatus, OrderSurface};

/// An order as WhatsApp carries it: out of a catalogue, ours unless the caller says whose.
pub(super) fn message(given: &Given<'_>, order: &Order) -> wa::Message {
    let status = |status: OrderStatus| match status {
        OrderStatus::Inquiry => WaStatus::INQUIRY,
        OrderStatus::Accepted => WaStatus::ACCEPTED,
        OrderStatus::Declined => WaStatus::DECLINED,
    };
    let seller = order.seller_jid.as_ref().map(ToString::to_string);
    let order_message = MessageField::some(wa::message::OrderMessage {
        order_id: Some(order.order_id.clone()),
        item_count: order.item_count.and_then(|count| i32::try_from(count).ok()),
        status: order.status.map(status),
        surface: Some(OrderSurface::CATALOG),
        message: order.message.clone(),
        order_title: order.order_title.clone(),
        seller_jid: seller.or_else(|| given.own(false)),
        token: order.token.clone(),
        total_amount1000: order.total_amount_1000,
        total_currency_code: order.total_currency_code.clone(),
        ..Default::default()
    });
    wa::Message { order_message, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::json;

    use super::super::tests::*;

    #[test]
    fn what_is_said_comes_before_what_is_supposed() {
        let body = json!({
            "to": BOB, "order_id": "1", "status": "declined", "seller_jid": "15550009", "token": "tok",
        });
        let seen = says(Kind::Order, &body, &material());
        assert_eq!(
            seen["order_message"],
            json!({
                "order_id": "1", "status": "DECLINED", "surface": "CATALOG", "token": "tok",
                "seller_jid": "15550009@s.whatsapp.net",
            })
        );
    }
}
