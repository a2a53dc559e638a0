//! What a verified login may do: what its user's role may, in its organization.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::access::{Organization, User};
use edgewire_contract::ids::TokenId;
use edgewire_contract::token::{TokenKind, TokenRecord};
use sha2::{Digest as _, Sha256};

use crate::claims::Login;
use crate::error::Refusal;

/// What is kept of the organization and the user of a login.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Whether there is such an organization.
    pub known: bool,
    /// Its record; one that came to be with a token or a session has none.
    pub organization: Option<Organization>,
    /// The user's record, if he is kept.
    pub user: Option<User>,
}

/// The record of a login, as of any other token. A user who is kept has the role that is kept, any other the one that the
/// provider says.
///
/// # Errors
/// When there is no such organization, or it or the user is disabled; when there is no role.
pub fn grant(login: &Login, standing: &Standing, jwt: &str, now_ms: i64) -> Result<TokenRecord, Refusal> {
    if !standing.known {
        return Err(Refusal::UnknownOrganization);
    }
    let disabled = standing.organization.as_ref().is_some_and(|kept| kept.disabled)
        || standing.user.as_ref().is_some_and(|kept| kept.disabled);
    if disabled {
        return Err(Refusal::Disabled);
    }
    let role = standing.user.as_ref().map(|kept| kept.role).or(login.role).ok_or(Refusal::Role)?;
    Ok(TokenRecord {
        v: CONTRACT_VERSION,
        id: id(login, jwt),
        kind: TokenKind::Login,
        organization: login.organization.clone(),
        user: Some(login.user.clone()),
        capabilities: role.capabilities().to_vec(),
        sessions: None,
        expires_at: Some(login.ends_at),
        name: None,
        created_at: login.issued_at.unwrap_or(now_ms),
        // It goes long before that would have to be noted again.
        last_used_at: Some(now_ms),
        deployment: false,
        suspended: false,
        suspensions: 0,
    })
}

/// The same for the same JWT, however often and by whomever it is verified: the audit names it.
fn id(login: &Login, jwt: &str) -> TokenId {
    let hash: [u8; 32] = Sha256::digest(jwt.as_bytes()).into();
    let half = hash.first_chunk().expect("a hash has 32 bytes");
    TokenId::generate(login.issued_at.unwrap_or(login.ends_at), u128::from_be_bytes(*half))
}

#[cfg(test)]
mod tests;
