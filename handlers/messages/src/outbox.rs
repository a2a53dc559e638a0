//! `GET /api/v1/outbox/{id}`: what became of a send, now.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::CommandId;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::taking::SendResult;

/// Tells an outcome, for as long as it is kept (24 h after the send or its end).
///
/// # Errors
/// 401, 403; 404 when there is none, or it is another organization's or of a session that the token may not touch.
pub async fn outbox<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    let none = || Fault::not_found("outbox entry");
    let id = CommandId::parse(&call.params[0]).map_err(|_| none())?;
    let outcome = gateway.bus.outcome(id).await?;
    let outcome = outcome
        .filter(|outcome| {
            outcome.organization == *caller.organization() && caller.token.covers(&outcome.session)
        })
        .ok_or_else(none)?;
    Ok(Reply::json(200, &SendResult::of(&outcome, false)))
}
