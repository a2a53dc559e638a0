//! Which device is meant: the one that `device_id` names, in the query or in the body, or the only one there is.
//!
//! The session must be known before a body is read to its end, because a file in the body is kept beside it. So where
//! neither the token nor the query says it, the body's beginning is looked at ([`Held::find`]), and only where that names
//! none either, which devices there are.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::SessionId;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::devices::{Choice, DEVICE_ID, choice, covers_one};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem};

use crate::finder::Found;
use crate::held::Held;

/// What is said where it is needed and not given.
const NEEDED: &str =
    "is required: there are several devices (GET /devices); in a body over 1 MiB it stands before the file";

/// The device that is meant.
#[derive(Debug)]
pub struct Device {
    /// Its session. Where none is meant, some session, so that what else is wrong can be read and told.
    pub session: SessionId,
    /// What is wrong with its name.
    pub checks: Checks,
}

impl Device {
    /// The device that `call` means.
    ///
    /// # Errors
    /// 404 for none of the caller's.
    pub async fn of<B: Bus, E: Env, I: Incoming>(
        gateway: &Gateway<B, E>,
        caller: &Caller,
        call: Call<I>,
    ) -> Result<(Self, Call<Held<I>>), Problem> {
        let Call { request_id, head, params, body } = call;
        let mut call = Call { request_id, head, params, body: Held::new(body) };
        let mut checks = Checks::default();
        let query = call.query();
        let session = match query.parsed(DEVICE_ID, SessionId::parse, &mut checks) {
            Some(named) => own(caller, named)?,
            // A bad name in the query is noted already.
            None if query.get(DEVICE_ID).is_some() => only(gateway, caller).await?.some(),
            None => match covers_one(caller) {
                Some(session) => session.clone(),
                None => in_body(gateway, caller, &mut call.body, &mut checks).await?,
            },
        };
        Ok((Self { session, checks }, call))
    }

    /// The device that the query of a request without a body means.
    ///
    /// # Errors
    /// 404 for none of the caller's; 400 when one must be named.
    pub async fn of_query<B: Bus, E: Env, I>(
        gateway: &Gateway<B, E>,
        caller: &Caller,
        call: &Call<I>,
    ) -> Result<SessionId, Problem> {
        let mut checks = Checks::default();
        let named = call.query().parsed(DEVICE_ID, SessionId::parse, &mut checks);
        checks.finish()?;
        if let Some(named) = named {
            return Ok(own(caller, named)?);
        }
        match only(gateway, caller).await? {
            Choice::One(session) => Ok(session),
            Choice::Several(_) => {
                let mut checks = Checks::default();
                checks.note(DEVICE_ID, NEEDED, "");
                Err(checks.finish().err().unwrap_or_else(Fault::internal).into())
            }
        }
    }
}

/// The device that a body names, or the only one there is.
async fn in_body<B: Bus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    body: &mut Held<I>,
    checks: &mut Checks,
) -> Result<SessionId, Problem> {
    let found = body.find(DEVICE_ID).await;
    if let Found::Text(text) = &found
        && let Ok(named) = SessionId::parse(text)
    {
        return Ok(own(caller, named)?);
    }
    let choice = only(gateway, caller).await?;
    // Whoever reads the body notes a bad name.
    if matches!((&found, &choice), (Found::NoText | Found::NotYet, Choice::Several(_))) {
        checks.note(DEVICE_ID, NEEDED, "");
    }
    Ok(choice.some())
}

/// What a body says of the device must not be another than the one that was taken.
///
/// # Errors
/// 404.
pub fn same(session: &SessionId, named: Option<&SessionId>) -> Result<(), Fault> {
    if named.is_none_or(|named| named == session) { Ok(()) } else { Err(Fault::not_found("device")) }
}

/// The only device of the caller, or one of several.
async fn only<B: Bus, E: Env>(gateway: &Gateway<B, E>, caller: &Caller) -> Result<Choice, Problem> {
    choice(gateway, caller).await?.ok_or_else(|| Fault::not_found("device").into())
}

/// A device that the token covers.
fn own(caller: &Caller, id: SessionId) -> Result<SessionId, Fault> {
    if caller.token.covers(&id) { Ok(id) } else { Err(Fault::not_found("device")) }
}
