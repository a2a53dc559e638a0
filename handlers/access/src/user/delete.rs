//! `DELETE /api/v1/organizations/{id}/users/{user}`: forgets a user, and revokes his tokens.
//!
//! His tokens go first, so that whoever is broken off finds him still there; and once more behind him, those that were made
//! while he went. (Who made one and looked at him before he went has written its record by then; who looks after that takes
//! it back himself.)

use edgewire_contract::access::Action;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::which::Which;
use crate::admin::{Admin, no_user};
use crate::token::gone;

/// Forgets him.
///
/// # Errors
/// 401, 404; 403 also when one of his tokens is of the deployment, and the caller's is not.
pub async fn delete<B: AccessBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let Which { organization, user } = Which::of(gateway, &admin, &call).await?;
    gone::may_end_all_of(gateway, &admin, &organization, &user.id).await?;
    gone::of_user(gateway, &admin, &organization, &user.id).await?;
    let act = admin.act(gateway, Action::UserDelete, &organization, &user.id);
    let there = gateway.bus.drop_user(&organization, &user.id, &act).await?;
    gone::of_user(gateway, &admin, &organization, &user.id).await?;
    if !there {
        return Err(no_user().into());
    }
    admin.done(gateway, &act).await?;
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}
