//! What comes in over a connection: what it tells its session of itself ([`WireEvent`]), and what others send
//! ([`Incoming`], [`Missed`], [`Receipt`]).

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::command::SendMessage;
use edgewire_contract::event::{AuthPasskeyPayload, MessageStatus};
use edgewire_contract::jid::JidKind;
use whatsapp_rust::waproto::whatsapp as wa;

use super::Identity;

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
    /// Nothing has come over the connection for so long that there is nobody at its other end.
    Silent,
    /// There is no connection, and has been none for some time; another one is being opened.
    Away,
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
