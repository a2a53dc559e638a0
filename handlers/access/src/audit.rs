//! `GET /api/v1/audit?limit=&cursor=&organization=`: who did what to the organization and to what is its, and, for tokens of
//! the deployment, what its tokens did to others; the newest first. (For others a page may have less than its limit.) Of who
//! administrates the deployment, others learn that it was he, and no more. The last ten thousand acts or so are kept, and for
//! 90 days those of an organization that was deleted.

use edgewire_contract::access::{Act, Action};
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

/// As [`edgewire_contract::access::Actor`], with a null for nobody, and for what the caller is not to know.
#[derive(Serialize)]
struct Who<'a> {
    token: Option<&'a str>,
    user: Option<&'a str>,
    organization: Option<&'a str>,
    /// Whether he is of another organization: then his token was one of the deployment.
    deployment: bool,
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
    let all = admin.token().deployment;
    let shown = found.iter().filter(|(_, act)| all || act.organization == organization);
    let audit = shown.map(|(at, act)| Told::of(*at, act, all)).collect();
    Ok(Reply::json(200, &Page { audit, next_cursor }))
}

impl<'a> Told<'a> {
    /// Of an act, with `all` that is known of its actor.
    fn of(at: EntryId, act: &'a Act, all: bool) -> Self {
        let deployment = act.actor.organization != act.organization;
        let known = Some(&act.actor).filter(|_| all || !deployment);
        Self {
            id: at.to_string(),
            at: seconds(act.at),
            actor: Who {
                token: known.map(|actor| actor.token.as_str()),
                user: known.and_then(|actor| actor.user.as_ref()).map(|user| user.as_str()),
                organization: known.map(|actor| actor.organization.as_str()),
                deployment,
            },
            action: act.action,
            organization: &act.organization,
            target: &act.target,
            request_id: &act.request_id,
        }
    }
}
