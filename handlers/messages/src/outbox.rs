//! `GET /api/v1/outbox/{id}`: what became of a send, now.

use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply, outbox};

use crate::taking::SendResult;

/// What is not found where there is none.
pub const WHAT: &str = "outbox entry";

/// Tells an outcome, for as long as it is kept (24 h after the send or its end).
///
/// # Errors
/// 401, 403; 404 when there is none, or it is another organization's or of a session that the token may not touch.
pub async fn outbox<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    let outcome = outbox::of(gateway, &caller, &call.params[0], WHAT).await?;
    Ok(Reply::json(200, &SendResult::of(&outcome, false)))
}
