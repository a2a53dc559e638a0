//! How a token is told: never its secret, nor the hash of that. Times are unix seconds, as everywhere in the snake_case
//! routes.

use edgewire_contract::ids::{OrganizationId, SessionId, TokenId, UserId};
use edgewire_contract::moment::seconds;
use edgewire_contract::token::{Capability, TokenKind, TokenRecord};
use serde::Serialize;

/// A token as the API tells it.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    id: &'a TokenId,
    kind: TokenKind,
    organization: &'a OrganizationId,
    user: Option<&'a UserId>,
    capabilities: &'a [Capability],
    sessions: Option<&'a [SessionId]>,
    expires_at: Option<i64>,
    name: Option<&'a str>,
    created_at: i64,
    last_used_at: Option<i64>,
    deployment: bool,
    suspended: bool,
}

impl<'a> Told<'a> {
    /// Of its record.
    pub fn of(token: &'a TokenRecord) -> Self {
        Self {
            id: &token.id,
            kind: token.kind,
            organization: &token.organization,
            user: token.user.as_ref(),
            capabilities: &token.capabilities,
            sessions: token.sessions.as_deref(),
            expires_at: token.expires_at.map(seconds),
            name: token.name.as_deref(),
            created_at: seconds(token.created_at),
            last_used_at: token.last_used_at.map(seconds),
            deployment: token.deployment,
            suspended: token.suspended,
        }
    }
}
