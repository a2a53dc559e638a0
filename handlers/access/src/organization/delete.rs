//! `DELETE /api/v1/organizations/{id}`: forgets an organization that has no sessions, and all that is its.
//!
//! It is disabled first, so that nobody makes a session or a token that works while it goes. Then Redis is asked to drop it,
//! which it does, in one step, only as it was written then and with nothing left in it; or says what is left, which is
//! seen to until there is nothing. So nothing is destroyed but right after the record was seen to be this one, and a session
//! that comes to be meanwhile is either seen, and the organization stays, or finds it gone, and has another of its id be there
//! ([`edgewire_edge::bus::Bus::create_session`]). Whoever says meanwhile that it is to be enabled, or disabled, has it stay.
//! Nothing is seen to behind that: no token is placed in what is gone, and what is there then is another's of its id.
//! Each step can be done again: whoever is broken off comes again, and finds an organization that is disabled.

use edgewire_contract::access::{Action, Organization};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::OrganizationId;
use edgewire_edge::bus::access::{AccessBus, Dropping};
use edgewire_edge::bus::{Stored, together};
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::keep::{self, Changed};
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
    if let Err(problem) = close_and_drop(gateway, &admin, &id).await {
        if problem.fault.code == FaultCode::Conflict {
            keep::undo(gateway, &admin, &id).await?;
        }
        return Err(problem);
    }
    Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
}

async fn close_and_drop<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    id: &OrganizationId,
) -> Result<(), Problem> {
    let close = |organization: &mut Organization| {
        // One that is disabled already stays so, whatever becomes of this.
        organization.deleting |= !organization.disabled;
        organization.disabled = true;
    };
    let Changed { now: closed, missed } = keep::changed(gateway, admin, id, true, close).await?;
    // A token that could not be suspended is revoked with the others.
    missed.log(gateway);
    drop_it(gateway, admin, closed).await
}

/// Drops one that is closed, with what is its. 409 when it has sessions after all, and when somebody has changed it meanwhile.
async fn drop_it<B: AccessBus, E: Env>(
    gateway: &Gateway<B, E>,
    admin: &Admin,
    closed: Organization,
) -> Result<(), Problem> {
    let closed = Stored::of(closed);
    let id = &closed.record.id;
    let act = admin.act(gateway, Action::OrganizationDelete, id, id);
    for _ in 0..TRIES {
        match gateway.bus.drop_organization(&closed, &act).await? {
            // It has gone: by us, whose first answer was lost, or by another.
            Dropping::Dropped | Dropping::Gone => return admin.done(gateway, &act).await,
            Dropping::Changed => break,
            Dropping::Sessions => refuse_with_sessions(gateway, id).await?,
            Dropping::Webhooks => gateway.bus.drop_all_webhooks(id).await?,
            Dropping::Tokens => gone::all(gateway, admin, id).await?,
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
        let looks =
            some.iter().map(|(id, at)| async move { (id, *at, gateway.bus.session(organization, id).await) });
        for (id, at, view) in together(looks).await {
            if view?.is_some() || at >= gateway.env.now_ms() - GONE_AFTER_MS {
                let message = "the organization has sessions: delete them first";
                return Err(Fault::new(FaultCode::Conflict, message).with("session", id.as_str()).into());
            }
            gateway.bus.forget_session(organization, id).await?;
        }
    }
    Ok(())
}
