//! `GET /api/v1/tokens?limit=&cursor=&organization=`: the oldest first. One whose record cannot be read (a newer
//! version's) is counted, and not shown.

use edgewire_contract::ids::{OrganizationId, TokenId};
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use super::look;
use super::told::Told;
use crate::admin::Admin;
use crate::page::Page;

/// How many a page may have: so many records are held at once at most.
pub const HIGHEST_LIMIT: u64 = 100;

#[derive(Serialize)]
struct Answer<'a> {
    tokens: Vec<Told<'a>>,
    total: usize,
    next_cursor: Option<String>,
}

/// Lists tokens.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn list<B: AccessBus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let page = Page::read_up_to(HIGHEST_LIMIT, &query, TokenId::parse, &mut checks);
    let asked = query.parsed("organization", OrganizationId::parse, &mut checks);
    checks.finish()?;
    let organization = admin.organization(asked)?;
    admin.see(gateway, &organization).await?;

    let all = gateway.bus.tokens(&organization).await?;
    let total = all.len();
    let (places, next_cursor) = page.of(all, |place| &place.id);
    let looked = look::at(gateway, &organization, &places).await?;
    // What is gone is neither shown nor counted.
    let total = total - (places.len() - looked.places().count());
    let tokens = looked.found.iter().map(|(_, token)| Told::of(token)).collect();
    Ok(Reply::json(200, &Answer { tokens, total, next_cursor }))
}
