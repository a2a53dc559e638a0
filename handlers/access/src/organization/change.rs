//! `PATCH /api/v1/organizations/{id}`: renames an organization, disables it, enables it again.

use edgewire_edge::asking::parsed;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::keep;
use super::told::Told;
use super::wish::OrganizationChange;
use crate::admin::Admin;

/// Changes what is said, and tells the organization as it is then.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409.
pub async fn change<B: AccessBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let (admin, call) = Admin::with_body(gateway, call).await?;
    let id = admin.administrated(gateway, &call).await?.organization().id.clone();
    let change: OrganizationChange = parsed(&call.body)?;
    let said = change.disabled.is_some();
    let changed =
        keep::changed(gateway, &admin, &id, said, |organization| change.apply(organization)).await?;
    changed.missed.or_fail()?;
    Ok(Reply::json(200, &Told::of(&changed.now)))
}
