//! `PATCH /api/v1/organizations/{id}/users/{user}`: renames a user, gives him another role, disables him, enables him again.

use edgewire_contract::access::Action;
use edgewire_edge::asking::parsed;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::told::Told;
use super::which::{Which, stored};
use super::wish::UserChange;
use crate::admin::no_user;
use crate::keep::{TRIES, contended};
use crate::standing;

/// Changes what is said, and tells the user as he is then. Where his role is said or whether he is disabled, his tokens are
/// seen to, also when it was so before: whoever broke off there comes again.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409.
pub async fn change<B: AccessBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let call = call.whole().await?;
    let Which { admin, organization, user } = Which::of(gateway, &call).await?;
    let change: UserChange = parsed(&call.body)?;
    for _ in 0..TRIES {
        let before = stored(gateway, &organization, &user.id).await?;
        let mut user = before.record.clone();
        change.apply(&mut user);
        let action = match (before.record.disabled, user.disabled) {
            (false, true) => Action::UserDisable,
            (true, false) => Action::UserEnable,
            _ => Action::UserUpdate,
        };
        let act = admin.act(gateway, action, &organization, &user.id);
        match gateway.bus.keep_user(&organization, &user, Some(&before), &act).await? {
            Keeping::Kept => {}
            Keeping::Gone => return Err(no_user().into()),
            Keeping::Changed | Keeping::Full => continue,
        }
        if change.disabled.is_some() || change.role.is_some() {
            standing::enforce(gateway, &organization).await?;
        }
        if user != before.record {
            admin.done(gateway, &act).await?;
        }
        return Ok(Reply::json(200, &Told::of(&organization, &user)));
    }
    Err(contended("user").into())
}
