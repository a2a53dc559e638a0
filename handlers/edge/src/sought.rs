//! A message that a request asks about. In the Device API no path names its session: it is looked for in the caller's
//! devices.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{MessageId, SessionId};

use crate::asking::LOOK;
use crate::auth::Caller;
use crate::bus::archive::Kept;
use crate::bus::{Bus, together};
use crate::checks::Checks;
use crate::devices::{DEVICE_ID, covered};
use crate::env::Env;
use crate::{Call, Gateway, Problem};

/// How many devices are looked at at once.
const AT_ONCE: usize = 64;

/// A message, and who asks about it.
#[derive(Debug)]
pub struct Sought {
    /// Who asks.
    pub caller: Caller,
    /// Whose message it is.
    pub session: SessionId,
    /// Which message.
    pub id: MessageId,
    /// What is kept of it.
    pub kept: Kept,
}

/// Whether a message is the one that is looked for: several devices may have one of the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    Well,
    /// When no device has a better one.
    Poorly,
    /// It is not.
    Not,
}

/// The message whose id is the first parameter of the path: in the device that the query names, or in any that the token
/// covers.
///
/// # Errors
/// 401, 403, 400; 404 for no message that fits.
pub async fn in_devices<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: &Call<I>,
    fit: fn(&Kept) -> Fit,
) -> Result<Sought, Problem> {
    let caller = gateway.caller(&call.head.headers, LOOK).await?;
    let mut checks = Checks::default();
    let named = call.query().parsed(DEVICE_ID, SessionId::parse, &mut checks);
    checks.finish()?;
    let none = || Fault::not_found("message");
    let id = MessageId::parse(&call.params[0]).map_err(|_| none())?;
    let devices = match named {
        Some(named) => vec![gateway.session(&caller, &named).await?.record.id],
        None => covered(gateway, &caller).await?,
    };
    let (session, kept) = look(gateway, &caller, &devices, &id, fit).await?.ok_or_else(none)?;
    Ok(Sought { caller, session, id, kept })
}

/// The first that fits well, else the last that fits poorly. The index of the caller's devices may name one that is gone, or
/// is being made under an id that is taken: nobody learns what is kept in others' sessions.
async fn look<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    devices: &[SessionId],
    id: &MessageId,
    fit: fn(&Kept) -> Fit,
) -> Result<Option<(SessionId, Kept)>, Problem> {
    let mut other = None;
    for some in devices.chunks(AT_ONCE) {
        let reads = some.iter().map(|device| gateway.bus.kept_one(device, id));
        for (device, read) in some.iter().zip(together(reads).await) {
            let Some(kept) = read? else { continue };
            let fit = fit(&kept);
            if fit == Fit::Not || !is_own(gateway, caller, device).await? {
                continue;
            }
            let found = Some((device.clone(), kept));
            if fit == Fit::Well {
                return Ok(found);
            }
            other = found;
        }
    }
    Ok(other)
}

/// Whether there is such a session of the caller's.
async fn is_own<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    device: &SessionId,
) -> Result<bool, Problem> {
    let view = gateway.bus.session(caller.organization(), device).await?;
    Ok(view.is_some_and(|view| caller.owns(&view.record)))
}
