//! `GET /api/v1/organizations?limit=&cursor=`: in the order of their ids.

use edgewire_contract::ids::OrganizationId;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::together;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use super::told::Told;
use crate::admin::Admin;
use crate::page::Page;
use crate::standing::AT_ONCE;

#[derive(Serialize)]
struct Answer<'a> {
    organizations: Vec<Told<'a>>,
    total: usize,
    next_cursor: Option<String>,
}

/// Lists organizations.
///
/// # Errors
/// 401, 403, 400.
pub async fn list<B: AccessBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    Admin::of_deployment(gateway, &call).await?;
    let mut checks = Checks::default();
    let page = Page::read(&call.query(), OrganizationId::parse, &mut checks);
    checks.finish()?;
    let all = gateway.bus.organizations().await?;
    let total = all.len();
    let (ids, next_cursor) = page.of(all, |id| id);
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        for organization in together(some.iter().map(|id| gateway.bus.organization(id))).await {
            // One that was deleted since is left out.
            found.extend(organization?);
        }
    }
    let organizations = found.iter().map(|found| Told::of(found.organization())).collect();
    Ok(Reply::json(200, &Answer { organizations, total, next_cursor }))
}
