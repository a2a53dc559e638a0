//! `DELETE /api/v1/organizations/{id}`: forgets an organization that has no sessions, and all that is its.
//!
//! It is disabled first, so that nobody makes a session or a token that works while it goes. Each step can be done again:
//! whoever is broken off comes again, and finds an organization that is disabled. (A session that a request makes which was
//! let in before, and which comes to be after the last look, brings an organization of that id into being again.)

use edgewire_contract::access::Action;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::OrganizationId;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::together;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::keep;
use super::wish::OrganizationChange;
use crate::admin::Admin;
use crate::standing::AT_ONCE;
use crate::token::gone;

/// An entry of the index without a session that is older than this, ms, is none that is just being made.
const GONE_AFTER_MS: i64 = 60_000;

/// Forgets it.
///
/// # Errors
/// 401, 403, 404; 409 while it has sessions.
pub async fn delete<B: AccessBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let before = admin.administrated(gateway, &call).await?.organization().clone();
    let id = before.id;
    refuse_with_sessions(gateway, &id).await?;
    let disabled = |disabled| OrganizationChange { name: None, disabled: Some(disabled) };
    keep::changed(gateway, &admin, &id, &disabled(true)).await?;
    if let Err(busy) = refuse_with_sessions(gateway, &id).await {
        keep::changed(gateway, &admin, &id, &disabled(before.disabled)).await?;
        return Err(busy);
    }
    gone::revoke(gateway, &admin, &id, |_| true).await?;
    for kept in gateway.bus.webhooks(&id).await? {
        gateway.bus.drop_webhook(&id, &kept.webhook.id).await?;
    }
    let act = admin.act(gateway, Action::OrganizationDelete, &id, &id);
    gateway.bus.drop_organization(&id, &act).await?;
    admin.done(gateway, &act).await?;
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}

/// 409 while it has sessions. What is kept of those that are gone is forgotten on the way.
async fn refuse_with_sessions<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
) -> Result<(), Problem> {
    let index = gateway.bus.sessions_of(organization).await?;
    for some in index.chunks(AT_ONCE) {
        let looks = some.iter().map(|(id, at)| async move { (id, *at, gateway.bus.session(id).await) });
        for (id, at, view) in together(looks).await {
            let there = view?.is_some_and(|view| view.record.organization == *organization);
            if there || at >= gateway.env.now_ms() - GONE_AFTER_MS {
                let message = "the organization has sessions: delete them first";
                return Err(Fault::new(FaultCode::Conflict, message).with("session", id.as_str()).into());
            }
            gateway.bus.forget_session(organization, id).await?;
        }
    }
    Ok(())
}
