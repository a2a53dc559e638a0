//! `POST /api/v1/organizations/{id}/users`: makes a user.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::access::{Action, MOST_USERS, User};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{OrganizationId, UserId};
use edgewire_edge::asking::parsed;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::told::Told;
use super::wish::NewUser;
use crate::admin::{Admin, no_organization};
use crate::keep::{full, taken};
use crate::standing;
use crate::token::look;

/// Makes a user.
///
/// Tokens may stand for his id already: they were made elsewhere, before there were users. None may do more than his role from
/// now on; and none has taken from it, unasked, what it may do.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 when the id is taken, when a token that stands for it may do more than the role, and when there
/// are as many as there may be.
pub async fn create<B: AccessBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let (admin, call) = Admin::with_body(gateway, call).await?;
    let organization = admin.named(&call)?;
    let NewUser { id, name, role } = parsed(&call.body)?;
    admin.enter(gateway, &organization).await?;
    let now = gateway.env.now_ms();
    // Of an id that is ours nobody knew before.
    let is_given = id.is_some();
    let id = id.unwrap_or_else(|| UserId::generate(now, gateway.env.random_u128()));
    let user = User { v: CONTRACT_VERSION, id, name, role, created_at: now, disabled: false };
    if is_given {
        refuse_beyond(gateway, &organization, &user).await?;
    }
    let act = admin.act(gateway, Action::UserCreate, &organization, &user.id);
    match gateway.bus.keep_user(&organization, &user, None, &act).await? {
        Keeping::Kept => {}
        Keeping::Full => return Err(full("users of an organization", MOST_USERS).into()),
        // It was deleted meanwhile.
        Keeping::Gone => return Err(no_organization().into()),
        Keeping::Changed => return Err(taken("a user", user.id.as_str()).into()),
    }
    if is_given {
        // Those that came meanwhile, made by one of them.
        standing::enforce(gateway, &organization, Some(&user.id)).await?.log(gateway);
    }
    admin.done(gateway, &act).await?;
    Ok(Reply::json(201, &Told::of(&organization, &user)))
}

/// 409 while a token that stands for his id already may do more than his role.
async fn refuse_beyond<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    user: &User,
) -> Result<(), Problem> {
    let may = user.role.capabilities();
    for (place, token) in look::of_user(gateway, organization, &user.id).await?.found {
        if token.capabilities.iter().any(|capability| !may.contains(capability)) {
            let message = "a token that stands for this id may do more than the role: revoke it, or choose another role";
            return Err(Fault::new(FaultCode::Conflict, message).with("token", place.id.as_str()).into());
        }
    }
    Ok(())
}
