//! `DELETE /api/v1/sessions/{session}`: logs the device out, then forgets the session.
//!
//! The conn-host that owns it does both. When none is alive to do it in time the answer is 504: it is carried out once
//! there is one, and what is left in the organization's index then is left out of the list and swept by it.

use edgewire_contract::command::SessionAction;
use edgewire_contract::session::Wanted;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::steer::Steering;
use edgewire_edge::{Call, Gateway, Problem, Reply};

/// Deletes a session.
///
/// # Errors
/// 401, 403, 404; 504 when it has not been done in time.
pub async fn delete<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let session = caller.session(&call.params[0])?;
    let steering = Steering {
        organization: caller.organization(),
        session: &session,
        action: SessionAction::Delete,
        // From now on nothing more is accepted for it.
        wanted: Some(Wanted::Stop),
        request_id: &call.request_id,
    };
    steering.done(gateway).await?;
    gateway.bus.forget_session(caller.organization(), &session).await?;
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}
