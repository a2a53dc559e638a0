//! The port to WhatsApp: all that the rest of conn-host knows of a connection. [`whatsapp`] is the adapter over the
//! library, [`scripted`] plays a script in tests; `inbox` is where it puts what comes in.

mod inbox;
mod sandbox_media;
pub mod scripted;
mod socket;
pub mod whatsapp;

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgewire_contract::command::{DeviceProps, Live, MarkKind, PairCode, PasskeyAssertion, SendMessage};
use edgewire_contract::event::{AuthPasskeyPayload, MessageStatus};
use edgewire_contract::ids::SessionId;
use edgewire_contract::jid::JidKind;
use edgewire_contract::media::{MediaKind, Uploaded};
use edgewire_store::DeviceStore;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use whatsapp_rust::waproto::whatsapp as wa;

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

/// WhatsApp's word on a stanza of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// The message's id.
    pub id: String,
    /// WhatsApp's time of it, unix ms.
    pub timestamp: Option<i64>,
    /// The code of a refusal.
    pub refused: Option<String>,
}

/// A receipt for messages of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which messages.
    pub ids: Vec<String>,
    /// How far they are.
    pub status: MessageStatus,
    /// Who says so, without device.
    pub participant: String,
    /// Unix ms.
    pub timestamp: i64,
}

/// A message of another that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// WhatsApp's id.
    pub id: String,
    /// The chat's JID.
    pub chat: String,
    /// The writer's JID, without device.
    pub sender: String,
    /// The number of the writer's device.
    pub device: u16,
    /// When it was sent, unix ms.
    pub at: i64,
}

/// What a connection tells its session.
#[derive(Debug, Clone)]
pub enum WireEvent {
    /// A QR code to show.
    Qr {
        /// The text to draw.
        code: String,
        /// How long it works.
        timeout: Duration,
    },
    /// Nobody scanned any of the codes, and there are no more of them on this connection.
    QrExhausted {
        /// Whether the connection has ended with them. It goes on while a pair code is waited for.
        ended: bool,
    },
    /// The pair code is of no use any more.
    CodeGone {
        /// Why.
        why: String,
        /// Whether WhatsApp wants another one to be asked for at once.
        another: bool,
    },
    /// The pairing asks for a passkey, or goes on after it.
    Passkey(AuthPasskeyPayload),
    /// The device was linked; the connection is made anew by itself.
    Paired,
    /// The pairing was refused.
    PairFailed(String),
    /// Logged in and usable.
    Connected,
    /// The socket is gone; the library opens another.
    Disconnected(String),
    /// WhatsApp unlinked the device.
    LoggedOut(String),
    /// WhatsApp banned the account for this long.
    Banned {
        /// What WhatsApp says of it.
        reason: String,
        /// How long.
        expires: Duration,
    },
    /// Another connection with these keys took over.
    Replaced,
    /// WhatsApp refuses the connection; trying again at once is of no use.
    Refused(String),
    /// An acknowledgement or a refusal.
    Acked(Ack),
    /// The account's own name changed.
    Renamed,
    /// The connection's task ended; nothing more will come.
    Ended,
}

/// What becomes of a newsletter's post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostChange {
    /// It says something else now.
    Edited,
    /// It is gone.
    Revoked,
}

/// A decrypted message on its way in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// WhatsApp's id.
    pub id: String,
    /// The chat's JID.
    pub chat: String,
    /// The writer's JID, without device.
    pub sender: String,
    /// The writer's other address (phone for a LID, LID for a phone), where known.
    pub sender_alt: Option<String>,
    /// The chat's other address, where known; of chats of two.
    pub chat_alt: Option<String>,
    /// The number of the writer's device.
    pub device: u16,
    /// Whether the account itself wrote it.
    pub from_me: bool,
    /// Whether the chat is a group.
    pub is_group: bool,
    /// The name the writer gave himself.
    pub push_name: Option<String>,
    /// The writer's name, where WhatsApp has verified it.
    pub verified_name: Option<String>,
    /// Unix seconds.
    pub timestamp: i64,
    /// Whether a group's admin acts on what another wrote.
    pub by_admin: bool,
    /// What it does to the newsletter's post that came under the same id; `None` for a post.
    pub post: Option<PostChange>,
    /// The number that WhatsApp's server gave it, of a newsletter's post.
    pub server_id: Option<u64>,
    /// How long it stays, seconds.
    pub ephemeral_seconds: Option<u32>,
    /// The message that it comments on.
    pub comment_on: Option<wa::MessageKey>,
    /// Whether it had waited at WhatsApp while nobody was connected.
    pub offline: bool,
    /// What it says.
    pub message: Arc<wa::Message>,
}

impl Incoming {
    /// The message that `send` wrote, as if it had come in.
    pub fn ours(send: &SendMessage, me: &Identity, message: Arc<wa::Message>) -> Self {
        let sender = me.addresses();
        Self {
            id: send.message_id.to_string(),
            chat: send.to.to_string(),
            sender: sender.phone.clone().or_else(|| sender.lid.clone()).unwrap_or_default(),
            sender_alt: sender.lid.filter(|_| sender.phone.is_some()),
            chat_alt: None,
            device: 0,
            from_me: true,
            is_group: send.to.kind() == JidKind::Group,
            push_name: me.push_name.clone(),
            verified_name: None,
            timestamp: send.timestamp / 1000,
            by_admin: false,
            post: None,
            server_id: None,
            ephemeral_seconds: None,
            comment_on: None,
            offline: false,
            message,
        }
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
