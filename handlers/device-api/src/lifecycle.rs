//! `POST /connect` and `/disconnect`: say what is wanted, and answer at once with the state as it is. `GET /status` and
//! the event `session.status` tell what comes of it.

use edgewire_contract::command::SessionAction;
use edgewire_contract::session::Wanted;
use edgewire_contract::shape::{Rule as _, optional, session_id};
use edgewire_contract::token::Capability;
use edgewire_edge::body::{self, Document, MAX_JSON};
use edgewire_edge::bus::Bus;
use edgewire_edge::devices::DEVICE_ID;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::steer::Steering;
use edgewire_edge::{Call, Gateway, Problem, Reply, draft};

use crate::device::{self, Device};
use crate::told::{Is, told};

/// A change that a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Run from now on.
    Connect,
    /// Stop, and stay stopped; the pairing is kept.
    Disconnect,
}

/// Changes a device's life. The body may be empty.
///
/// # Errors
/// 401, 403, 404, 413, 400.
pub async fn change<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>, change: Change) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let (Device { session, checks }, mut call) = Device::of(gateway, &caller, call).await?;
    let mut json = body::read(&call.head.headers, &mut call.body, MAX_JSON).await?;
    if json.is_empty() {
        json.extend_from_slice(b"{}");
    }
    let named = draft::read(&Document { json, long: Vec::new() }, checks, |fields| {
        optional(session_id()).read(fields, DEVICE_ID)
    })?;
    device::same(&session, named.as_ref())?;
    let (action, wanted) = match change {
        Change::Connect => (SessionAction::Start, Wanted::Run),
        Change::Disconnect => (SessionAction::Stop, Wanted::Stop),
    };
    let steering = Steering {
        organization: caller.organization(),
        session: &session,
        action,
        wanted: Some(wanted),
        request_id: &call.request_id,
    };
    steering.now(gateway).await?;
    let view = gateway.session(&caller, &session).await?;
    Ok(told(200, &[("status", Is::Text(view.status().as_str()))]))
}
