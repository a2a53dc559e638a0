//! `GET /api/v1/audit?limit=&cursor=&organization=`: who did what to the organization and to what is its, and, for tokens of
//! the deployment, what its tokens did to others; the newest first. (For others a page may have less than its limit.) The last ten thousand acts or so are kept, and for 90 days those of an
//! organization that was deleted.

use edgewire_contract::access::{Act, Action, Actor};
use edgewire_contract::ids::{EntryId, OrganizationId, RequestId};
use edgewire_contract::moment::seconds;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::entries::{cut, page};
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::admin::Admin;

#[derive(Serialize)]
struct Page<'a> {
    audit: Vec<Told<'a>>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Told<'a> {
    id: String,
    at: i64,
    actor: Who<'a>,
    action: Action,
    organization: &'a OrganizationId,
    target: &'a str,
    request_id: &'a RequestId,
}

/// As [`Actor`], with a null for nobody.
#[derive(Serialize)]
struct Who<'a> {
    token: &'a str,
    user: Option<&'a str>,
    organization: &'a str,
}

/// Lists acts.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn audit<B: AccessBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let asked = query.parsed("organization", OrganizationId::parse, &mut checks);
    let page = checks.take(page(&query))?;
    checks.finish()?;
    let (limit, before) = page.unwrap_or_default();
    let organization = admin.organization(asked)?;
    let found = gateway.bus.acts(&organization, before, limit + 1).await?;
    if found.is_empty() {
        admin.see(gateway, &organization).await?;
    }
    let (found, next_cursor) = cut(found, limit);
    // Which other organizations there are is nothing to those who do not administrate the deployment.
    let shown = |act: &Act| admin.token().deployment || act.organization == organization;
    let audit = found.iter().filter(|(_, act)| shown(act)).map(|(at, act)| Told::of(*at, act)).collect();
    Ok(Reply::json(200, &Page { audit, next_cursor }))
}

impl<'a> Told<'a> {
    fn of(at: EntryId, act: &'a Act) -> Self {
        let Actor { token, user, organization } = &act.actor;
        Self {
            id: at.to_string(),
            at: seconds(act.at),
            actor: Who {
                token: token.as_str(),
                user: user.as_ref().map(|user| user.as_str()),
                organization: organization.as_str(),
            },
            action: act.action,
            organization: &act.organization,
            target: &act.target,
            request_id: &act.request_id,
        }
    }
}
