//! `GET /api/v1/sessions/{session}/contacts/blocked`: who is blocked.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::json;

use crate::OFFLINE;

/// Lists their JIDs.
///
/// # Errors
/// 401, 403, 404, 409, 504.
pub async fn blocked<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let jids = asker.list(gateway, Live::Blocked).await?;
    Ok(Reply::json(200, &json!({"data": jids})))
}
