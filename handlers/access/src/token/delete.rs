//! `DELETE /api/v1/tokens/{id}?organization=`: revokes a token. The next request with it is refused.

use edgewire_contract::ids::{OrganizationId, TokenId};
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::{gone, look};
use crate::admin::{Admin, no_token};

/// Revokes a token.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn delete<B: AccessBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let mut checks = Checks::default();
    let asked = call.query().parsed("organization", OrganizationId::parse, &mut checks);
    checks.finish()?;
    let organization = admin.organization(asked)?;
    let id = TokenId::parse(&call.params[0]).map_err(|_| no_token())?;
    let hash = gateway.bus.token_hash(&organization, &id).await?.ok_or_else(no_token)?;
    let place = Place { id, hash };
    // One that cannot be read is revoked all the same.
    for (_, token) in look::at(gateway, &organization, std::slice::from_ref(&place)).await?.found {
        admin.may_end(&token)?;
    }
    if !gone::one(gateway, &admin, &organization, &place).await? {
        return Err(no_token().into());
    }
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}
