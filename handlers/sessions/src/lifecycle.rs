//! `POST /api/v1/sessions/{session}/connect`, `/disconnect`, `/restart`, `/logout`.
//!
//! The first three say what is wanted and answer at once, with the state as it is: `GET …/status` and the event
//! `session.status` tell what comes of it. A logout is waited for.

use edgewire_contract::command::SessionAction;
use edgewire_contract::session::SessionStatus;
use edgewire_contract::session::Wanted;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::steer::Steering;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

/// A change that a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Run from now on.
    Connect,
    /// Stop, and stay stopped; the pairing is kept.
    Disconnect,
    /// Close and connect anew.
    Restart,
    /// Unlink the device.
    Logout,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    status: SessionStatus,
}

/// Changes a session's life.
///
/// # Errors
/// 401, 403, 404; for a logout 504 when it has not been done in time.
pub async fn change<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>, change: Change) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let session = caller.session(&call.params[0])?;
    let (action, wanted) = match change {
        Change::Connect => (SessionAction::Start, Some(Wanted::Run)),
        Change::Disconnect => (SessionAction::Stop, Some(Wanted::Stop)),
        Change::Restart => (SessionAction::Restart, Some(Wanted::Run)),
        // The owner writes what is wanted when it is done: until then the session runs, to be able to log out.
        Change::Logout => (SessionAction::Logout, None),
    };
    let organization = caller.organization();
    let steering = Steering { organization, session: &session, action, wanted, request_id: &call.request_id };
    if change == Change::Logout {
        steering.done(gateway).await?;
    } else {
        steering.now(gateway).await?;
    }
    let view = gateway.session(&caller, &session).await?;
    Ok(Reply::json(200, &Answer { success: true, status: view.status() }))
}
