//! `GET /jobs/{job_id}`: what became of a send that was not waited for. The job's id is the command's, which the other
//! family knows as the outbox id.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::CommandId;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::render::rfc3339;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::metadata::metadata;
use crate::sent::{Progress, shared};
use crate::told::{Is, answer};

/// Tells a job, for as long as it is kept (24 h after the send or its end).
///
/// # Errors
/// 401, 403; 404 when there is none, or it is another organization's or of a device that the token may not touch.
pub async fn job<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    let none = || Fault::not_found("job");
    let id = CommandId::parse(&call.params[0]).map_err(|_| none())?;
    let outcome = gateway.bus.outcome(id).await?;
    let outcome = outcome
        // Only what goes to a chat is a job: a message, a receipt.
        .filter(|outcome| outcome.to.is_some())
        .filter(|outcome| {
            outcome.organization == *caller.organization() && caller.token.covers(&outcome.session)
        })
        .ok_or_else(none)?;
    let (timestamp, id) = (rfc3339(outcome.timestamp), outcome.id.to_string());
    let metadata = metadata(&outcome, true);
    let mut fields = shared(&outcome, &timestamp);
    fields.push(("job_id", Is::Text(&id)));
    let progress = Progress::of(&outcome);
    if progress == Progress::Sent {
        fields.push(("metadata", Is::One(&metadata)));
    }
    if let Some(fault) = &outcome.error {
        fields.push(("error", Is::Text(&fault.message)));
        fields.push(("error_code", Is::Text(fault.code.device_api())));
    }
    Ok(answer(200, progress != Progress::Failed, &fields))
}
