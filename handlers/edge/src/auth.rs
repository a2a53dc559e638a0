//! Who asks, and whether he may.
//!
//! A token comes as `Authorization: Bearer <token>` (the scheme in any case, or left out) or as `X-Api-Key: <token>`.
//! It is looked up by its hash; nothing is remembered between requests, so that a revoked token is refused at once, and so is
//! one that was suspended. Once an hour its record is told that it is used. What is not found and may be a login is asked
//! about ([`crate::login`]).

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{OrganizationId, SessionId, TokenId};
use edgewire_contract::login::is_jwt;
use edgewire_contract::token::{Capability, TokenKind, TokenRecord, token_hash};
use edgewire_contract::{CONTRACT_VERSION, session::SessionRecord};

use crate::bus::{Bus, SessionView, Stored};
use crate::env::Env;
use crate::gateway::Gateway;
use crate::problem::Problem;
use crate::request::Headers;

/// The longest token that is looked up, unless it is a JWT.
const LONGEST_TOKEN: usize = 512;

/// When the look at a token took longer than this, ms, its use is noted another time: that would take as long again.
const SLOW_MS: i64 = 100;

/// The holder of a good token.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token.
    pub token: TokenRecord,
    /// What it was presented as.
    pub secret: Secret,
}

/// A token's secret; not to be shown.
#[derive(Clone)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Caller {
    /// Whose sessions these are.
    pub fn organization(&self) -> &OrganizationId {
        &self.token.organization
    }

    /// Whether this is the bootstrap token's holder.
    pub fn is_bootstrap<B: Bus, E: Env>(&self, gateway: &Gateway<B, E>) -> bool {
        let Secret(secret) = &self.secret;
        gateway.is_bootstrap(&token_hash(secret))
    }

    /// Reads a session's id from the path.
    ///
    /// # Errors
    /// 404 when it is no id, or not on the token's list.
    pub fn session(&self, text: &str) -> Result<SessionId, Fault> {
        let id = SessionId::parse(text).map_err(|_| Fault::not_found("session"))?;
        if self.token.covers(&id) { Ok(id) } else { Err(Fault::not_found("session")) }
    }

    /// Whether a session is the caller's.
    pub fn owns(&self, record: &SessionRecord) -> bool {
        record.organization == self.token.organization && self.token.covers(&record.id)
    }
}

impl<B: Bus, E: Env> Gateway<B, E> {
    /// The caller, who has one of the capabilities `any_of`.
    ///
    /// # Errors
    /// 401 without a good token (one answer for all reasons), 403 without the capability, 503 when nobody can say.
    pub async fn caller(&self, headers: &Headers, any_of: &[Capability]) -> Result<Caller, Problem> {
        let secret = Secret(presented(headers).ok_or_else(unauthorized)?.to_owned());
        let token = self.token(&secret).await?.ok_or_else(unauthorized)?;
        if !any_of.iter().any(|capability| token.allows(*capability)) {
            let names: Vec<_> = any_of.iter().map(|c| c.as_str()).collect();
            let message = format!("the token lacks the capability {}", names.join(" or "));
            return Err(Fault::new(FaultCode::Forbidden, message).with("capabilities", names).into());
        }
        Ok(Caller { token, secret })
    }

    /// The token with this secret, while it is good.
    ///
    /// # Errors
    /// When Redis cannot be asked, or nobody says what a login is worth.
    pub async fn token(&self, Secret(secret): &Secret) -> Result<Option<TokenRecord>, Problem> {
        let hash = token_hash(secret);
        if self.is_bootstrap(&hash) {
            return Ok(Some(bootstrap_token()));
        }
        let now = self.env.now_ms();
        let Some(token) = self.bus.token(&hash).await? else {
            return if is_jwt(secret) { self.login(secret).await } else { Ok(None) };
        };
        if !token.record.works(now) {
            return Ok(None);
        }
        let slow = self.env.now_ms() - now > SLOW_MS;
        if token.record.is_use_news(now) && !slow {
            self.note_use(&hash, &token, now).await;
        }
        Ok(Some(token.record))
    }

    /// Whether this is the hash of the bootstrap token, which nothing suspends.
    fn is_bootstrap(&self, hash: &str) -> bool {
        self.settings.admin_token_hash.as_deref().is_some_and(|own| same(own, hash))
    }

    /// Notes that a token is used: by chance only, since whoever comes first counts, and nobody waits for it to work.
    async fn note_use(&self, hash: &str, token: &Stored<TokenRecord>, now: i64) {
        let used = TokenRecord { last_used_at: Some(now), ..token.record.clone() };
        let _missed = self.bus.swap_token(hash, token, &used).await;
    }

    /// The session named in the path, which is the caller's.
    ///
    /// # Errors
    /// 404 when there is none, or it is another's.
    pub async fn session(&self, caller: &Caller, id: &SessionId) -> Result<SessionView, Problem> {
        let view = self.bus.session(caller.organization(), id).await?;
        let view = view.filter(|view| caller.owns(&view.record));
        view.ok_or_else(|| Fault::not_found("session").into())
    }
}

/// One answer for all reasons.
pub fn unauthorized() -> Fault {
    Fault::new(
        FaultCode::Unauthorized,
        "a valid token is required: Authorization: Bearer <token> or X-Api-Key: <token>",
    )
}

/// The token that a request presents.
fn presented(headers: &Headers) -> Option<&str> {
    let text = |name: &str| headers.get(name).map(str::trim);
    let authorization = text("authorization").and_then(|value| match value.split_once(' ') {
        None => Some(value),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        Some(_) => None,
    });
    let usable = |token: &&str| {
        !token.is_empty() && (token.len() <= LONGEST_TOKEN || is_jwt(token)) && !token.contains(' ')
    };
    authorization.filter(usable).or_else(|| text("x-api-key").filter(usable))
}

/// Compares two hashes in a time that does not tell where they differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn bootstrap_token() -> TokenRecord {
    TokenRecord {
        v: CONTRACT_VERSION,
        id: TokenId::generate(0, 0),
        kind: TokenKind::ApiKey,
        organization: OrganizationId::parse("default").expect("is a name"),
        user: None,
        capabilities: Capability::ALL.to_vec(),
        sessions: None,
        expires_at: None,
        name: Some("bootstrap".into()),
        created_at: 0,
        last_used_at: None,
        deployment: true,
        suspended: false,
        suspensions: 0,
    }
}

#[cfg(test)]
mod tests;
