//! A business invoice. WhatsApp carries no quote in it.

use edgewire_contract::content::{Attachment, Invoice};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp as wa;

use wa::message::invoice_message::AttachmentType;

/// An invoice as WhatsApp carries it.
pub(super) fn message(invoice: &Invoice) -> wa::Message {
    let attachment = |attachment: Attachment| match attachment {
        Attachment::Image => AttachmentType::IMAGE,
        Attachment::Pdf => AttachmentType::PDF,
    };
    let invoice_message = MessageField::some(wa::message::InvoiceMessage {
        note: invoice.note.clone(),
        token: invoice.token.clone(),
        attachment_type: invoice.attachment_type.map(attachment),
        attachment_mimetype: invoice.attachment_mimetype.clone(),
        ..Default::default()
    });
    wa::Message { invoice_message, ..Default::default() }
}
