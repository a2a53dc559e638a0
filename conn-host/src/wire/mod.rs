//! The port to WhatsApp: all that the rest of conn-host knows of a connection. [`whatsapp`] is the adapter over the
//! library, [`scripted`] plays a script in tests.

mod sandbox_media;
pub mod scripted;
mod socket;
pub mod whatsapp;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgewire_contract::command::{DeviceProps, PairCode};
use edgewire_contract::event::MessageStatus;
use edgewire_contract::ids::SessionId;
use edgewire_store::DeviceStore;
use tokio::sync::mpsc::UnboundedSender;
use whatsapp_rust::waproto::whatsapp as wa;

/// A message ready for the wire.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The stanza's id.
    pub id: String,
    /// The recipient's JID.
    pub to: String,
    /// The protobuf, the same for every try.
    pub message: wa::Message,
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
    /// Something failed on the way, perhaps only this time.
    #[error("{0}")]
    Failed(String),
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
    /// Nobody scanned any of the codes; the connection has ended.
    QrExhausted,
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
    /// A receipt.
    Receipt(Receipt),
    /// Messages that the durability hook does not see (channels).
    Unhooked(Vec<Incoming>),
    /// The account's own name changed.
    Renamed,
    /// The connection's task ended; nothing more will come.
    Ended,
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
    /// Whether the account itself wrote it.
    pub from_me: bool,
    /// Whether the chat is a group.
    pub is_group: bool,
    /// The name the writer gave himself.
    pub push_name: Option<String>,
    /// Unix seconds.
    pub timestamp: i64,
    /// What it says.
    pub message: Arc<wa::Message>,
}

/// Where decrypted messages go before WhatsApp is told that they arrived.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Keeps the messages for good, or fails: then WhatsApp repeats them at the next connection.
    async fn keep(&self, messages: Vec<Incoming>) -> Result<(), edgewire_store::StoreError>;
}

/// A connection of one session.
#[async_trait]
pub trait Wire: Send + Sync {
    /// Encrypts and writes a message. `Ok` means written to the socket, no more; the acknowledgement is an event.
    async fn send(&self, message: Outgoing) -> Result<(), WireError>;
    /// Asks for a pair code. Waits for the socket if need be.
    async fn pair_code(&self, ask: &PairCode) -> Result<(String, Duration), WireError>;
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
