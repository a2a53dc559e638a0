//! How an organization is changed: over the record that was read, and then its tokens after it.

use edgewire_contract::access::{Action, Organization};
use edgewire_contract::ids::OrganizationId;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use crate::admin::{Admin, no_organization};
use crate::keep::{TRIES, contended};
use crate::standing::{self, Missed};

/// What became of an organization.
#[derive(Debug)]
pub struct Changed {
    /// As it is now.
    pub now: Organization,
    /// Those of its tokens that could not be seen to.
    pub missed: Missed,
}

/// Changes one. Where it is `said` whether it is disabled, all of its tokens are seen to, also when it was so before: whoever
/// broke off there comes again.
///
/// # Errors
/// 401 when it is the caller's own and has been disabled; 404 when it is gone; 409 when others change it all the time.
pub async fn changed<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    id: &OrganizationId,
    said: bool,
    change: impl Fn(&mut Organization),
) -> Result<Changed, Problem> {
    for _ in 0..TRIES {
        let found = gateway.bus.organization(id).await?.ok_or_else(no_organization)?;
        let before = found.organization().clone();
        admin.may_change(gateway, &before)?;
        let mut now = before.clone();
        change(&mut now);
        let action = match (before.disabled, now.disabled) {
            (false, true) => Action::OrganizationDisable,
            (true, false) => Action::OrganizationEnable,
            _ => Action::OrganizationUpdate,
        };
        let act = admin.act(gateway, action, id, id);
        match gateway.bus.keep_organization(&now, found.stored(), &act).await? {
            Keeping::Kept => {}
            Keeping::Gone => return Err(no_organization().into()),
            Keeping::Changed | Keeping::Full => continue,
        }
        let missed = if said { standing::enforce(gateway, id, None).await? } else { Missed::default() };
        if now != before {
            admin.done(gateway, &act).await?;
        }
        return Ok(Changed { now, missed });
    }
    Err(contended("organization").into())
}

/// Has one that is disabled because it was being deleted be as it was before, whatever else somebody has changed of it since.
/// Of one of which somebody has said what it is to be, nothing is changed.
///
/// # Errors
/// When Redis cannot be asked, those of [`standing::enforce`], and 409 when others change it all the time.
pub async fn undo<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    id: &OrganizationId,
) -> Result<(), Problem> {
    for _ in 0..TRIES {
        let found = gateway.bus.organization(id).await?;
        let Some(found) = found.filter(|found| found.organization().deleting) else { return Ok(()) };
        let now = Organization { disabled: false, deleting: false, ..found.organization().clone() };
        let act = admin.act(gateway, Action::OrganizationEnable, id, id);
        match gateway.bus.keep_organization(&now, found.stored(), &act).await? {
            Keeping::Kept => {}
            Keeping::Gone => return Ok(()),
            Keeping::Changed | Keeping::Full => continue,
        }
        let missed = standing::enforce(gateway, id, None).await?;
        admin.done(gateway, &act).await?;
        return missed.or_fail();
    }
    Err(contended("organization").into())
}
