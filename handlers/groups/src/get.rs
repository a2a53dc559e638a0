//! `GET /api/v1/sessions/{session}/groups/{gid}`: one group, with its members.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::{OFFLINE, gid};

/// Tells it.
///
/// # Errors
/// 401, 403, 404, 501, 504.
pub async fn get<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let group = gid::parse(&call.params[1])?;
    Ok(Reply::json(200, &asker.ask(gateway, Live::Group { group }).await?))
}
