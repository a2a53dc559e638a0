//! Plain text.

use edgewire_contract::command::Text;
use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

/// A text as WhatsApp carries it.
pub fn message(text: &Text) -> wa::Message {
    wa::Message::text(text.text.clone())
}
