//! A session's record: a Redis hash with these fields, written by the handlers at creation and by the owning
//! conn-host after that (fenced). What is *wanted* is kept apart from what *is*: a session that was killed while
//! connecting is started again because it is wanted, whatever its last status said.

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, SessionId};

/// The state machine's states, as callers see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// Not running, because nobody wants it to.
    Stopped,
    /// The socket is being opened.
    Connecting,
    /// Waits for a person to scan a QR code.
    WaitingForQr,
    /// Waits for a person to type a pair code into the phone.
    WaitingForPairCode,
    /// Waits for a passkey step of the pairing.
    WaitingForPasskey,
    /// Logged in, and the socket is alive.
    Connected,
    /// Paired; the socket is gone and will come back by itself.
    Reconnecting,
    /// WhatsApp unlinked the device; pair again.
    LoggedOut,
    /// WhatsApp banned the account, for a time or for good.
    Banned,
    /// Something that only a person can mend; `reason` says what.
    Failed,
}

impl SessionStatus {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Stopped,
        Self::Connecting,
        Self::WaitingForQr,
        Self::WaitingForPairCode,
        Self::WaitingForPasskey,
        Self::Connected,
        Self::Reconnecting,
        Self::LoggedOut,
        Self::Banned,
        Self::Failed,
    ];

    /// The spelling in JSON and in Redis.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Connecting => "connecting",
            Self::WaitingForQr => "waiting_for_qr",
            Self::WaitingForPairCode => "waiting_for_pair_code",
            Self::WaitingForPasskey => "waiting_for_passkey",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::LoggedOut => "logged_out",
            Self::Banned => "banned",
            Self::Failed => "failed",
        }
    }

    /// Reads the spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// What the session's owner wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// Connected, whenever possible.
    Run,
    /// Closed.
    Stop,
}

impl Wanted {
    /// The spelling in Redis.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Stop => "stop",
        }
    }
}

/// How fast a session may send, and in what manner. What is left out has no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many messages in any 60 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// How many messages in any 60 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// To how many people without a chat in any 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_contacts_per_day: Option<u32>,
    /// Up to how long a message waits before it goes out, by chance, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_ms: Option<u32>,
    /// Whether the recipient sees somebody write before a message comes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub typing: bool,
}

/// Names of the fields of a session's hash.
pub mod field {
    /// The organization that owns it.
    pub const ORGANIZATION: &str = "org";
    /// The name its owner gave it.
    pub const NAME: &str = "name";
    /// `run` or `stop`.
    pub const WANTED: &str = "wanted";
    /// The state.
    pub const STATUS: &str = "status";
    /// Why the state is what it is.
    pub const REASON: &str = "reason";
    /// `1` once it has been paired and until it is logged out.
    pub const PAIRED: &str = "paired";
    /// Phone number, digits.
    pub const PHONE: &str = "phone";
    /// The account's LID.
    pub const LID: &str = "lid";
    /// The account's name.
    pub const PUSH_NAME: &str = "push_name";
    /// The device's own JID, with its device number.
    pub const DEVICE: &str = "device";
    /// How the device names itself, JSON.
    pub const PROPS: &str = "props";
    /// How fast it may send, JSON of [`super::Rate`].
    pub const RATE: &str = "rate";
    /// Unix ms.
    pub const CREATED_AT: &str = "created_at";
    /// Unix ms.
    pub const UPDATED_AT: &str = "updated_at";
    /// Unix ms.
    pub const LAST_CONNECTED_AT: &str = "last_connected_at";
}

/// A session's hash, read.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The name its owner gave it.
    pub name: Option<String>,
    /// Whether it is to run.
    pub wanted: Wanted,
    /// The state, as its owner last wrote it.
    pub status: SessionStatus,
    /// Why.
    pub reason: Option<String>,
    /// Whether the device is linked.
    pub paired: bool,
    /// Phone number, digits.
    pub phone: Option<String>,
    /// The account's LID.
    pub lid: Option<String>,
    /// The account's name.
    pub push_name: Option<String>,
    /// The device's own JID.
    pub device: Option<String>,
    /// How the device names itself, JSON of [`crate::command::DeviceProps`].
    pub props: Option<String>,
    /// How fast it may send.
    pub rate: Option<Rate>,
    /// Unix ms.
    pub created_at: i64,
    /// Unix ms.
    pub updated_at: i64,
    /// Unix ms.
    pub last_connected_at: Option<i64>,
}

impl SessionRecord {
    /// Reads the answer of `HGETALL`: names and values in turn. `None` for no hash, or one without an owner.
    pub fn from_pairs<'a>(
        id: &SessionId,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<Self> {
        let mut fields: std::collections::HashMap<&str, &str> = pairs.into_iter().collect();
        let mut take = |name: &str| fields.remove(name).filter(|v| !v.is_empty()).map(str::to_owned);
        Some(Self {
            id: id.clone(),
            organization: OrganizationId::parse(&take(field::ORGANIZATION)?).ok()?,
            name: take(field::NAME),
            wanted: if take(field::WANTED).as_deref() == Some("run") { Wanted::Run } else { Wanted::Stop },
            status: take(field::STATUS)
                .and_then(|s| SessionStatus::parse(&s))
                .unwrap_or(SessionStatus::Stopped),
            reason: take(field::REASON),
            paired: take(field::PAIRED).as_deref() == Some("1"),
            phone: take(field::PHONE),
            lid: take(field::LID),
            push_name: take(field::PUSH_NAME),
            device: take(field::DEVICE),
            props: take(field::PROPS),
            rate: take(field::RATE).and_then(|json| serde_json::from_str(&json).ok()),
            created_at: take(field::CREATED_AT).and_then(|n| n.parse().ok()).unwrap_or(0),
            updated_at: take(field::UPDATED_AT).and_then(|n| n.parse().ok()).unwrap_or(0),
            last_connected_at: take(field::LAST_CONNECTED_AT).and_then(|n| n.parse().ok()),
        })
    }

    /// The state as it is true now: the stored one, unless nobody owns the shard's sockets any more.
    pub fn status_now(&self, owned: bool) -> SessionStatus {
        match self.status {
            SessionStatus::Connected if !owned => SessionStatus::Reconnecting,
            SessionStatus::WaitingForQr
            | SessionStatus::WaitingForPairCode
            | SessionStatus::WaitingForPasskey
                if !owned =>
            {
                SessionStatus::Connecting
            }
            status => status,
        }
    }
}

/// What stands under [`crate::keys::pairing`] while a session waits to be paired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairingStep {
    /// The QR's text, when pairing by QR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
    /// The pair code, when pairing by code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Until when the QR can be scanned; until when the code can be typed where there is no QR. Unix ms.
    pub expires_at: i64,
}

/// What stands under [`crate::keys::history_request`]: what was asked of the phone's past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRequest {
    /// Of which chat: a JID.
    pub chat: String,
    /// How many messages.
    pub count: u32,
    /// What of the phone's answer has been told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<HistoryPart>,
}

/// A part of a phone's answer that has been told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPart {
    /// Which one, as the phone counts.
    pub part: u32,
    /// In how many pieces it was told.
    pub chunks: u32,
    /// How many messages it had.
    pub messages: u32,
    /// Whether the phone counts none behind it.
    #[serde(default)]
    pub last: bool,
}

impl HistoryRequest {
    /// Whether the whole answer has been told once `part` is, too: parts may come in any order, and are counted from 1.
    pub fn is_answered_by(&self, part: &HistoryPart) -> bool {
        let end = self.parts.iter().chain([part]).filter(|part| part.last).map(|part| part.part).max();
        end.is_some_and(|end| self.parts.len() + 1 >= end as usize)
    }
}
