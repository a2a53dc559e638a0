//! Payloads of the events about a session's life.

use serde::{Deserialize, Serialize};

use crate::session::SessionStatus;

/// The session's state changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionStatusPayload {
    /// The state it is in now.
    pub status: SessionStatus,
    /// Why, in words; null when there is nothing to say.
    pub reason: Option<String>,
    /// The account's phone number (digits), once paired.
    pub phone_number: Option<String>,
    /// The account's name, once known.
    pub push_name: Option<String>,
}

/// A QR code to scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthQrPayload {
    /// The text to draw.
    pub code: String,
    /// Until when it can be scanned, unix ms.
    pub expires_at: i64,
}

/// A pair code to type into the phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthCodePayload {
    /// `ABCD-EFGH`.
    pub code: String,
    /// Until when it works, unix ms.
    pub expires_at: i64,
}

/// A step of a pairing that is secured by a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyStep {
    /// The owner's passkey is asked for: sign `options` with it.
    Request,
    /// The code is to be compared with the phone's, and confirmed.
    Confirmation,
    /// It did not work.
    Error,
}

/// A pairing asks for a passkey, or goes on after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthPasskeyPayload {
    /// Which step.
    pub step: PasskeyStep,
    /// What a WebAuthn authenticator takes; of a request.
    pub options: Option<serde_json::Value>,
    /// What the phone shows; of a confirmation.
    pub code: Option<String>,
    /// Why it did not work.
    pub error: Option<String>,
}
