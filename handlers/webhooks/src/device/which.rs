//! Which device is meant: the one that `device_id` names, in the query or in the body, or the only one there is.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{OrganizationId, SessionId};
use edgewire_contract::webhook::Webhook;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::bus::together;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

/// The name of the parameter and of the field.
pub const DEVICE_ID: &str = "device_id";
const NEEDED: &str = "is required: there are several devices (GET /devices)";
/// Up to so many, it is worth a look whether those in the index are still there.
const LOOKED_AT: usize = 16;

/// The device that is meant. What else is wrong with the request stands in `checks`.
///
/// # Errors
/// 400 for all that is wrong; 404 for none of the caller's.
pub async fn device<B: HookBus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    named: Option<SessionId>,
    mut checks: Checks,
) -> Result<SessionId, Problem> {
    let session = match named {
        Some(session) => Some(session),
        None => match only(gateway, caller).await? {
            Only::One(session) => Some(session),
            Only::Several => {
                checks.note(DEVICE_ID, NEEDED, "");
                None
            }
            Only::None => None,
        },
    };
    checks.finish()?;
    let session = session.filter(|session| caller.token.covers(session)).ok_or_else(no_device)?;
    match gateway.bus.session(&session).await? {
        Some(view) if caller.owns(&view.record) => Ok(session),
        _ => Err(no_device().into()),
    }
}

/// The device's webhook.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn webhook<B: HookBus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    device: &SessionId,
) -> Result<Option<Webhook>, Problem> {
    let all = gateway.bus.webhooks(organization).await?.into_iter().map(|kept| kept.webhook);
    Ok({ all }.find(|webhook| webhook.session_id.as_ref() == Some(device)))
}

enum Only {
    None,
    One(SessionId),
    Several,
}

async fn only<B: HookBus, E: Env>(gateway: &Gateway<B, E>, caller: &Caller) -> Result<Only, Problem> {
    if let Some([one]) = caller.token.sessions.as_deref() {
        return Ok(Only::One(one.clone()));
    }
    let index = gateway.bus.sessions_of(caller.organization()).await?;
    let mut ids: Vec<SessionId> = index.into_iter().map(|(id, _)| id).collect();
    ids.retain(|id| caller.token.covers(id));
    if (2..=LOOKED_AT).contains(&ids.len()) {
        // The index may name some that are gone.
        let mut there = Vec::new();
        for view in together(ids.iter().map(|id| gateway.bus.session(id))).await {
            there.extend(view?.filter(|view| caller.owns(&view.record)).map(|view| view.record.id));
        }
        ids = there;
    }
    Ok(match <[SessionId; 1]>::try_from(ids) {
        Ok([one]) => Only::One(one),
        Err(ids) if ids.is_empty() => Only::None,
        Err(_) => Only::Several,
    })
}

/// There is none, or it is another's.
pub fn no_device() -> Fault {
    Fault::not_found("device")
}
