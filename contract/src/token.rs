//! Tokens as they are kept: under the hash of their secret, never the secret itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ids::{OrganizationId, SessionId, TokenId, UserId};
use crate::shape::Name;

/// How old the last use that is noted of a token gets before it is noted anew, ms.
pub const USE_NOTED_MS: i64 = 3_600_000;

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

impl Name for Capability {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("read", Self::Read),
        ("send", Self::Send),
        ("manage", Self::Manage),
        ("events", Self::Events),
        ("admin", Self::Admin),
    ];
}

/// The kinds of stored token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// `wa_…`, for scripts.
    ApiKey,
    /// A UUID v4, for the Device API.
    UserToken,
    /// What a login that conn-host has verified may do, kept for a moment ([`crate::login`]). The secret is the JWT.
    Login,
}

impl TokenKind {
    /// The spelling in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::UserToken => "user_token",
            Self::Login => "login",
        }
    }
}

/// The kinds that can be made over the API.
impl Name for TokenKind {
    const NAMES: &'static [(&'static str, Self)] =
        &[("api_key", Self::ApiKey), ("user_token", Self::UserToken)];
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
    pub user: Option<UserId>,
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
    /// When it was last used, unix ms, to within [`USE_NOTED_MS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<i64>,
    /// Whether it administers the whole deployment: all organizations, and what is theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deployment: bool,
    /// Whether it does not work now, because its organization or its user is disabled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// How often it was suspended, also while it was so already: who lifts a suspension writes over a record that has not
    /// been suspended since he read it.
    #[serde(default, skip_serializing_if = "never")]
    pub suspensions: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn never(times: &u32) -> bool {
    *times == 0
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

    /// Whether it opens anything at `now_ms`.
    pub fn works(&self, now_ms: i64) -> bool {
        !self.suspended && !self.is_expired(now_ms)
    }

    /// It, suspended once more.
    #[must_use]
    pub fn suspend(mut self) -> Self {
        self.suspended = true;
        self.suspensions = self.suspensions.wrapping_add(1);
        self
    }

    /// Whether the use of it at `now_ms` has to be noted.
    pub fn is_use_news(&self, now_ms: i64) -> bool {
        self.last_used_at.is_none_or(|at| now_ms - at > USE_NOTED_MS)
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
    fn names_are_what_is_stored() {
        for (name, capability) in Capability::NAMES {
            assert_eq!(serde_json::to_value(capability).unwrap(), *name);
            assert_eq!(capability.as_str(), *name);
        }
        assert_eq!(Capability::NAMES.len(), Capability::ALL.len());
        for (name, kind) in TokenKind::NAMES {
            assert_eq!(serde_json::to_value(kind).unwrap(), *name);
            assert_eq!(kind.as_str(), *name);
        }
    }

    #[test]
    fn a_use_is_news_once_an_hour() {
        let record = |last_used_at| TokenRecord {
            v: 1,
            id: TokenId::generate(0, 0),
            kind: TokenKind::ApiKey,
            organization: OrganizationId::parse("acme").unwrap(),
            user: None,
            capabilities: Vec::new(),
            sessions: None,
            expires_at: None,
            name: None,
            created_at: 0,
            last_used_at,
            deployment: false,
            suspended: false,
            suspensions: 0,
        };
        assert!(record(None).is_use_news(1));
        assert!(!record(Some(1)).is_use_news(1 + USE_NOTED_MS));
        assert!(record(Some(1)).is_use_news(2 + USE_NOTED_MS));
        // By a clock that is behind.
        assert!(!record(Some(9)).is_use_news(1));
    }

    #[test]
    fn the_hash_is_plain_sha256() {
        assert_eq!(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
