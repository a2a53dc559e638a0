//! Commands: what a handler asks of conn-host, one JSON document per entry of a shard's command stream.
//!
//! A command carries everything that must be the same when it runs twice: its id, the WhatsApp message id, the
//! message secret and the timestamps. Running it again therefore makes the same message, which WhatsApp and the
//! official apps know by its id.

mod message;
mod session;

use serde::{Deserialize, Serialize};

pub use message::{Content, MessageSecret, Quoted, SendMessage, Text};
pub use session::{DeviceProps, PairCode, SessionAction};

use crate::ids::{CommandId, OrganizationId, RequestId, SessionId};

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
    Send(SendMessage),
    /// Changes the life of the session itself.
    Session(SessionAction),
}

impl Action {
    /// A short name for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Send(send) => send.content.name(),
            Self::Session(action) => action.name(),
        }
    }
}
