//! How tokens go with what they belong to.

use edgewire_contract::access::Action;
use edgewire_contract::ids::OrganizationId;
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use super::list;
use crate::admin::Admin;

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
    let all = gateway.bus.tokens(organization).await?;
    for (place, _) in list::look(gateway, organization, &all).await?.iter().filter(|(_, token)| meant(token))
    {
        gateway.bus.revoke_token(&place.hash).await?;
        let act = admin.act(gateway, Action::TokenDelete, organization, &place.id);
        if gateway.bus.drop_token(organization, &place.id, &act).await? {
            admin.done(gateway, &act).await?;
        }
    }
    Ok(())
}
