//! `POST /api/v1/organizations/{id}/users`: makes a user.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::access::{Action, MOST_USERS, User};
use edgewire_contract::ids::UserId;
use edgewire_edge::asking::parsed;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::told::Told;
use super::wish::NewUser;
use crate::admin::Admin;
use crate::keep::{full, taken};

/// Makes a user.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 when the id is taken, and when there are as many as there may be.
pub async fn create<B: AccessBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let call = call.whole().await?;
    let admin = Admin::of(gateway, &call).await?;
    let organization = admin.named(&call)?;
    let NewUser { id, name, role } = parsed(&call.body)?;
    admin.enter(gateway, &organization).await?;
    let now = gateway.env.now_ms();
    let id = id.unwrap_or_else(|| UserId::generate(now, gateway.env.random_u128()));
    let user = User { v: CONTRACT_VERSION, id, name, role, created_at: now, disabled: false };
    let act = admin.act(gateway, Action::UserCreate, &organization, &user.id);
    match gateway.bus.keep_user(&organization, &user, None, &act).await? {
        Keeping::Kept => {}
        Keeping::Full => return Err(full("users of an organization", MOST_USERS).into()),
        Keeping::Gone | Keeping::Changed => return Err(taken("a user", user.id.as_str()).into()),
    }
    admin.done(gateway, &act).await?;
    Ok(Reply::json(201, &Told::of(&organization, &user)))
}
