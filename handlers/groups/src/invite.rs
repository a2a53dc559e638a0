//! `GET /api/v1/sessions/{session}/groups/{gid}/invite` and `POST …/invite/reset`: a group's invite link.

use edgewire_contract::command::{GroupInvite, Live};
use edgewire_contract::token::Capability;
use edgewire_edge::asking::{ACT, Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::{OFFLINE, gid};

/// Tells it.
///
/// # Errors
/// 401, 403, 404, 501, 504.
pub async fn get<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    invite(gateway, call, LOOK, false).await
}

/// Ends the old link, and tells a new one.
///
/// # Errors
/// As [`get`].
pub async fn reset<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    invite(gateway, call, ACT, true).await
}

async fn invite<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    any_of: &[Capability],
    reset: bool,
) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, any_of, OFFLINE).await?;
    let group = gid::parse(&call.params[1])?;
    let told = asker.ask(gateway, Live::GroupInvite(GroupInvite { group, reset })).await?;
    Ok(Reply::json(200, &told))
}
