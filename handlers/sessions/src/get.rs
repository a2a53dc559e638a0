//! `GET /api/v1/sessions/{session}`: one session.

use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::shape::Session;

/// Tells a session.
///
/// # Errors
/// 401, 403, 404.
pub async fn get<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let view = gateway.session(&caller, &caller.session(&call.params[0])?).await?;
    Ok(Reply::json(200, &Session::of(&view)))
}
