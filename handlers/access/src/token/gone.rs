//! How tokens go with what they belong to.

use edgewire_contract::access::Action;
use edgewire_contract::ids::{OrganizationId, TokenId};
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::bus::together;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use super::list;
use crate::admin::Admin;
use crate::standing::AT_ONCE;

/// Revokes those tokens of an organization that are `meant`.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn revoke<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
    meant: impl Fn(&TokenRecord) -> bool,
) -> Result<(), Problem> {
    for some in gateway.bus.tokens(organization).await?.chunks(AT_ONCE) {
        for (place, token) in list::look(gateway, organization, some).await? {
            if meant(&token) {
                one(gateway, admin, organization, &place).await?;
            }
        }
    }
    Ok(())
}

/// Revokes all tokens of an organization, also those of which nobody knows more than where they are.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn all<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
) -> Result<(), Problem> {
    for place in gateway.bus.tokens(organization).await? {
        one(gateway, admin, organization, &place).await?;
    }
    Ok(())
}

/// Revokes a token. Whether it was known.
///
/// Its record goes before anything else: without that it does not work. And once more when it is not known any more where
/// it was: of one that was being made, the record may have come meanwhile. (One that comes later its maker takes back, who
/// looks whether it is known still.)
///
/// # Errors
/// When Redis cannot be asked.
pub async fn one<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
    place: &Place,
) -> Result<bool, Problem> {
    gateway.bus.revoke_token(&place.hash).await?;
    let act = admin.act(gateway, Action::TokenDelete, organization, &place.id);
    let known = gateway.bus.drop_token(organization, &place.id, &act).await?;
    gateway.bus.revoke_token(&place.hash).await?;
    if known {
        admin.done(gateway, &act).await?;
    }
    Ok(known)
}

/// Forgets where tokens were that seem to have gone by themselves; and their records, should one have come all the same: by
/// a clock that is ahead, one that is just being made seems old. No token is to work that is not listed.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn forget<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    places: &[Place],
) -> Result<(), Problem> {
    for some in places.chunks(AT_ONCE) {
        let ids: Vec<TokenId> = some.iter().map(|place| place.id.clone()).collect();
        gateway.bus.sweep_tokens(organization, &ids).await?;
        for revoked in together(some.iter().map(|place| gateway.bus.revoke_token(&place.hash))).await {
            revoked?;
        }
    }
    Ok(())
}
