//! Commands on a session itself.

use serde::{Deserialize, Serialize};

/// A change in a session's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum SessionAction {
    /// Connect, or begin pairing. Done when the socket task runs, not when it is connected.
    Start,
    /// Close the socket and stay closed; the pairing is kept.
    Stop,
    /// Close and connect anew.
    Restart,
    /// Unlink the device at WhatsApp; its keys are quarantined.
    Logout,
    /// Log out if possible, then forget the session: keys, events, media.
    Delete,
    /// Ask for a pair code instead of showing a QR. The outcome's `data` has `code` and `timeout_seconds`.
    PairCode(PairCode),
}

impl SessionAction {
    /// A short name for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start => "session.start",
            Self::Stop => "session.stop",
            Self::Restart => "session.restart",
            Self::Logout => "session.logout",
            Self::Delete => "session.delete",
            Self::PairCode(_) => "session.pair_code",
        }
    }
}

/// What a pair code is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairCode {
    /// The phone's number, digits only.
    pub phone_number: String,
    /// Whether the phone shows a notification.
    pub show_push_notification: bool,
    /// Eight characters that the user wants to type instead of random ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_code: Option<String>,
}

/// How the device names itself in the phone's list of linked devices. Honoured at the first pairing only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeviceProps {
    /// The name shown ("Edgewire" by default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// `chrome`, `firefox`, `safari`, `edge`, `desktop`…
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}
