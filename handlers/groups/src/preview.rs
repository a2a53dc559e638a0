//! `GET /api/v1/sessions/{session}/groups/invite?code=` and `GET …/groups/invites/{code}`: the group behind an invite,
//! without joining it.

use edgewire_contract::command::Live;
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::invite_code::{FIELD, bad, parse, refused};

/// Of a code or a link in the query.
///
/// # Errors
/// 401, 403, 404, 400 also for an invite that WhatsApp does not take, 501, 504.
pub async fn by_query<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let code = query.parsed("code", parse, &mut checks);
    checks.finish()?;
    let code = code.ok_or_else(|| bad("query.code", "is required"))?;
    preview(gateway, &asker, code).await
}

/// Of a code in the path.
///
/// # Errors
/// As [`by_query`].
pub async fn by_path<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let code = parse(&call.params[1]).map_err(|message| bad(FIELD, message))?;
    preview(gateway, &asker, code).await
}

async fn preview<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    asker: &Asker,
    code: String,
) -> Result<Reply, Problem> {
    let group = asker.ask(gateway, Live::InviteInfo { code }).await.map_err(refused)?;
    Ok(Reply::json(200, &group))
}
