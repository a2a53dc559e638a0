//! How an organization is changed: over the record that was read, and then its tokens after it.

use edgewire_contract::access::{Action, Organization};
use edgewire_contract::ids::OrganizationId;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use super::wish::OrganizationChange;
use crate::admin::{Admin, no_organization};
use crate::keep::{TRIES, contended};
use crate::standing;

/// Changes one, and gives it as it is now. Where it is said whether it is disabled, all of its tokens are seen to, also when
/// it was so before: whoever broke off there comes again.
///
/// # Errors
/// 404 when it is gone; 409 when others change it all the time.
pub async fn changed<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    id: &OrganizationId,
    change: &OrganizationChange,
) -> Result<Organization, Problem> {
    for _ in 0..TRIES {
        let found = gateway.bus.organization(id).await?.ok_or_else(no_organization)?;
        let before = found.organization();
        let mut organization = before.clone();
        change.apply(&mut organization);
        let action = match (before.disabled, organization.disabled) {
            (false, true) => Action::OrganizationDisable,
            (true, false) => Action::OrganizationEnable,
            _ => Action::OrganizationUpdate,
        };
        let act = admin.act(gateway, action, id, id);
        let news = organization != *before;
        match gateway.bus.keep_organization(&organization, found.stored(), &act).await? {
            Keeping::Kept => {}
            Keeping::Gone => return Err(no_organization().into()),
            Keeping::Changed | Keeping::Full => continue,
        }
        if change.disabled.is_some() {
            standing::enforce(gateway, id).await?;
        }
        if news {
            admin.done(gateway, &act).await?;
        }
        return Ok(organization);
    }
    Err(contended("organization").into())
}
