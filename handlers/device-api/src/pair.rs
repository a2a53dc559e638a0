//! `POST /paircode`: links a device by a code that is typed into the phone.

use edgewire_contract::shape::{Rule as _, optional, session_id};
use edgewire_contract::token::Capability;
use edgewire_edge::body::{self, Document, MAX_JSON};
use edgewire_edge::bus::Bus;
use edgewire_edge::devices::DEVICE_ID;
use edgewire_edge::env::Env;
use edgewire_edge::pairing::{self, Code};
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply, draft};

use crate::device::{self, Device};
use crate::told::{Is, told};

/// Asks WhatsApp for a pair code, and waits for it.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 when the device is paired already; 504 when there is no code in time.
pub async fn pair<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let (Device { session, checks }, mut call) = Device::of(gateway, &caller, call).await?;
    let json = body::read(&call.head.headers, &mut call.body, MAX_JSON).await?;
    let (named, ask) = draft::read(&Document { json, long: Vec::new() }, checks, |fields| {
        let named = optional(session_id()).read(fields, DEVICE_ID);
        let ask = pairing::read(fields);
        Some((named?, ask?))
    })?;
    device::same(&session, named.as_ref())?;
    let Code { code, timeout_seconds } =
        pairing::pair_code(gateway, &caller, &session, &call.request_id, ask).await?;
    let fields = [("code", Is::Text(&code)), ("timeout_seconds", Is::Number(timeout_seconds))];
    Ok(told(200, &fields).with("cache-control", "no-store"))
}
