//! How tokens go with what they belong to.

use edgewire_contract::access::{Act, Action};
use edgewire_contract::ids::{OrganizationId, TokenId, UserId};
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::bus::together;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use super::look;
use crate::admin::Admin;
use crate::standing::AT_ONCE;

/// Revokes a user's tokens, and those that cannot be read: of these, nobody can say that they are not his.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn of_user<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<(), Problem> {
    for place in look::of_user(gateway, organization, user).await?.places() {
        one(gateway, admin, organization, place).await?;
    }
    Ok(())
}

/// Lets `admin` end all that a user's tokens may, or shut them out.
///
/// # Errors
/// 403 when one of them is of the deployment, and his is not.
pub async fn may_end_all_of<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
    user: &UserId,
) -> Result<(), Problem> {
    if !admin.token().deployment {
        for (_, token) in look::of_user(gateway, organization, user).await?.found {
            admin.may_end(&token)?;
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
/// # Errors
/// When Redis cannot be asked.
pub async fn one<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
    place: &Place,
) -> Result<bool, Problem> {
    let Some(act) = end(gateway, admin, organization, place).await? else { return Ok(false) };
    admin.done(gateway, &act).await?;
    Ok(true)
}

/// Takes a token back that was just made, before its secret is told. Its organization was told that it was made, and is told
/// that it is no more; its maker's, if that is another, was told neither.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn take_back<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
    place: &Place,
) -> Result<(), Problem> {
    end(gateway, admin, organization, place).await?;
    Ok(())
}

/// Ends a token, whatever its record says. What was done, if it was known.
///
/// Its record goes before anything else: without that it does not work. And once more when it is not known any more where
/// it was: of one that was being made, the record may have come meanwhile. (One that comes later its maker takes back, who
/// looks whether it is known still.)
async fn end<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    organization: &OrganizationId,
    place: &Place,
) -> Result<Option<Act>, Problem> {
    gateway.bus.revoke_token(&place.hash).await?;
    let act = admin.act(gateway, Action::TokenDelete, organization, &place.id);
    let known = gateway.bus.drop_token(organization, &place.id, &act).await?;
    gateway.bus.revoke_token(&place.hash).await?;
    Ok(known.then_some(act))
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
