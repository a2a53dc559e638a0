//! A business invoice.

use super::{About, Sendable, To};
use crate::shape::{choice, optional, text};

crate::record! {
    /// A business invoice.
    pub struct Invoice {
        /// What it is for.
        pub note: Option<String> = optional(text(1, 1024));
        /// The invoice's token.
        pub token: Option<String> = optional(text(1, 1024));
        /// What is attached.
        pub attachment_type: Option<Attachment> = optional(choice::<Attachment>());
        /// The attachment's type.
        pub attachment_mimetype: Option<String> = optional(text(3, 127));
    }
}

crate::names! {
    /// What is attached to an invoice.
    pub enum Attachment {
        /// A picture.
        Image = "image",
        /// A PDF.
        Pdf = "pdf",
    }
}

impl Sendable for Invoice {
    const TO: To = To::ANY;
    const QUOTES: bool = false;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Send an invoice",
            note: Some(
                "WhatsApp's apps no longer show invoices of this kind, and carry no quote in them: `reply_to` has no effect. Use `document` for a PDF.",
            ),
            example: r#"{"to": "628123456789", "note": "Invoice for services rendered", "token": "inv-token-123", "attachment_type": "pdf", "attachment_mimetype": "application/pdf"}"#,
        }
    }
}
