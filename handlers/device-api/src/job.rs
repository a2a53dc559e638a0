//! `GET /jobs/{job_id}`: what became of a send that was not waited for. The job's id is the command's, which the other
//! family knows as the outbox id.

use edgewire_contract::fault::Fault;
use edgewire_contract::moment::rfc3339;
use edgewire_contract::outcome::Outcome;
use edgewire_contract::token::Capability;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply, outbox};

use crate::metadata::metadata;
use crate::sent::{Progress, shared};
use crate::told::{Is, answer};

/// Tells a job, for as long as it is kept (24 h after the send or its end).
///
/// # Errors
/// 401, 403; 404 when there is none, or it is another organization's or of a device that the token may not touch.
pub async fn job<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    Ok(told(&of(gateway, &caller, &call.params[0]).await?))
}

/// `DELETE /jobs/{job_id}`: takes a scheduled send back before its time.
///
/// # Errors
/// 401, 403, 404; 409 for one that is on its way, or has ended.
pub async fn cancel<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let outcome = of(gateway, &caller, &call.params[0]).await?;
    let ended = outbox::cancel(gateway, &caller, outcome).await?;
    let id = ended.id.to_string();
    Ok(answer(200, true, &[("job_id", Is::Text(&id)), ("status", Is::Text("cancelled"))]))
}

async fn of<B: Bus, E: Env>(gateway: &Gateway<B, E>, caller: &Caller, id: &str) -> Result<Outcome, Problem> {
    let outcome = outbox::of(gateway, caller, id, "job").await?;
    // Only what goes to a chat is a job: a message, a receipt.
    if outcome.to.is_some() { Ok(outcome) } else { Err(Fault::not_found("job").into()) }
}

fn told(outcome: &Outcome) -> Reply {
    let (timestamp, id) = (rfc3339(outcome.timestamp), outcome.id.to_string());
    let metadata = metadata(outcome, true);
    let mut fields = shared(outcome, &timestamp);
    fields.push(("job_id", Is::Text(&id)));
    let progress = Progress::of(outcome);
    if progress == Progress::Sent {
        fields.push(("metadata", Is::One(&metadata)));
    }
    if let Some(fault) = &outcome.error {
        fields.push(("error", Is::Text(&fault.message)));
        fields.push(("error_code", Is::Text(fault.code.device_api())));
    }
    let send_at = outcome.send_at.map(rfc3339);
    fields.extend(send_at.as_deref().map(|at| ("send_at", Is::Text(at))));
    answer(200, progress != Progress::Failed, &fields)
}
