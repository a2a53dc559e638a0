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
