//! `GET /webhook/events`: the kinds of events that can be asked for.

use edgewire_contract::event::EVENT_KINDS;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::json;

use crate::owner::MANAGE;

/// Tells them.
///
/// # Errors
/// 401, 403.
pub async fn events<B: HookBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    gateway.caller(&call.head.headers, MANAGE).await?;
    Ok(Reply::json(200, &json!({"success": true, "events": EVENT_KINDS})))
}
