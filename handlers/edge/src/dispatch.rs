//! From what a route was asked for to its outcome: ids are given, an Idempotency-Key is bound, the command is admitted,
//! and a synchronous caller waits for WhatsApp's answer.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{Action, Command, MessageSecret, Mode, SendMessage};
use edgewire_contract::event::{MessageStatus, MessageStatusPayload};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{CommandId, MessageId, RequestId, SessionId};
use edgewire_contract::outcome::{Outcome, OutcomeStatus};

use crate::auth::Caller;
use crate::bus::{Admission, Binding, Bus, queued_outcome};
use crate::command;
use crate::draft::{Asked, Draft};
use crate::env::Env;
use crate::{Gateway, Problem, blob};

/// How often a repeated request looks whether the first one has ended, ms: at first, and at most. Nobody wakes it: the
/// command names the first one's instance.
const FIRST_LOOK_MS: u64 = 50;
const SLOWEST_LOOK_MS: u64 = 1_000;

/// What is asked for, as its route read it.
#[derive(Debug)]
pub struct Order<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Which session does it.
    pub session: SessionId,
    /// What.
    pub asked: Asked,
    /// Whether the caller waits.
    pub mode: Mode,
    /// Whether a caller who waits is content to learn that it takes long.
    pub background: bool,
    /// The Idempotency-Key's hash, and the request's.
    pub key: Option<(String, String)>,
    /// The request's id.
    pub request_id: RequestId,
}

/// How far it has come, when its caller is answered.
#[derive(Debug)]
pub struct Receipt {
    /// The outcome: final for a synchronous caller, unless it takes long and he is content with that.
    pub outcome: Outcome,
    /// Whether an earlier request with the same Idempotency-Key did it.
    pub replayed: bool,
}

/// Carries the order out.
///
/// # Errors
/// 404 and 400 for a message that is not what it must be; 404, 409, 429 from the admission; the command's own fault for a
/// synchronous caller; 504 when it has none in time.
pub async fn dispatch<B: Bus, E: Env>(gateway: &Gateway<B, E>, order: Order<'_>) -> Result<Receipt, Problem> {
    let (session, blob) = (order.session.clone(), order.asked.blob().cloned());
    let result = carry_out(gateway, order).await;
    let taken = result.as_ref().is_ok_and(|receipt| !receipt.replayed);
    // The command may own it all the same (a caller who waits no longer is an error too): then it stays.
    if let Some(blob) = blob.filter(|_| !taken) {
        blob::forget(gateway, &session, [&blob]).await;
    }
    result
}

async fn carry_out<B: Bus, E: Env>(gateway: &Gateway<B, E>, order: Order<'_>) -> Result<Receipt, Problem> {
    let Order { caller, session, mut asked, mode, background, key, request_id } = order;
    let about = asked.take_about();
    let action = action(gateway, asked);
    let command = command::make(gateway, caller.organization(), &session, &request_id, mode, action).await?;
    let own_id = command.id;
    let command = match &key {
        None => command,
        Some((key, request)) => bound(gateway, key, request, command).await?,
    };
    // A repeated request is not judged anew: what it is about may have changed by the first one itself.
    if let Some(about) = about
        && (command.id == own_id || gateway.bus.outcome(command.id).await?.is_none())
    {
        about.check(gateway, caller, &session).await?;
    }
    let due = match &command.action {
        Action::Send(send) => send.send_at.filter(|at| *at > gateway.env.now_ms()),
        _ => None,
    };
    let admission = Admission {
        queued_event: if mode == Mode::Async { status_event(&queued_outcome(&command)) } else { None },
        max_queued: gateway.settings.max_queued_commands,
        due,
        command,
    };
    let (outcome, known) = match command::admit(gateway, &admission).await? {
        None => (queued_outcome(&admission.command), false),
        Some(outcome) => (outcome, true),
    };
    // Of the requests with one key, whichever admits the command is the one that sends; all others repeat it. (Without a
    // key, it is known when the admission itself was repeated on a new connection.)
    let replayed = known && key.is_some();
    if mode == Mode::Async {
        return Ok(Receipt { outcome, replayed });
    }
    let outcome = command::ended(wait(gateway, outcome, replayed, background).await?)?;
    Ok(Receipt { outcome, replayed })
}

/// What is to be done, with everything in it that must be the same when it is done twice.
fn action<B: Bus, E: Env>(gateway: &Gateway<B, E>, asked: Asked) -> Action {
    match asked {
        Asked::Mark(mark) => Action::Mark(mark),
        Asked::Message(draft) => {
            let Draft { to, content, reply_to, mentions, about: _, delay_ms, send_at } = *draft;
            let now = gateway.env.now_ms();
            Action::Send(Box::new(SendMessage {
                message_id: MessageId::generate(gateway.env.random()),
                to,
                secret: MessageSecret(gateway.env.random()),
                timestamp: send_at.unwrap_or(now).max(now),
                content,
                reply_to,
                mentions,
                delay_ms,
                send_at,
            }))
        }
    }
}

/// The command under the ids that its Idempotency-Key is bound to: its own, or an earlier request's.
async fn bound<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    key: &str,
    request: &str,
    mut command: Command,
) -> Result<Command, Problem> {
    let binding = Binding {
        v: CONTRACT_VERSION,
        command: command.id,
        message_id: match &command.action {
            Action::Send(send) => Some(send.message_id.clone()),
            _ => None,
        },
        request: request.to_owned(),
        issued_at: command.issued_at,
    };
    let binding = gateway.bus.bind(&command.organization, key, &binding).await?;
    if binding.request != request {
        let message = "this Idempotency-Key was used for another request";
        return Err(Fault::new(FaultCode::Conflict, message).into());
    }
    // Only the ids: where the first request was refused (429), this one is of its own time.
    command.id = binding.command;
    if let (Action::Send(send), Some(message_id)) = (&mut command.action, binding.message_id) {
        send.message_id = message_id;
    }
    Ok(command)
}

async fn wait<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    outcome: Outcome,
    replayed: bool,
    background: bool,
) -> Result<Outcome, Problem> {
    let enough = |outcome: &Outcome| outcome.status.is_final() || (background && outcome.background);
    if enough(&outcome) {
        return Ok(outcome);
    }
    let until = gateway.env.now_ms() + gateway.settings.sync_timeout_ms as i64;
    let ended = if replayed {
        look_until(gateway, outcome.id, until, enough).await
    } else if background {
        gateway.bus.wait_or_background(outcome.id, until).await
    } else {
        gateway.bus.wait(outcome.id, until).await
    };
    ended.ok_or_else(|| command::still_on_its_way(&outcome, gateway.settings.sync_timeout_ms).into())
}

/// Waits until a command that another request admitted is far `enough`.
async fn look_until<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    command: CommandId,
    until: i64,
    enough: impl Fn(&Outcome) -> bool,
) -> Option<Outcome> {
    let mut pause = FIRST_LOOK_MS;
    loop {
        // Redis being away is waited out, as in the first request.
        if let Ok(Some(outcome)) = gateway.bus.outcome(command).await
            && enough(&outcome)
        {
            return Some(outcome);
        }
        let left = until - gateway.env.now_ms();
        if left <= 0 {
            return None;
        }
        gateway.env.sleep(pause.min(left as u64)).await;
        pause = (pause * 2).min(SLOWEST_LOOK_MS);
    }
}

/// The event that tells how far a message is.
pub(crate) fn status_event(outcome: &Outcome) -> Option<String> {
    let payload = MessageStatusPayload {
        message_id: outcome.message_id.clone()?,
        chat: outcome.to.as_ref()?.to_string(),
        outbox_id: Some(outcome.id),
        status: match outcome.status {
            OutcomeStatus::Queued => MessageStatus::Queued,
            OutcomeStatus::Sent => MessageStatus::Sent,
            OutcomeStatus::Failed => MessageStatus::Failed,
            OutcomeStatus::Done => return None,
        },
        participant: None,
        timestamp: outcome.timestamp,
        error: outcome.error.clone(),
    };
    Some(payload.to_stored(&outcome.organization, &outcome.session))
}
