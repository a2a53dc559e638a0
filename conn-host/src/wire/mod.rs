//! The port to WhatsApp: all that the rest of conn-host knows of a connection. [`whatsapp`] is the adapter over the
//! library, [`scripted`] plays a script in tests; `event` is what comes in over a connection, `inbox` where it is put;
//! `socket` opens connections, `turnstile` one after the other.

mod event;
mod inbox;
mod sandbox_media;
pub mod scripted;
mod socket;
mod turnstile;
pub mod whatsapp;

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgewire_contract::command::{DeviceProps, Live, MarkKind, PairCode, PasskeyAssertion};
use edgewire_contract::ids::SessionId;
use edgewire_contract::media::{MediaKind, Uploaded};
use edgewire_store::DeviceStore;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use whatsapp_rust::waproto::whatsapp as wa;

pub use self::event::{Ack, Incoming, Missed, PostChange, Receipt, WireEvent};
pub use self::inbox::{Found, History, Inbox, Notice, Past};
use crate::events::people::Me;

/// A message ready for the wire.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The stanza's id, under which it is acknowledged.
    pub id: String,
    /// The recipient's JID.
    pub to: String,
    /// The protobuf, the same for every try.
    pub message: wa::Message,
    /// How it is put into a stanza.
    pub stanza: Stanza,
}

/// How a message is put into a stanza.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Stanza {
    /// As the library does it: type, `edit`, `<meta>` and `<biz>` follow from the message.
    #[default]
    Plain,
    /// So too, but as `text`: the library would call it `media` without saying of which type, and WhatsApp drops that.
    Text,
    /// So too, with the `<biz>` of a list menu.
    List,
    /// A newsletter's post is replaced by the message; [`Outgoing::id`] is the post's.
    NewsletterEdit,
    /// A newsletter's post is deleted; [`Outgoing::id`] is the post's, and the message is empty.
    NewsletterRevoke,
    /// A reaction to a newsletter's post; the message is empty.
    NewsletterReaction {
        /// The number that WhatsApp's server gave the post.
        server_id: u64,
        /// The emoji; empty takes the reaction back.
        emoji: String,
    },
}

impl Stanza {
    /// Whether a message of its own is sent, under the command's message id: something that can be kept, answered and
    /// reacted to.
    pub fn is_message(&self) -> bool {
        matches!(self, Self::Plain | Self::Text | Self::List)
    }
}

/// Why a live action gave nothing. Exhaustive: `commands/live.rs` says what its caller is told.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no usable connection now.
    #[error("not connected")]
    NotConnected,
    /// There is no such thing ("group", "newsletter", "picture"…), or it is hidden from the account.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The account may not do it.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// What was asked for makes no sense to WhatsApp; names the field and says why.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    /// WhatsApp refused, with this code.
    #[error("WhatsApp refused: {why} ({code})")]
    Refused {
        /// WhatsApp's code.
        code: u16,
        /// In words.
        why: String,
    },
    /// It has been asked for as often as it may be.
    #[error("{0}")]
    Exhausted(String),
    /// WhatsApp did not answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The library cannot do it.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// Something failed on the way.
    #[error("{0}")]
    Failed(String),
}

/// Why something could not be put on the wire. Exhaustive: whoever adds one says what is retried.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// There is no usable connection now; the same call works after a reconnect.
    #[error("not connected")]
    NotConnected,
    /// WhatsApp or the library refuses the request as it is; a repetition would be refused too.
    #[error("{0}")]
    Refused(String),
    /// WhatsApp's server answers with this number whoever asks for what the message needs, such as the group's members.
    #[error("WhatsApp answered {0}")]
    Rejected(u16),
    /// Something failed on the way, perhaps only this time.
    #[error("{0}")]
    Failed(String),
}

/// A file that was got, in a file without a name: whoever drops it frees it.
#[derive(Debug)]
pub struct Downloaded {
    /// At its beginning.
    pub file: File,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Who the session is, once linked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Phone number, digits.
    pub phone: Option<String>,
    /// The LID's JID, without device.
    pub lid: Option<String>,
    /// The device's own JID, with its device number.
    pub device: Option<String>,
    /// The account's name.
    pub push_name: Option<String>,
}

impl Identity {
    /// Both addresses, without device.
    pub fn addresses(&self) -> Me {
        let phone = self.phone.as_ref().map(|digits| format!("{digits}@s.whatsapp.net"));
        Me { phone, lid: self.lid.clone() }
    }
}

/// A message whose file WhatsApp's servers do not have any more.
#[derive(Debug, Clone)]
pub struct Lost<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its chat, as WhatsApp addresses it.
    pub chat: &'a str,
    /// Its writer; `None` for the account itself.
    pub sender: Option<&'a str>,
    /// 32 bytes that the file's keys are made of.
    pub media_key: Vec<u8>,
}

/// A connection of one session.
#[async_trait]
pub trait Wire: Send + Sync {
    /// Encrypts and writes a message. `Ok` means written to the socket, no more; the acknowledgement is an event.
    async fn send(&self, message: Outgoing) -> Result<(), WireError>;
    /// The secret of a message (32 bytes), ours (no sender) or another's, where it is kept: votes are encrypted under it.
    async fn message_secret(&self, chat: &str, sender: Option<&str>, id: &str) -> Option<Vec<u8>>;
    /// Whether a group is a community's announcement group, where reactions and comments are encrypted.
    async fn is_announcements(&self, group: &str) -> Result<bool, WireError>;
    /// Tells the writer of messages that they were read or have arrived. `sender` wrote them; needed in groups.
    async fn mark(
        &self,
        mark: MarkKind,
        chat: &str,
        sender: Option<&str>,
        ids: &[String],
    ) -> Result<(), WireError>;
    /// Asks the writer of a message to send it once more.
    async fn request_retry(&self, missed: &Missed) -> Result<(), AskError>;
    /// Encrypts a file of `length` bytes and puts it on WhatsApp's media servers. `plain` is read once, on a thread that
    /// may block; the file is never whole in memory.
    async fn upload(
        &self,
        plain: Box<dyn Read + Send>,
        length: u64,
        kind: MediaKind,
    ) -> Result<Uploaded, WireError>;
    /// Gets a file from WhatsApp's media servers. It is given out when it is whole, decrypted, and the one that its hash
    /// names; not found (`media`) when the servers do not have it (any more).
    async fn download(&self, uploaded: &Uploaded, kind: MediaKind) -> Result<Downloaded, AskError>;
    /// Asks a message's sender to upload its file again. The answer comes as a `media.retry` event.
    async fn request_media_retry(&self, lost: Lost<'_>) -> Result<(), AskError>;
    /// Asks or tells WhatsApp something; gives what [`mod@edgewire_contract::answer`] has for it. Not for files.
    async fn ask(&self, live: &Live) -> Result<Option<Value>, AskError>;
    /// Asks for a pair code. Waits for the socket if need be.
    async fn pair_code(&self, ask: &PairCode) -> Result<(String, Duration), WireError>;
    /// Answers a pairing that asks for a passkey with what the owner's authenticator signed.
    async fn answer_passkey(&self, signed: &PasskeyAssertion) -> Result<(), WireError>;
    /// Confirms that the phone shows the code that the pairing gave.
    async fn confirm_passkey(&self) -> Result<(), WireError>;
    /// Who the session is.
    async fn identity(&self) -> Identity;
    /// Drops the socket and opens another at once.
    async fn reconnect(&self);
    /// Unlinks the device at WhatsApp, as far as possible, and ends the connection.
    async fn logout(&self);
    /// Ends the connection in order: what is buffered is written first.
    async fn close(&self);
    /// Ends the connection at once, writing nothing.
    fn abort(&self);
}

/// What a connection is opened with.
pub struct WireSetup {
    /// Whose it is.
    pub session: SessionId,
    /// Its keys.
    pub store: Arc<DeviceStore>,
    /// Whether the device is yet to be linked.
    pub fresh: bool,
    /// How the device names itself; used at the first pairing.
    pub props: DeviceProps,
    /// Takes the messages.
    pub inbox: Arc<dyn Inbox>,
    /// Takes the events.
    pub events: UnboundedSender<WireEvent>,
}

/// Opens connections.
#[async_trait]
pub trait WireFactory: Send + Sync {
    /// Opens one; it connects by itself from then on.
    async fn open(&self, setup: WireSetup) -> Result<Arc<dyn Wire>, WireError>;
}
