//! `GET /api/v1/sessions/{session}/groups?limit=&cursor=`: the session's groups, without their members.

use edgewire_contract::command::Live;
use edgewire_contract::jid::JidKind;
use edgewire_edge::asking::{Asker, LOOK};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::page::Page;

/// Lists them, by their JIDs.
///
/// # Errors
/// 401, 403, 404, 400, 501, 504.
pub async fn list<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let asker = Asker::of(gateway, &call, LOOK, OFFLINE).await?;
    let mut checks = Checks::default();
    let page = Page::read(&call.query(), &[JidKind::Group], &mut checks);
    checks.finish()?;
    let mut groups = asker.list(gateway, Live::Groups).await?;
    for group in groups.iter_mut().filter_map(|group| group.as_object_mut()) {
        group.remove("members");
    }
    Ok(Reply::json(200, &page.of(groups, "groupJid")))
}
