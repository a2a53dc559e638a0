//! Outcomes: the truth about a command, kept under its id from the moment it is accepted.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::Mode;
use crate::fault::Fault;
use crate::ids::{CommandId, MessageId, OrganizationId, SessionId};
use crate::jid::Jid;
use crate::media::MediaKind;

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
    /// When it is to go out, for sends that were given a time: unix ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<i64>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// It takes long: whoever waits need not. Said while it runs, not of its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub background: bool,
    /// What the command gave, for those that give something; of a sent file, [`MediaReport`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

/// What became of a sent file on its way, measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaReport {
    /// What it was sent as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<MediaKind>,
    /// Whether it was sent as a voice note (push to talk).
    #[serde(default)]
    pub ptt: bool,
    /// The bytes that were uploaded, before their encryption.
    pub size_bytes: u64,
    /// The type that was sent.
    pub mimetype: String,
    /// What came in, as the content says: a MIME type.
    pub original_format: String,
    /// Whether what was sent is not what came in.
    pub converted: bool,
    /// Seconds, of audio and video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Whether a voice note has its waveform.
    #[serde(default)]
    pub waveform: bool,
    /// Whether it has a thumbnail.
    #[serde(default)]
    pub thumbnail: bool,
    /// How long it took to get it from its URL, ms; 0 without one.
    pub download_ms: u64,
    /// How long its preparation took, ms.
    pub conversion_ms: u64,
    /// How long its upload took, ms; 0 when it was not uploaded.
    pub upload_ms: u64,
}
