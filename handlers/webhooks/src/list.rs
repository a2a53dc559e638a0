//! `GET /api/v1/webhooks?session=&limit=&cursor=` and `GET /api/v1/sessions/{session}/webhooks`: the oldest first.

use edgewire_contract::ids::{SessionId, WebhookId};
use edgewire_contract::webhook::Webhook;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::owner::{Owner, Scope};
use crate::told::Told;

#[derive(Serialize)]
struct Page<'a> {
    webhooks: Vec<Told<'a>>,
    total: usize,
    next_cursor: Option<&'a str>,
}

/// Lists webhooks.
///
/// # Errors
/// 401, 403, 404, 400.
pub async fn list<B: HookBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    scope: Scope,
) -> Result<Reply, Problem> {
    let owner = Owner::of(gateway, &call, scope).await?;
    let (query, mut checks) = (call.query(), Checks::default());
    let limit = query.integer("limit", 50, 1, 200, &mut checks) as usize;
    let after = query.parsed("cursor", WebhookId::parse, &mut checks);
    let session = query.parsed("session", SessionId::parse, &mut checks);
    checks.finish()?;
    if let Some(session) = &session {
        owner.caller.session(session.as_str())?;
        gateway.session(&owner.caller, session).await?;
    }
    let bound_to = |webhook: &Webhook| session.is_none() || webhook.session_id == session;
    let kept = gateway.bus.webhooks(owner.organization()).await?;
    let all = kept.into_iter().map(|kept| kept.webhook).filter(|webhook| owner.has(webhook));
    let all: Vec<Webhook> = all.filter(bound_to).collect();
    let total = all.len();
    let behind = all.iter().filter(|webhook| after.as_ref().is_none_or(|after| webhook.id > *after));
    let mut page: Vec<&Webhook> = behind.take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);

    let ids: Vec<WebhookId> = page.iter().map(|webhook| webhook.id.clone()).collect();
    let states = gateway.bus.hook_states(owner.organization(), &ids).await?;
    let now = gateway.env.now_ms();
    let next_cursor = page.last().filter(|_| more).map(|last| last.id.as_str());
    let webhooks = page.iter().zip(&states).map(|(webhook, state)| Told::of(webhook, state, now)).collect();
    Ok(Reply::json(200, &Page { webhooks, total, next_cursor }))
}
