//! The devices of a tenant, as the Device API has them. A device is a session; its paths name none: `device_id` does, and
//! may be left out where there is one only.

use edgewire_contract::ids::SessionId;

use crate::auth::Caller;
use crate::bus::{Bus, SessionView, together};
use crate::env::Env;
use crate::{Gateway, Problem};

/// The name of the parameter and of the field.
pub const DEVICE_ID: &str = "device_id";
/// How many sessions are looked at at once.
const AT_ONCE: usize = 100;
/// Up to so many, it is worth a look whether those in the index are still there.
const LOOKED_AT: usize = 16;

/// What there is where none is named.
#[derive(Debug)]
pub enum Choice {
    /// One only: it is meant.
    One(SessionId),
    /// One of several.
    Several(SessionId),
}

impl Choice {
    /// The only one, or one of several.
    pub fn some(self) -> SessionId {
        match self {
            Self::One(session) | Self::Several(session) => session,
        }
    }
}

/// The device of a token that covers one only.
pub fn covers_one(caller: &Caller) -> Option<&SessionId> {
    match caller.token.sessions.as_deref() {
        Some([one]) => Some(one),
        _ => None,
    }
}

/// Whether the caller has one device or several; `None` for none.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn choice<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
) -> Result<Option<Choice>, Problem> {
    if let Some(one) = covers_one(caller) {
        return Ok(Some(Choice::One(one.clone())));
    }
    let mut ids = covered(gateway, caller).await?;
    if (2..=LOOKED_AT).contains(&ids.len()) {
        // The index may name some that are gone.
        ids = views(gateway, caller, &ids).await?.into_iter().map(|view| view.record.id).collect();
    }
    let several = ids.len() > 1;
    let first = ids.into_iter().next();
    Ok(first.map(|first| if several { Choice::Several(first) } else { Choice::One(first) }))
}

/// The sessions in the organization's index that the token covers, the oldest first. Some may be gone.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn covered<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
) -> Result<Vec<SessionId>, Problem> {
    let index = gateway.bus.sessions_of(caller.organization()).await?;
    Ok(index.into_iter().map(|(id, _)| id).filter(|id| caller.token.covers(id)).collect())
}

/// The caller's devices that are there, the oldest first.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn all<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
) -> Result<Vec<SessionView>, Problem> {
    views(gateway, caller, &covered(gateway, caller).await?).await
}

async fn views<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    ids: &[SessionId],
) -> Result<Vec<SessionView>, Problem> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        for view in together(some.iter().map(|id| gateway.bus.session(caller.organization(), id))).await {
            found.extend(view?.filter(|view| caller.owns(&view.record)));
        }
    }
    Ok(found)
}
