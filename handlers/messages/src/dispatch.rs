//! From a draft to its outcome: ids are given, an Idempotency-Key is bound, the command is admitted, and a synchronous
//! caller waits for WhatsApp's answer.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{Action, Command, MessageSecret, Mode, SendMessage};
use edgewire_contract::event::{Event, EventBody, MessageStatus, MessageStatusPayload};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{CommandId, MessageId, RequestId, SessionId};
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::{Admission, Admitted, Binding, Bus, queued_outcome};
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem};

use crate::draft::Draft;

/// How long a caller should wait before he tries a full shard again, seconds.
const FULL_RETRY_SECONDS: u64 = 5;
/// How often a repeated request looks whether the first one has ended, ms: at first, and at most. Nobody wakes it: the
/// command names the first one's instance.
const FIRST_LOOK_MS: u64 = 50;
const SLOWEST_LOOK_MS: u64 = 1_000;

/// A send as its route read it.
#[derive(Debug)]
pub struct Order<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Which session sends.
    pub session: SessionId,
    /// What.
    pub draft: Draft,
    /// Whether the caller waits.
    pub mode: Mode,
    /// The Idempotency-Key's hash, and the request's.
    pub key: Option<(String, String)>,
    /// The request's id.
    pub request_id: RequestId,
}

/// How far a send has come, when its caller is answered.
#[derive(Debug)]
pub struct Receipt {
    /// The outcome: final for a synchronous caller.
    pub outcome: Outcome,
    /// Whether an earlier request with the same Idempotency-Key sent it.
    pub replayed: bool,
}

/// Carries the order out.
///
/// # Errors
/// 404, 409, 429 from the admission; the message's own fault for a synchronous caller; 504 when it has none in time.
pub async fn dispatch<B: Bus, E: Env>(gateway: &Gateway<B, E>, order: Order<'_>) -> Result<Receipt, Problem> {
    let command = command(gateway, &order).await?;
    let own_id = command.id;
    let command = match &order.key {
        None => command,
        Some((key, request)) => bound(gateway, key, request, command).await?,
    };
    let admission = Admission {
        queued_event: (order.mode == Mode::Async).then(|| queued_event(&command)),
        max_queued: gateway.settings.max_queued_commands,
        command,
    };
    let (outcome, known) = match gateway.bus.admit(&admission).await? {
        Admitted::Admitted => (queued_outcome(&admission.command), false),
        Admitted::Known(outcome) => (outcome, true),
        Admitted::UnknownSession => return Err(Fault::not_found("session").into()),
        Admitted::NotReady { status, reason } => return Err(not_ready(&status, reason).into()),
        Admitted::Full => return Err(full().into()),
    };
    // A command that only this request knows is known when the admission itself was repeated on a new connection.
    let replayed = known && admission.command.id != own_id;
    if order.mode == Mode::Async {
        return Ok(Receipt { outcome, replayed });
    }
    let outcome = wait(gateway, outcome, replayed).await?;
    match outcome.error {
        Some(fault) if outcome.status == OutcomeStatus::Failed => Err(fault.into()),
        _ if outcome.status == OutcomeStatus::Failed => {
            Err(Problem::internal("a failed outcome has no error"))
        }
        _ => Ok(Receipt { outcome, replayed }),
    }
}

/// The command, with everything in it that must be the same when it runs twice.
async fn command<B: Bus, E: Env>(gateway: &Gateway<B, E>, order: &Order<'_>) -> Result<Command, Problem> {
    let now = gateway.env.now_ms();
    let shard = gateway.bus.shard_of(&order.session).await?;
    let sync = order.mode == Mode::Sync;
    let draft = order.draft.clone();
    Ok(Command {
        v: CONTRACT_VERSION,
        id: CommandId::generate(now, shard, u64::from_le_bytes(gateway.env.random())),
        organization: order.caller.organization().clone(),
        session: order.session.clone(),
        request_id: order.request_id.clone(),
        issued_at: now,
        mode: order.mode,
        deadline: sync.then(|| now + gateway.settings.sync_timeout_ms as i64),
        reply_to: sync.then(|| gateway.bus.reply_list()),
        action: Action::Send(SendMessage {
            message_id: MessageId::generate(gateway.env.random()),
            to: draft.to,
            secret: MessageSecret(gateway.env.random()),
            timestamp: now,
            content: draft.content,
            reply_to: draft.reply_to,
            mentions: draft.mentions,
        }),
    })
}

/// The command under the ids that its Idempotency-Key is bound to: its own, or an earlier request's.
async fn bound<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    key: &str,
    request: &str,
    mut command: Command,
) -> Result<Command, Problem> {
    let Action::Send(send) = &mut command.action else {
        return Err(Problem::internal("only sends have Idempotency-Keys"));
    };
    let binding = Binding {
        v: CONTRACT_VERSION,
        command: command.id,
        message_id: send.message_id.clone(),
        request: request.to_owned(),
        issued_at: command.issued_at,
    };
    let binding = gateway.bus.bind(&command.organization, key, &binding).await?;
    if binding.request != request {
        let message = "this Idempotency-Key was used for another request";
        return Err(Fault::new(FaultCode::Conflict, message).into());
    }
    command.id = binding.command;
    command.issued_at = binding.issued_at;
    send.message_id = binding.message_id;
    send.timestamp = binding.issued_at;
    Ok(command)
}

async fn wait<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    outcome: Outcome,
    replayed: bool,
) -> Result<Outcome, Problem> {
    if outcome.status.is_final() {
        return Ok(outcome);
    }
    let until = gateway.env.now_ms() + gateway.settings.sync_timeout_ms as i64;
    let ended = if replayed {
        look_until(gateway, outcome.id, until).await
    } else {
        gateway.bus.wait(outcome.id, until).await
    };
    ended.ok_or_else(|| timeout(&outcome, gateway.settings.sync_timeout_ms).into())
}

/// Waits for a command that another request admitted.
async fn look_until<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    command: CommandId,
    until: i64,
) -> Option<Outcome> {
    let mut pause = FIRST_LOOK_MS;
    loop {
        // Redis being away is waited out, as in the first request.
        if let Ok(Some(outcome)) = gateway.bus.outcome(command).await
            && outcome.status.is_final()
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

fn queued_event(command: &Command) -> String {
    let outcome = queued_outcome(command);
    let (Some(message_id), Some(to)) = (outcome.message_id, outcome.to) else { return String::new() };
    let payload = MessageStatusPayload {
        message_id,
        chat: to.to_string(),
        outbox_id: Some(command.id),
        status: MessageStatus::Queued,
        participant: None,
        timestamp: command.issued_at,
        error: None,
    };
    let body = EventBody::MessageStatus(payload);
    Event::new(command.organization.clone(), command.session.clone(), command.issued_at, body).to_stored()
}

fn not_ready(status: &str, reason: Option<String>) -> Fault {
    let message = format!("the session cannot send: it is {}", status.replace('_', " "));
    Fault::new(FaultCode::SessionNotConnected, message).with("status", status).with("reason", reason)
}

fn full() -> Fault {
    Fault::new(FaultCode::RateLimited, "too many messages wait to be sent; try again")
        .with("retryAfterSeconds", FULL_RETRY_SECONDS)
}

fn timeout(outcome: &Outcome, waited_ms: u64) -> Fault {
    let message = format!(
        "no result within {} s; the message is still on its way: ask GET /api/v1/outbox/{}",
        waited_ms / 1000,
        outcome.id
    );
    Fault::new(FaultCode::Timeout, message)
        .with("outboxId", outcome.id.to_string())
        .with("waMessageId", outcome.message_id.as_ref().map(MessageId::as_str))
}
