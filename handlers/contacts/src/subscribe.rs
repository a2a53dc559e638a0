//! `POST /api/v1/sessions/{session}/presence/{jid}/subscribe` and `DELETE …`: whose presence is told as `presence.update`
//! events. It is remembered, and asked for again at each connection.

use edgewire_contract::command::{Live, WatchPresence};
use edgewire_edge::asking::{ACT, Asker};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::whom::PERSON_OR_GROUP;

/// Watches somebody, or does so no longer.
///
/// # Errors
/// 401, 403, 404, 400, 409, 504; 429 when too many are watched.
pub async fn subscribe<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    watch: bool,
) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let jid = PERSON_OR_GROUP.read(&call.params[1])?;
    asker.tell(gateway, Live::WatchPresence(WatchPresence { jid, watch })).await
}
