//! Commands: what a handler asks of conn-host, one JSON document per entry of a shard's command stream.
//!
//! A command carries everything that must be the same when it runs twice: its id, the WhatsApp message id, the
//! message secret and the timestamps. Running it again therefore makes the same message, which WhatsApp and the
//! official apps know by its id.

mod live;
mod message;
mod session;

use serde::{Deserialize, Serialize};

pub use live::{
    BlockContact, CheckContacts, ContactPicture, CreateGroup, CreateNewsletter, DeleteForMe, Download,
    Fetched, GroupChange, GroupInvite, Live, NewsletterMessages, ParticipantChange, Participants,
    ReactToPost, RequestHistory, RequestRetry, SetPresence, Typing, TypingState, UpdateGroup, Upload,
    WatchPresence,
};
pub use message::{Mark, MarkKind, MessageSecret, Quoted, SendMessage};
pub use session::{
    AssertionResponse, CredentialKind, DeviceProps, PairCode, PasskeyAssertion, SessionAction,
};

use crate::ids::{CommandId, OrganizationId, RequestId, SessionId};
use crate::media::{BlobRef, Source};

/// One entry of a command stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// The contract's version.
    pub v: u8,
    /// Names the command; callers know it as the outbox id.
    pub id: CommandId,
    /// Who asked.
    pub organization: OrganizationId,
    /// Which session is to do it.
    pub session: SessionId,
    /// Leads from the HTTP request to the log lines of both halves.
    pub request_id: RequestId,
    /// When it was accepted, unix ms.
    pub issued_at: i64,
    /// Whether the caller waits.
    pub mode: Mode,
    /// Until when the caller waits, unix ms. The command runs all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// The reply list to wake when it is done ([`crate::keys::replies`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
}

/// Whether the caller waits for the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The caller waits until the deadline.
    Sync,
    /// The caller was answered when the command was accepted.
    Async,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Action {
    /// Sends a message.
    Send(Box<SendMessage>),
    /// Changes the life of the session itself.
    Session(SessionAction),
    /// Says that messages were read. Waits for a connection, in its chat's order, as a message does.
    Mark(Mark),
    /// Asks or tells WhatsApp something at once, over a session that is connected now. What comes of it is the outcome's
    /// `data`. Not run after its deadline, nor again after a crash where that would do it twice.
    Live(Live),
}

impl Action {
    /// The blob that the command owns: it lives until the command ends.
    pub fn blob(&self) -> Option<&BlobRef> {
        match self {
            Self::Send(send) => match &send.content.media()?.1.source {
                Source::Blob(blob) => Some(blob),
                _ => None,
            },
            Self::Live(Live::Upload(upload)) => Some(&upload.blob),
            Self::Session(_) | Self::Mark(_) | Self::Live(_) => None,
        }
    }

    /// A short name for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Send(send) => send.content.name(),
            Self::Session(action) => action.name(),
            Self::Mark(_) => "mark",
            Self::Live(live) => live.name(),
        }
    }
}
