//! `GET /api/v1/sessions/{session}/groups/{gid}/members?limit=&cursor=`: who is in a group.

use edgewire_contract::command::Live;
use edgewire_contract::jid::JidKind;
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde_json::Value;

use crate::page::Page;
use crate::{OFFLINE, gid};

/// Lists them, by their JIDs.
///
/// # Errors
/// 401, 403, 404, 400, 501, 504.
pub async fn members<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let group = gid::parse(&call.params[1])?;
    let mut checks = Checks::default();
    let page = Page::read(&call.query(), &[JidKind::Phone, JidKind::Lid], &mut checks);
    checks.finish()?;
    let mut told = asker.ask(gateway, Live::Group { group }).await?;
    let Some(Value::Array(members)) = told.get_mut("members").map(Value::take) else {
        return Err(Problem::internal("a group was told without its members"));
    };
    Ok(Reply::json(200, &page.of(members, "jid")))
}
