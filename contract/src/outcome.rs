//! Outcomes: the truth about a command, kept under its id from the moment it is accepted.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::Mode;
use crate::fault::Fault;
use crate::ids::{CommandId, MessageId, OrganizationId, SessionId};
use crate::jid::Jid;

/// How far a command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeStatus {
    /// Accepted; nobody has finished it yet.
    Queued,
    /// WhatsApp's server acknowledged the message.
    Sent,
    /// It did not and will not work; `error` says why.
    Failed,
    /// A command that is no send has been carried out.
    Done,
}

impl OutcomeStatus {
    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        self != Self::Queued
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The contract's version.
    pub v: u8,
    /// The command.
    pub id: CommandId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which session runs it.
    pub session: SessionId,
    /// How it was asked for.
    pub mode: Mode,
    /// How far it has come.
    pub status: OutcomeStatus,
    /// When that was: WhatsApp's own time once it is sent. Unix ms.
    pub timestamp: i64,
    /// The message's id, for sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The recipient, for sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Jid>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// What the command gave, for those that give something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}
