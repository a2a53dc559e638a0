//! Receipts of our messages.

use edgewire_contract::event::MessageStatus;
use whatsapp_rust::types::events::Receipt as Told;
use whatsapp_rust::types::presence::ReceiptType;

use crate::wire::Receipt;

/// How far a receipt says that messages are; `None` for one that says something else.
pub(super) fn receipt(receipt: &Told) -> Option<Receipt> {
    let status = match receipt.r#type {
        ReceiptType::Delivered | ReceiptType::Inactive => MessageStatus::Delivered,
        ReceiptType::Read => MessageStatus::Read,
        ReceiptType::Played => MessageStatus::Played,
        _ => return None,
    };
    Some(Receipt {
        ids: receipt.message_ids.iter().map(ToString::to_string).collect(),
        status,
        participant: receipt.source.sender.to_non_ad().to_string(),
        timestamp: receipt.timestamp.timestamp_millis(),
    })
}
