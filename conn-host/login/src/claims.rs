//! What a JWT says, once its signature is good: that it is for us, that its time is now, and who it is.

use edgewire_contract::access::Role;
use edgewire_contract::ids::{OrganizationId, UserId};
use edgewire_contract::shape::Name as _;
use serde_json::{Map, Value};

use crate::error::Refusal;

/// By how much clocks may differ, ms.
pub const LEEWAY_MS: i64 = 60_000;
/// The last second that is a time: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// What a login must say to be one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `iss`.
    pub issuer: String,
    /// What `aud` is, or has.
    pub audience: String,
    /// The claim that has the organization's id.
    pub organization_claim: String,
    /// The claim that has the role.
    pub role_claim: String,
}

/// Who has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The organization that it is for.
    pub organization: OrganizationId,
    /// Who it is: `sub`.
    pub user: UserId,
    /// What the provider says that he is.
    pub role: Option<Role>,
    /// When it was issued, unix ms.
    pub issued_at: Option<i64>,
    /// Until when it is good, unix ms: `exp`, and the leeway.
    pub ends_at: i64,
}

/// Reads the claims of a JWT whose signature is good.
pub fn read(claims: &Map<String, Value>, expected: &Expected, now_ms: i64) -> Result<Login, Refusal> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer.as_str()) {
        return Err(Refusal::Issuer);
    }
    let for_us = |one: &Value| one.as_str() == Some(expected.audience.as_str());
    let is_for_us = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().any(for_us),
        Some(one) => for_us(one),
        None => false,
    };
    if !is_for_us {
        return Err(Refusal::Audience);
    }
    let ends_at = time(claims, "exp")?.ok_or(Refusal::Endless)? + LEEWAY_MS;
    if ends_at <= now_ms {
        return Err(Refusal::Expired);
    }
    if time(claims, "nbf")?.is_some_and(|at| at > now_ms + LEEWAY_MS) {
        return Err(Refusal::Early);
    }
    let issued_at = time(claims, "iat")?;
    if issued_at.is_some_and(|at| at > now_ms + LEEWAY_MS) {
        return Err(Refusal::FromTheFuture);
    }
    let user = text("sub").and_then(|sub| UserId::parse(sub).ok()).ok_or(Refusal::Subject)?;
    let organization = text(&expected.organization_claim).and_then(|id| OrganizationId::parse(id).ok());
    let organization = organization.ok_or(Refusal::Organization)?;
    let role = text(&expected.role_claim).and_then(role);
    Ok(Login { organization, user, role, issued_at, ends_at })
}

fn role(name: &str) -> Option<Role> {
    Role::NAMES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
}

/// A claim that is a time (seconds, whole or not), as unix ms.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_i64().or_else(|| {
        let seconds = value.as_f64()?;
        // Of a number of this size nothing is cut off but its fraction.
        (0.0..=LAST_SECOND as f64).contains(&seconds).then_some(seconds as i64)
    });
    match seconds {
        Some(seconds) if (0..=LAST_SECOND).contains(&seconds) => Ok(Some(seconds * 1000)),
        _ => Err(Refusal::Malformed),
    }
}

#[cfg(test)]
mod tests;
