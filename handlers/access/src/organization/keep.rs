//! How an organization is changed: over the record that was read, and then its tokens after it.

use edgewire_contract::access::{Action, Organization};
use edgewire_contract::ids::OrganizationId;
use edgewire_edge::bus::Stored;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use crate::admin::{Admin, no_organization};
use crate::keep::{TRIES, contended};
use crate::standing;

/// What became of an organization.
#[derive(Debug)]
pub struct Changed {
    /// As it was before.
    pub before: Organization,
    /// As it is now.
    pub now: Organization,
}

/// Changes one. Where it is `said` whether it is disabled, all of its tokens are seen to, also when it was so before: whoever
/// broke off there comes again.
///
/// # Errors
/// 404 when it is gone; 409 when others change it all the time.
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
        if said {
            standing::enforce(gateway, id).await?;
        }
        if now != before {
            admin.done(gateway, &act).await?;
        }
        return Ok(Changed { before, now });
    }
    Err(contended("organization").into())
}

/// Has one that was disabled be as it was before, unless somebody has changed it since.
///
/// # Errors
/// When Redis cannot be asked, and those of [`standing::enforce`].
pub async fn undo<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    Changed { before, now }: Changed,
) -> Result<(), Problem> {
    if before.disabled {
        return Ok(());
    }
    let act = admin.act(gateway, Action::OrganizationEnable, &now.id, &now.id);
    if gateway.bus.keep_organization(&before, Some(&Stored::of(now)), &act).await? == Keeping::Kept {
        standing::enforce(gateway, &before.id).await?;
        admin.done(gateway, &act).await?;
    }
    Ok(())
}
