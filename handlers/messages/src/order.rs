//! Reads a send request, whatever its route: who asks, for which session, sync or async, once or again.

use edgewire_contract::command::Mode;
use edgewire_contract::fault::Fault;
use edgewire_contract::token::Capability;
use edgewire_edge::body::{self, MAX_JSON};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply, idempotency};

use crate::dispatch::{Order, Receipt, dispatch};
use crate::draft::Draft;

/// Takes the order of `call`, whose body `read` understands, and carries it out.
///
/// # Errors
/// 401, 403, 404, 413, 400, in this order, then those of [`dispatch`].
pub async fn take<B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    read: impl FnOnce(&[u8], Checks) -> Result<Draft, Fault>,
) -> Result<(Mode, Receipt), Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let session = caller.session(&call.params[0])?;
    let mut checks = Checks::default();
    let mode = if call.query().flag("async", false, &mut checks) { Mode::Async } else { Mode::Sync };
    let key = idempotency::key(&call.head, &mut checks).map(idempotency::key_hash);
    let body = body::read(&call.head.headers, call.body, MAX_JSON).await?;
    let draft = read(&body, checks)?;
    let key = key.map(|key| (key, idempotency::request_hash(&call.head, &body)));
    let order = Order { caller: &caller, session, draft, mode, key, request_id: call.request_id };
    Ok((mode, dispatch(gateway, order).await?))
}

/// Says that the answer is an earlier one.
const REPLAYED: &str = "idempotent-replayed";

/// Marks the answer to a repeated request, also where its body has no place for it.
pub fn marked(reply: Reply, replayed: bool) -> Reply {
    if replayed { reply.with(REPLAYED, "true") } else { reply }
}
