//! `GET /api/v1/tokens?limit=&cursor=&organization=`: the oldest first.

use edgewire_contract::ids::{OrganizationId, TokenId};
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::access::{AccessBus, Place};
use edgewire_edge::bus::together;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use super::gone;
use super::told::Told;
use crate::admin::Admin;
use crate::page::Page;
use crate::standing::AT_ONCE;

/// How many a page may have: so many records are held at once at most.
pub const HIGHEST_LIMIT: u64 = 100;
/// A token that is older than this, ms, and has no record, is none that is just being made.
const GONE_AFTER_MS: i64 = 60_000;

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
    let tokens = look(gateway, &organization, &places).await?;
    // What is gone is neither shown nor counted.
    let total = total - (places.len() - tokens.len());
    let tokens = tokens.iter().map(|(_, token)| Told::of(token)).collect();
    Ok(Reply::json(200, &Answer { tokens, total, next_cursor }))
}

/// The tokens at `places` that are there. Where those were that have gone by themselves is forgotten on the way.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn look<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    places: &[Place],
) -> Result<Vec<(Place, TokenRecord)>, Problem> {
    let (mut found, mut gone) = (Vec::with_capacity(places.len()), Vec::new());
    let long_ago = gateway.env.now_ms() - GONE_AFTER_MS;
    for some in places.chunks(AT_ONCE) {
        let looks = some.iter().map(|place| async move { (place, gateway.bus.token(&place.hash).await) });
        for (place, token) in together(looks).await {
            match token? {
                Some(token) => found.push((place.clone(), token.record)),
                None if place.id.made_at() < long_ago => gone.push(place.clone()),
                None => {}
            }
        }
    }
    gone::forget(gateway, organization, &gone).await?;
    Ok(found)
}

/// Forgets where those tokens of an organization were that have gone by themselves.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn sweep<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
) -> Result<(), Problem> {
    for some in gateway.bus.tokens(organization).await?.chunks(AT_ONCE) {
        look(gateway, organization, some).await?;
    }
    Ok(())
}
