//! What is kept of a message, ours or another's, for quotes, forwards, edits, votes and status: who, where and when in the
//! clear, and its protobuf sealed.

use edgewire_contract::ids::MessageId;
use edgewire_contract::keys::message_field;
use edgewire_store::DeviceStore;
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::from_wire;

/// The largest protobuf that is kept, bytes. Thumbnails make the largest ones; a history sync's notice is larger, and
/// nobody forwards that.
const LARGEST: usize = 256 << 10;

/// A message on its way into the store.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its id.
    pub id: MessageId,
    /// The record's fields ([`message_field`]).
    pub fields: Vec<(&'static str, Vec<u8>)>,
}

/// Who wrote a message, and where.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// WhatsApp's id.
    pub id: &'a str,
    /// The chat's JID.
    pub chat: &'a str,
    /// The writer's JID, without device; `None` for ours.
    pub sender: Option<&'a str>,
    /// Unix ms.
    pub at: i64,
}

impl Kept {
    /// Of `message`. Without a store, its protobuf is left out. `None` for an id that is none of ours to take.
    pub fn of(written: Written<'_>, message: &wa::Message, store: Option<&DeviceStore>) -> Option<Self> {
        let id = MessageId::parse(written.id).ok()?;
        let from_me = if written.sender.is_none() { "1" } else { "0" };
        let mut fields = vec![
            (message_field::CHAT, written.chat.as_bytes().to_vec()),
            (message_field::FROM_ME, from_me.as_bytes().to_vec()),
            (message_field::AT, written.at.to_string().into_bytes()),
        ];
        if let Some(sender) = written.sender {
            fields.push((message_field::SENDER, sender.as_bytes().to_vec()));
        }
        if let Some(kind) = from_wire::kind_of(message) {
            fields.push((message_field::KIND, kind.as_bytes().to_vec()));
        }
        let body = store.and_then(|store| {
            let bytes = message.encode_to_vec();
            (bytes.len() <= LARGEST).then(|| store.seal_message(written.id, &bytes).ok()).flatten()
        });
        fields.extend(body.map(|body| (message_field::BODY, body)));
        Some(Self { id, fields })
    }
}
