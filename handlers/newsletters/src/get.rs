//! `GET /api/v1/sessions/{session}/newsletters/{nid}` and `GET …/newsletters/invites/{code}`: one newsletter, followed or
//! not.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::{OFFLINE, nid};

/// Tells it.
///
/// # Errors
/// 401, 403, 404, 409, 504.
pub async fn get<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let newsletter = nid::parse(&call.params[1])?;
    Ok(Reply::json(200, &asker.ask(gateway, Live::Newsletter { newsletter }).await?))
}

/// Tells the one behind an invite's code.
///
/// # Errors
/// As [`get`].
pub async fn by_invite<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let code = nid::code(&call.params[1])?;
    Ok(Reply::json(200, &asker.ask(gateway, Live::NewsletterByInvite { code }).await?))
}
