//! `DELETE /api/v1/organizations/{id}`: forgets an organization that has no sessions, and all that is its.
//!
//! It is disabled first, so that nobody makes a session or a token that works while it goes; and dropped only as it was
//! written then, and when it has no tokens any more. Whoever says meanwhile that it is to be enabled, or disabled, has it
//! stay. Each step can be done again: whoever is broken off comes again, and finds an organization that is disabled. (A session that a request makes which was
//! let in before, and which comes to be after the last look, brings an organization of that id into being again.)

use edgewire_contract::access::{Action, Organization};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::OrganizationId;
use edgewire_edge::bus::access::AccessBus;
use edgewire_edge::bus::hooks::Keeping;
use edgewire_edge::bus::{Stored, together};
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::keep;
use crate::admin::Admin;
use crate::keep::{TRIES, contended};
use crate::standing::AT_ONCE;
use crate::token::gone;

/// An entry of the index without a session that is older than this, ms, is none that is just being made.
const GONE_AFTER_MS: i64 = 60_000;

/// Forgets it.
///
/// # Errors
/// 401, 403, 404; 409 while it has sessions, or is changed.
pub async fn delete<B: AccessBus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let admin = Admin::of(gateway, &call).await?;
    let id = admin.administrated(gateway, &call).await?.organization().id.clone();
    refuse_with_sessions(gateway, &id).await?;
    let close = |organization: &mut Organization| {
        // One that is disabled already stays so, whatever becomes of this.
        organization.deleting |= !organization.disabled;
        organization.disabled = true;
    };
    let closed = keep::changed(gateway, &admin, &id, true, close).await?;
    if let Err(busy) = refuse_with_sessions(gateway, &id).await {
        keep::undo(gateway, &admin, closed).await?;
        return Err(busy);
    }
    for kept in gateway.bus.webhooks(&id).await? {
        gateway.bus.drop_webhook(&id, &kept.webhook.id).await?;
    }
    drop_it(gateway, &admin, closed.now).await?;
    // Of those that were being made when it went, should their makers be broken off.
    gone::all(gateway, &admin, &id).await?;
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}

/// Drops one that is closed, with its tokens. 409 when somebody has said meanwhile what it is to be.
async fn drop_it<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    closed: Organization,
) -> Result<(), Problem> {
    let act = admin.act(gateway, Action::OrganizationDelete, &closed.id, &closed.id);
    let closed = Stored::of(closed);
    for _ in 0..TRIES {
        gone::all(gateway, admin, &closed.record.id).await?;
        match gateway.bus.drop_organization(&closed, &act).await? {
            // It has gone: by us, whose first answer was lost, or by another.
            Keeping::Kept | Keeping::Gone => return admin.done(gateway, &act).await,
            // Or a token was placed.
            Keeping::Changed | Keeping::Full => {}
        }
    }
    Err(contended("organization").into())
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
