//! `POST /api/v1/sessions/{session}/groups/{gid}/leave`: leaves a group.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{ACT, Asker};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::{OFFLINE, gid};

/// Leaves it.
///
/// # Errors
/// 401, 403, 404, 501, 504.
pub async fn leave<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let group = gid::parse(&call.params[1])?;
    asker.tell(gateway, Live::LeaveGroup { group }).await
}
