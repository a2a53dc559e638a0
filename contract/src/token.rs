//! Tokens as they are kept: under the hash of their secret, never the secret itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ids::{OrganizationId, SessionId, TokenId};

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Sessions, chats, contacts, messages, outbox.
    Read,
    /// Messages and what one does to them.
    Send,
    /// Create and change sessions and webhooks.
    Manage,
    /// The event stream.
    Events,
    /// Tokens, organizations, users.
    Admin,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 5] = [Self::Read, Self::Send, Self::Manage, Self::Events, Self::Admin];

    /// The spelling in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Send => "send",
            Self::Manage => "manage",
            Self::Events => "events",
            Self::Admin => "admin",
        }
    }
}

/// Two kinds of stored token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// `wa_…`, for scripts.
    ApiKey,
    /// A UUID v4, for the Device API.
    UserToken,
}

/// What stands under [`crate::keys::token`], as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// The contract's version.
    pub v: u8,
    /// Its public name.
    pub id: TokenId,
    /// What it is.
    pub kind: TokenKind,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The user it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What it may do.
    pub capabilities: Vec<Capability>,
    /// The sessions it may touch; all of the organization's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<SessionId>>,
    /// Until when it works, unix ms; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// The name its owner gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Unix ms.
    pub created_at: i64,
}

impl TokenRecord {
    /// Whether it may do `what` at `now_ms`.
    pub fn allows(&self, what: Capability) -> bool {
        self.capabilities.contains(&what)
    }

    /// Whether it may touch `session`.
    pub fn covers(&self, session: &SessionId) -> bool {
        self.sessions.as_ref().is_none_or(|list| list.contains(session))
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now_ms: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now_ms)
    }
}

/// The name under which a token is kept: hex SHA-256 of its secret. The secrets have 128 random bits or more, so a
/// plain hash is enough; there is nothing to guess.
pub fn token_hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// An API key's secret from 24 random bytes: `wa_…`.
pub fn api_key(random: [u8; 24]) -> String {
    format!("wa_{}", URL_SAFE_NO_PAD.encode(random))
}

/// A user token's secret from 16 random bytes: a UUID v4.
pub fn user_token(mut random: [u8; 16]) -> String {
    random[6] = (random[6] & 0x0f) | 0x40;
    random[8] = (random[8] & 0x3f) | 0x80;
    let h = hex(&random);
    format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_token_is_a_uuid_v4() {
        assert_eq!(user_token([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn the_hash_is_plain_sha256() {
        assert_eq!(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
