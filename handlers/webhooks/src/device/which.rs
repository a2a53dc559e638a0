//! Which device is meant: the one that `device_id` names, in the query or in the body, or the only one there is.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{OrganizationId, SessionId};
use edgewire_contract::webhook::Webhook;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::devices::{Choice, DEVICE_ID, choice};
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

const NEEDED: &str = "is required: there are several devices (GET /devices)";

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
        None => match choice(gateway, caller).await? {
            Some(Choice::One(session)) => Some(session),
            Some(Choice::Several(_)) => {
                checks.note(DEVICE_ID, NEEDED, "");
                None
            }
            None => None,
        },
    };
    checks.finish()?;
    let session = session.filter(|session| caller.token.covers(session)).ok_or_else(no_device)?;
    match gateway.bus.session(caller.organization(), &session).await? {
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

/// There is none, or it is another's.
pub fn no_device() -> Fault {
    Fault::not_found("device")
}
