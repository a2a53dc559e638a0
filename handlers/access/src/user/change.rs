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
use crate::admin::{Admin, no_user};
use crate::keep::{TRIES, contended};
use crate::standing::{self, Missed};
use crate::token::gone;

/// Changes what is said, and tells the user as he is then. Where his role is said or whether he is disabled, his tokens are
/// seen to, also when it was so before: whoever broke off there comes again.
///
/// # Errors
/// 401, 404, 413, 400, 409; 403 also when that takes from a token of the deployment, and the caller's is none.
pub async fn change<B: AccessBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let (admin, call) = Admin::with_body(gateway, call).await?;
    let Which { organization, user } = Which::of(gateway, &admin, &call).await?;
    let change: UserChange = parsed(&call.body)?;
    for _ in 0..TRIES {
        let before = stored(gateway, &organization, &user.id).await?;
        admin.may_change_user(&organization, &before.record, change.says_what_he_may())?;
        if change.lessens(&before.record) {
            gone::may_end_all_of(gateway, &admin, &organization, &user.id).await?;
        }
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
        let missed = if change.says_what_he_may() {
            standing::enforce(gateway, &organization, Some(&user.id)).await?
        } else {
            Missed::default()
        };
        if user != before.record {
            admin.done(gateway, &act).await?;
        }
        missed.or_fail()?;
        return Ok(Reply::json(200, &Told::of(&organization, &user)));
    }
    Err(contended("user").into())
}
