//! Plain text.

use whatsapp_rust::waproto::whatsapp as wa;

/// A text as WhatsApp carries it.
pub(super) fn message(text: &str) -> wa::Message {
    wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
}
