//! The user that a path names.

use edgewire_contract::access::User;
use edgewire_contract::ids::{OrganizationId, UserId};
use edgewire_edge::bus::Stored;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem};

use crate::admin::{Admin, no_user};

/// A user of an organization that the caller administrates.
#[derive(Debug)]
pub struct Which {
    /// The organization.
    pub organization: OrganizationId,
    /// The user.
    pub user: User,
}

impl Which {
    /// Of the path of `call`: an organization, then a user.
    ///
    /// # Errors
    /// 404 for none of his.
    pub async fn of<B: AccessBus, E: Env, I>(
        gateway: &Gateway<B, E>,
        admin: &Admin,
        call: &Call<I>,
    ) -> Result<Self, Problem> {
        let organization = admin.named(call)?;
        admin.see(gateway, &organization).await?;
        let id = UserId::parse(&call.params[1]).map_err(|_| no_user())?;
        let user = stored(gateway, &organization, &id).await?.record;
        Ok(Self { organization, user })
    }
}

/// A user's record.
///
/// # Errors
/// 404 when there is none.
pub async fn stored<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    id: &UserId,
) -> Result<Stored<User>, Problem> {
    gateway.bus.user(organization, id).await?.ok_or_else(|| no_user().into())
}
