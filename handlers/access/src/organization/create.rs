//! `POST /api/v1/organizations`: makes an organization.

use edgewire_contract::access::{Action, MOST_ORGANIZATIONS, Organization};
use edgewire_contract::ids::OrganizationId;
use edgewire_edge::asking::parsed;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::told::Told;
use super::wish::NewOrganization;
use crate::admin::Admin;
use crate::keep::{full, taken};

/// Makes an organization.
///
/// # Errors
/// 401, 403, 413, 400; 409 when the id is taken, and when there are as many as there may be.
pub async fn create<B: AccessBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let (admin, call) = Admin::with_body(gateway, call).await?;
    admin.needs_deployment()?;
    let NewOrganization { id, name } = parsed(&call.body)?;
    let now = gateway.env.now_ms();
    let id = id.unwrap_or_else(|| OrganizationId::generate(now, gateway.env.random_u128()));
    // Two at once may both find room: it is no exact limit.
    if gateway.bus.organizations().await?.len() >= MOST_ORGANIZATIONS {
        return Err(full("organizations", MOST_ORGANIZATIONS).into());
    }
    // Whoever adds the id makes the organization, with an audit of its own. Without the record it is there all the same, under its id.
    if !gateway.bus.add_organization(&id).await? {
        return Err(taken("an organization", id.as_str()).into());
    }
    let organization = Organization { name, created_at: now, ..Organization::implied(id) };
    let act = admin.act(gateway, Action::OrganizationCreate, &organization.id, &organization.id);
    match gateway.bus.keep_organization(&organization, None, &act).await? {
        Keeping::Kept => {}
        Keeping::Full | Keeping::Gone | Keeping::Changed => {
            return Err(taken("an organization", organization.id.as_str()).into());
        }
    }
    admin.done(gateway, &act).await?;
    Ok(Reply::json(201, &Told::of(&organization)))
}
