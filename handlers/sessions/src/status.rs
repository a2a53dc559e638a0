//! `GET /api/v1/sessions/{session}/status`: what a session is now.

use edgewire_contract::session::SessionStatus;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

#[derive(Serialize)]
struct Answer<'a> {
    status: SessionStatus,
    is_logged_in: bool,
    phone_number: Option<&'a str>,
    push_name: Option<&'a str>,
    lid: Option<&'a str>,
    last_event_at: Option<u64>,
    owner: Option<&'a str>,
    reason: Option<&'a str>,
}

/// Tells a session's state, who owns it, and when something last happened to it.
///
/// # Errors
/// 401, 403, 404.
pub async fn status<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let view = gateway.session(&caller, &caller.session(&call.params[0])?).await?;
    let record = &view.record;
    let answer = Answer {
        status: view.status(),
        is_logged_in: record.paired,
        phone_number: record.phone.as_deref(),
        push_name: record.push_name.as_deref(),
        lid: record.lid.as_deref(),
        last_event_at: view.last_event.map(|entry| entry.ms / 1000),
        owner: view.owner.as_deref(),
        reason: record.reason.as_deref(),
    };
    Ok(Reply::json(200, &answer))
}
