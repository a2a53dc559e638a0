//! `GET /api/v1/sessions/{session}/newsletters`: the newsletters that the session owns or follows.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::json;

use crate::OFFLINE;

/// Lists all of them: they are few.
///
/// # Errors
/// 401, 403, 404, 409, 504.
pub async fn list<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let newsletters = asker.list(gateway, Live::Newsletters).await?;
    Ok(Reply::json(200, &json!({"data": newsletters, "nextCursor": null})))
}
