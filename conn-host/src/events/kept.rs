//! What is kept of a message, ours or another's, for quotes, forwards, edits, votes, status and lists: who, where and when
//! in the clear, what events say of it, and its protobuf sealed.

use edgewire_contract::event::{MediaPointer, MessagePayload};
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys::{self, message_field};
use edgewire_contract::shard::Shard;
use edgewire_store::DeviceStore;
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::waproto::whatsapp as wa;

/// The largest protobuf that is kept, bytes. Thumbnails make the largest ones; a history sync's notice is larger, and
/// nobody forwards that.
const LARGEST: usize = 256 << 10;

/// What is done to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It is kept, unless its id is taken.
    Put,
    /// Its fields are set, if it is kept.
    Change,
    /// So too, and its body goes.
    Revoke,
}

impl What {
    /// The word of the script `append`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Change => "change",
            Self::Revoke => "revoke",
        }
    }
}

/// A message on its way into the store.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its id.
    pub id: MessageId,
    /// What is done.
    pub what: What,
    /// The record's fields ([`message_field`]).
    pub fields: Vec<(&'static str, Vec<u8>)>,
    /// The chat that goes by it.
    pub chat: Option<InChat>,
}

/// A message's place in the index of chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InChat {
    /// The chat's canonical JID.
    pub chat: String,
    /// When, unix ms.
    pub at: i64,
    /// What the chat is called, as far as the message says.
    pub name: Option<String>,
    /// The chat's phone number, digits.
    pub phone: Option<String>,
    /// The chat's LID.
    pub lid: Option<String>,
}

impl InChat {
    /// The keys of a chat's place in the index: its hash, its log and its unread messages, and those that it had under its LID.
    pub fn keys(chat: Option<&Self>, shard: Shard, session: &SessionId) -> [Option<String>; 6] {
        let lid = chat.and_then(|chat| chat.lid.as_ref().filter(|lid| **lid != chat.chat));
        [
            chat.map(|chat| keys::chat(shard, session, &chat.chat)),
            chat.map(|chat| keys::chat_log(shard, session, &chat.chat)),
            chat.map(|chat| keys::unread(shard, session, &chat.chat)),
            lid.map(|lid| keys::chat(shard, session, lid)),
            lid.map(|lid| keys::chat_log(shard, session, lid)),
            lid.map(|lid| keys::unread(shard, session, lid)),
        ]
    }

    /// What the scripts take of it: chat, time, name, phone, LID.
    pub fn args(chat: Option<&Self>) -> [String; 5] {
        let Some(chat) = chat.cloned() else { return Default::default() };
        let text = |text: Option<String>| text.unwrap_or_default();
        [chat.chat, chat.at.to_string(), text(chat.name), text(chat.phone), text(chat.lid)]
    }
}

/// Who wrote a message, and where.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// WhatsApp's id.
    pub id: &'a str,
    /// The chat's JID, as WhatsApp addresses it.
    pub chat: &'a str,
    /// The writer's JID, without device, as WhatsApp addresses it; `None` for ours.
    pub sender: Option<&'a str>,
    /// The number of the writer's device.
    pub device: u16,
    /// Unix ms.
    pub at: i64,
    /// The number that WhatsApp's server gave it.
    pub server_id: Option<u64>,
}

impl Written<'_> {
    fn fields(&self) -> Vec<(&'static str, Vec<u8>)> {
        let from_me = if self.sender.is_none() { "1" } else { "0" };
        let mut fields = vec![
            (message_field::CHAT, self.chat.as_bytes().to_vec()),
            (message_field::FROM_ME, from_me.as_bytes().to_vec()),
            (message_field::AT, self.at.to_string().into_bytes()),
        ];
        if let Some(sender) = self.sender {
            fields.push((message_field::SENDER, sender.as_bytes().to_vec()));
        }
        if self.device > 0 {
            fields.push((message_field::DEVICE, self.device.to_string().into_bytes()));
        }
        if let Some(server_id) = self.server_id {
            fields.push((message_field::SERVER_ID, server_id.to_string().into_bytes()));
        }
        fields
    }
}

impl Kept {
    /// Of `message`, of which events say `payload`. Without a store, what it says is left out. `None` for an id that is
    /// none of ours to take.
    pub fn of(
        written: Written<'_>,
        message: &wa::Message,
        payload: &MessagePayload,
        store: Option<&DeviceStore>,
    ) -> Option<Self> {
        let id = MessageId::parse(written.id).ok()?;
        let mut fields = written.fields();
        fields.push((message_field::KIND, payload.kind.as_bytes().to_vec()));
        let Some(store) = store else { return Some(Self { id, what: What::Put, fields, chat: None }) };
        let bytes = message.encode_to_vec();
        let body = (bytes.len() <= LARGEST).then(|| store.seal_message(written.id, &bytes).ok()).flatten();
        fields.extend(body.map(|body| (message_field::BODY, body)));
        let listed = MessagePayload { media: payload.media.clone().map(listed), ..payload.clone() };
        fields.extend(serde_json::to_vec(&listed).ok().map(|view| (message_field::VIEW, view)));
        let name = payload.push_name.clone().filter(|_| !payload.from_me && !payload.is_group);
        let chat = Some(InChat {
            chat: payload.chat.clone(),
            at: written.at,
            name,
            phone: payload.chat_phone.clone(),
            lid: payload.chat_lid.clone(),
        });
        Some(Self { id, what: What::Put, fields, chat })
    }

    /// Stands where a message will be that cannot be read yet.
    pub fn placeholder(written: Written<'_>) -> Option<Self> {
        let id = MessageId::parse(written.id).ok()?;
        let mut fields = written.fields();
        fields.push((message_field::KIND, UNREADABLE.as_bytes().to_vec()));
        Some(Self { id, what: What::Put, fields, chat: None })
    }

    /// As of `at` (unix ms): the time that WhatsApp gave it is the one by which it is listed, so it is shown with that.
    pub fn dated(mut self, at: i64) -> Self {
        for (name, value) in &mut self.fields {
            if *name == message_field::AT {
                *value = at.to_string().into_bytes();
            }
        }
        if let Some(chat) = &mut self.chat {
            chat.at = at;
        }
        self
    }

    /// A change of the message `id`.
    pub fn change(id: &str, what: What, fields: Vec<(&'static str, Vec<u8>)>) -> Option<Self> {
        Some(Self { id: MessageId::parse(id).ok()?, what, fields, chat: None })
    }
}

/// The kind of a message that cannot be read yet; the script `append` knows it too.
pub const UNREADABLE: &str = "undecryptable";

/// A file without where it is: its keys are sealed with the message.
fn listed(file: MediaPointer) -> MediaPointer {
    MediaPointer { uploaded: None, ..file }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_with_the_time_by_which_it_is_listed() {
        let written = Written {
            id: "3EB0AA",
            chat: "15550002@s.whatsapp.net",
            sender: None,
            device: 0,
            at: 1000,
            server_id: None,
        };
        let chat =
            InChat { chat: "15550002@s.whatsapp.net".into(), at: 1000, name: None, phone: None, lid: None };
        let kept = Kept { chat: Some(chat), ..Kept::placeholder(written).unwrap() }.dated(3000);
        assert_eq!(kept.chat.unwrap().at, 3000);
        let at: Vec<_> = kept.fields.iter().filter(|(name, _)| *name == message_field::AT).collect();
        assert_eq!(at, [&(message_field::AT, b"3000".to_vec())]);
    }
}
