//! `POST /api/v1/sessions/{session}/pair`: links the session by a code that is typed into the phone.

use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::pairing::{self, Code};
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    code: String,
    timeout_seconds: u64,
}

/// Asks WhatsApp for a pair code, and waits for it.
///
/// # Errors
/// 401, 403, 404, 413, 400; 409 when the session is paired already, or waits for a passkey; 504 when there is no code in time.
pub async fn pair<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let session = caller.session(&call.params[0])?;
    let request_id = call.request_id.clone();
    let ask = Fields::read(&call.json().await?, |fields| pairing::read(fields).ok_or(Noted))?;
    let Code { code, timeout_seconds } =
        pairing::pair_code(gateway, &caller, &session, &request_id, ask).await?;
    Ok(Reply::json(200, &Answer { code, timeout_seconds }).with("cache-control", "no-store"))
}
