//! `GET /api/v1/organizations/{id}/users?limit=&cursor=`: in the order of their ids.

use edgewire_contract::ids::UserId;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use super::told::Told;
use crate::admin::Admin;
use crate::page::Page;

#[derive(Serialize)]
struct Answer<'a> {
    users: Vec<Told<'a>>,
    total: usize,
    next_cursor: Option<String>,
}

/// Lists users.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn list<B: AccessBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let organization = admin.named(&call)?;
    let mut checks = Checks::default();
    let page = Page::read(&call.query(), UserId::parse, &mut checks);
    checks.finish()?;
    admin.see(gateway, &organization).await?;
    let all = gateway.bus.users(&organization).await?;
    let total = all.len();
    let (users, next_cursor) = page.of(all, |user| &user.id);
    let users = users.iter().map(|user| Told::of(&organization, user)).collect();
    Ok(Reply::json(200, &Answer { users, total, next_cursor }))
}
