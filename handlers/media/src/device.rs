//! `GET /messages/{id}/media` of the Device API: the file of a message, whichever of the tenant's devices has it.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::token::Capability;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::archive::Kept;
use edgewire_edge::bus::{Bus, together};
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::received::{Given, Wish, file};
use edgewire_edge::{Call, Gateway, Problem, Reply};

/// The name of the parameter that says which device.
const DEVICE_ID: &str = "device_id";
/// How many devices are looked at at once.
const AT_ONCE: usize = 64;

/// Gives the file; or 202, when its sender had to be asked for it again: then a later call gives it.
///
/// # Errors
/// 401, 403, 400; 404 for no message with a file that a device of the token has; 409 for a device that is not connected,
/// when the file is not in the cache; what WhatsApp says; 504.
pub async fn media<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read, Capability::Send]).await?;
    let mut checks = Checks::default();
    let named = call.query().parsed(DEVICE_ID, SessionId::parse, &mut checks);
    checks.finish()?;
    let none = || Fault::not_found("message");
    let id = MessageId::parse(&call.params[0]).map_err(|_| none())?;
    let devices = match named {
        Some(named) => vec![gateway.session(&caller, &named).await?.record.id],
        None => covered(gateway, &caller).await?,
    };
    let (session, kept) = found(gateway, &devices, &id).await?.ok_or_else(none)?;
    let wish = Wish {
        caller: &caller,
        session: &session,
        message: &id,
        view: &kept.view,
        request_id: &call.request_id,
        headers: &call.head.headers,
    };
    Ok(match file(gateway, wish).await? {
        Given::Reply(reply) => reply,
        Given::RetryRequested => {
            Reply::bytes(202, "application/json", r#"{"success":false,"status":"retry_requested"}"#)
        }
    })
}

/// The devices of the organization that the token covers. Some may be gone.
async fn covered<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
) -> Result<Vec<SessionId>, Problem> {
    let index = gateway.bus.sessions_of(caller.organization()).await?;
    Ok(index.into_iter().map(|(id, _)| id).filter(|id| caller.token.covers(id)).collect())
}

/// The device that has the message, one with its file before one without.
async fn found<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    devices: &[SessionId],
    id: &MessageId,
) -> Result<Option<(SessionId, Kept)>, Problem> {
    let mut without = None;
    for some in devices.chunks(AT_ONCE) {
        let reads = some.iter().map(|device| gateway.bus.kept(device, std::slice::from_ref(id)));
        for (device, read) in some.iter().zip(together(reads).await) {
            match read?.into_iter().next().flatten() {
                Some(kept) if kept.view.get("media").is_some_and(|media| !media.is_null()) => {
                    return Ok(Some((device.clone(), kept)));
                }
                Some(kept) => without = Some((device.clone(), kept)),
                None => {}
            }
        }
    }
    Ok(without)
}
