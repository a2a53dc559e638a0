//! `GET /api/v1/organizations/{id}/users/{user}`.

use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::told::Told;
use super::which::Which;
use crate::admin::Admin;

/// Tells one.
///
/// # Errors
/// 401, 403, 404.
pub async fn get<B: AccessBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let Which { organization, user } = Which::of(gateway, &admin, &call).await?;
    Ok(Reply::json(200, &Told::of(&organization, &user)))
}
