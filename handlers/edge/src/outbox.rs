//! What became of a send, for its caller; and a scheduled one taken back before its time.

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::CommandId;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};

use crate::auth::Caller;
use crate::bus::Bus;
use crate::dispatch::status_event;
use crate::env::Env;
use crate::{Gateway, Problem};

/// The outcome of the id that a path has, which leads to a `what`.
///
/// # Errors
/// 404 when there is none, or it is another organization's or of a session that the token may not touch.
pub async fn of<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    id: &str,
    what: &str,
) -> Result<Outcome, Problem> {
    let none = || Fault::not_found(what);
    let id = CommandId::parse(id).map_err(|_| none())?;
    let outcome = gateway.bus.outcome(id).await?;
    let outcome = outcome.filter(|outcome| {
        outcome.organization == *caller.organization() && caller.token.covers(&outcome.session)
    });
    Ok(outcome.ok_or_else(none)?)
}

/// Takes back the send of `outcome`, which is the caller's, and gives what became of it. One that was taken back already is
/// told again.
///
/// # Errors
/// 409 for one that is on its way, or has ended.
pub async fn cancel<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    outcome: Outcome,
) -> Result<Outcome, Problem> {
    let late = || Fault::new(FaultCode::Conflict, "it is not scheduled any more");
    if outcome.error.as_ref().is_some_and(|fault| fault.code == FaultCode::Cancelled) {
        return Ok(outcome);
    }
    let scheduled = gateway.bus.scheduled(&outcome.session, &[outcome.id]).await?;
    let command = scheduled.into_iter().next().flatten().ok_or_else(late)?;
    if command.at("/organization").as_str() != Some(caller.organization().as_str()) {
        return Err(late().into());
    }
    let fault = Fault::new(FaultCode::Cancelled, "it was cancelled before its time");
    let timestamp = gateway.env.now_ms();
    let ended = Outcome { status: OutcomeStatus::Failed, timestamp, error: Some(fault), ..outcome };
    let event = status_event(&ended).ok_or_else(|| Problem::internal("a scheduled command is no message"))?;
    // Where Redis did not answer, it may be done: whoever asks again is told.
    if gateway.bus.unschedule(&ended, command.blob().as_ref(), &event).await? {
        Ok(ended)
    } else {
        Err(late().into())
    }
}
