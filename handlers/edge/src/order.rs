//! Reads a send request, whatever its route: who asks, for which session, sync or async, once or again.

use edgewire_contract::command::Mode;
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::SessionId;
use edgewire_contract::media::Source;
use edgewire_contract::token::Capability;

use crate::auth::Caller;
use crate::body::{self, Document};
use crate::bus::Bus;
use crate::checks::Checks;
use crate::dispatch::{Order, Receipt, dispatch};
use crate::draft::Asked;
use crate::env::Env;
use crate::request::Incoming;
use crate::{Call, Gateway, Problem, Reply, blob, idempotency};

/// Takes the order of `call` for the session that its path names; `read` understands its body.
///
/// # Errors
/// 401, 403, 404, 413, 400, in this order, then those of [`dispatch`].
pub async fn take<B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    read: impl FnOnce(&Document, Checks) -> Result<Asked, Fault>,
) -> Result<(Mode, Receipt), Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    let session = caller.session(&call.params[0])?;
    of(gateway, call, &caller, session, read).await
}

/// As [`take`], for a caller and a session that are known.
///
/// # Errors
/// 413, 400, then those of [`dispatch`].
pub async fn of<B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    caller: &Caller,
    session: SessionId,
    read: impl FnOnce(&Document, Checks) -> Result<Asked, Fault>,
) -> Result<(Mode, Receipt), Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let order = placed(gateway, call, caller, session, Checks::default(), read).await?;
    let mode = order.mode;
    Ok((mode, dispatch(gateway, order).await?))
}

/// Reads an order without carrying it out. What is known to be wrong with the request already stands in `checks`.
///
/// # Errors
/// 413, 400, 415.
pub async fn placed<'a, B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    caller: &'a Caller,
    session: SessionId,
    checks: Checks,
    read: impl FnOnce(&Document, Checks) -> Result<Asked, Fault>,
) -> Result<Order<'a>, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let mut read = Some(read);
    let mut read = |body: &Document, checks: Checks| match read.take() {
        Some(read) => read(body, checks),
        None => Err(Fault::internal()),
    };
    read_by(gateway, call, caller, session, checks, &mut read).await
}

/// [`placed`], once in a component and not once for each of its routes.
async fn read_by<'a, B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    caller: &'a Caller,
    session: SessionId,
    mut checks: Checks,
    read: &mut dyn FnMut(&Document, Checks) -> Result<Asked, Fault>,
) -> Result<Order<'a>, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let mode = if call.query().flag("async", false, &mut checks) { Mode::Async } else { Mode::Sync };
    let key = idempotency::key(&call.head, &mut checks).map(idempotency::key_hash);
    let body = body::read_document(gateway, caller, &session, &call.head.headers, call.body).await?;
    let asked = match read(&body, checks) {
        Ok(asked) => with_file(gateway, caller, &session, asked).await,
        Err(fault) => Err(fault.into()),
    };
    // The files that no command will own are forgotten at once.
    let used = asked.as_ref().ok().and_then(Asked::blob);
    blob::forget(gateway, &session, body.blobs().filter(|blob| Some(*blob) != used)).await;
    let asked = asked?;
    // Nobody waits for what is sent later.
    let mode = if asked.send_at().is_some() { Mode::Async } else { mode };
    let key = key.map(|key| (key, idempotency::request_hash(&call.head, &body)));
    Ok(Order { caller, session, asked, mode, background: false, key, request_id: call.request_id })
}

/// What is asked for, its file checked and kept.
async fn with_file<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    session: &SessionId,
    mut asked: Asked,
) -> Result<Asked, Problem> {
    if let Asked::Message(draft) = &mut asked {
        draft.check_media()?;
        if matches!(draft.content.media(), Some((_, media)) if matches!(media.source, Source::Inline(_))) {
            // Nobody puts files beside another's session.
            gateway.session(caller, session).await?;
        }
        body::keep_inline(gateway, session, draft).await?;
    }
    Ok(asked)
}

/// Says that the answer is an earlier one.
const REPLAYED: &str = "idempotent-replayed";

/// Marks the answer to a repeated request, also where its body has no place for it.
pub fn marked(reply: Reply, replayed: bool) -> Reply {
    if replayed { reply.with(REPLAYED, "true") } else { reply }
}
