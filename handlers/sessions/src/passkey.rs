//! `POST /api/v1/sessions/{session}/passkey` and `/passkey/confirm`: the two steps of a pairing that a passkey secures.
//!
//! WhatsApp asks for the passkey in an `auth.passkey` event, whose `options` are for the owner's authenticator. What it
//! signed is given back here; then both sides show a code, which a person compares and confirms.

use edgewire_contract::command::{PasskeyAssertion, SessionAction};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::SessionId;
use edgewire_contract::session::SessionStatus;
use edgewire_contract::token::Capability;
use edgewire_edge::asking::record;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::steer::Steering;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

/// A step of the pairing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Gives what the passkey signed.
    Answer,
    /// Says that both sides show the same code.
    Confirm,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    status: SessionStatus,
}

/// Takes a step, and waits until WhatsApp has taken it.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 when the session does not wait for this step; 422 when WhatsApp does not take it; 504.
pub async fn step<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>, step: Step) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let session = caller.session(&call.params[0])?;
    let request_id = call.request_id.clone();
    let action = match step {
        Step::Answer => SessionAction::AnswerPasskey(record::<PasskeyAssertion, I>(call).await?),
        Step::Confirm => SessionAction::ConfirmPasskey,
    };
    waits(gateway, &caller, &session).await?;
    let organization = caller.organization();
    let steering =
        Steering { organization, session: &session, action, wanted: None, request_id: &request_id };
    steering.done(gateway).await?;
    let view = gateway.session(&caller, &session).await?;
    Ok(Reply::json(200, &Answer { success: true, status: view.status() }))
}

/// Whether the session waits for a step of the passkey.
async fn waits<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    session: &SessionId,
) -> Result<(), Problem> {
    let status = gateway.session(caller, session).await?.status();
    if status == SessionStatus::WaitingForPasskey {
        return Ok(());
    }
    let fault = Fault::new(FaultCode::Conflict, "the session does not wait for a passkey");
    Err(fault.with("status", status.as_str()).into())
}
