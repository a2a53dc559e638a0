//! `POST /api/v1/sessions/{session}/contacts/{jid}/block` and `…/unblock`.

use edgewire_contract::command::{BlockContact, Live};
use edgewire_edge::asking::{ACT, Asker};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::whom::PERSON;

/// Blocks somebody, or does so no longer.
///
/// # Errors
/// 401, 403, 404, 400, 409, 504.
pub async fn block<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    block: bool,
) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let jid = PERSON.read(&call.params[1])?;
    asker.tell(gateway, Live::BlockContact(BlockContact { jid, block })).await
}
