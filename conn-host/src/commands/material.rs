//! What a translation needs beside the command: gathered before, so that translating is a pure function.

use edgewire_contract::media::Uploaded;
use edgewire_store::KeptRecord;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::wire::Identity;

/// What was gathered for one send. What a kind does not need is absent.
#[derive(Debug, Clone, Default)]
pub struct Material {
    /// Who sends.
    pub me: Identity,
    /// The message that is quoted, where it is kept.
    pub quoted: Option<KeptMessage>,
    /// The message that it is done to (edited, reacted to, pinned, voted in, commented, forwarded…), where it is kept.
    pub target: Option<KeptMessage>,
    /// It, as it is kept.
    pub target_record: Option<KeptRecord>,
    /// The secret of that message (32 bytes): votes and encrypted comments need it.
    pub target_secret: Option<Vec<u8>>,
    /// The number that WhatsApp's server gave that message, if it stands in a newsletter: reactions name it by that.
    pub target_server_id: Option<u64>,
    /// Whether the chat is a community's announcement group: reactions and comments are encrypted there, under
    /// [`Self::target_secret`].
    pub announcements: bool,
    /// The file, on WhatsApp's servers.
    pub file: Option<SentFile>,
}

/// A message that is kept.
#[derive(Debug, Clone)]
pub struct KeptMessage {
    /// Its id.
    pub id: String,
    /// Its chat's JID.
    pub chat: String,
    /// Who wrote it, without device; `None` for ours.
    pub sender: Option<String>,
    /// When, unix ms.
    pub at: i64,
    /// What it says; `None` when its text is not kept, or cannot be opened any more.
    pub message: Option<wa::Message>,
}

impl KeptMessage {
    /// Whether the session wrote it.
    pub fn from_me(&self) -> bool {
        self.sender.is_none()
    }
}

/// A file on WhatsApp's servers, and what a message says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SentFile {
    /// Where it is, and its keys.
    pub uploaded: Uploaded,
    /// When its key was made, unix seconds.
    pub key_timestamp: i64,
    /// Its type.
    pub mimetype: String,
    /// Its name, of documents: what the command says comes first.
    pub name: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// Whole seconds, rounded up.
    pub seconds: Option<u32>,
    /// A small JPEG (of a sticker: PNG).
    pub thumbnail: Option<Vec<u8>>,
    /// 64 points of 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// Of a document.
    pub pages: Option<u32>,
    /// Of a sticker.
    pub animated: bool,
}
