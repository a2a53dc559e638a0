//! `POST /api/v1/sessions/{session}/newsletters/{nid}/follow` and `…/unfollow`.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{ACT, Asker};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::{OFFLINE, nid};

/// Follows it, and tells it as it is then.
///
/// # Errors
/// 401, 403, 404, 409, 504.
pub async fn follow<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let newsletter = nid::parse(&call.params[1])?;
    Ok(Reply::json(200, &asker.ask(gateway, Live::FollowNewsletter { newsletter }).await?))
}

/// Follows it no longer.
///
/// # Errors
/// As [`follow`].
pub async fn unfollow<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let newsletter = nid::parse(&call.params[1])?;
    asker.tell(gateway, Live::UnfollowNewsletter { newsletter }).await
}
