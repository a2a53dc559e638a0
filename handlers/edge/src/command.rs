//! Commands on their way to the conn-host that owns a session: made, admitted, waited for.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{Action, Command, Live, Mode};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{CommandId, MessageId, OrganizationId, RequestId, SessionId};
use edgewire_contract::keys::SCHEDULED_MOST;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use serde_json::Value;

use crate::auth::Caller;
use crate::bus::{Admission, Admitted, Bus};
use crate::env::Env;
use crate::{Gateway, Problem};

/// How long a caller should wait before he tries a full shard again, seconds.
const FULL_RETRY_SECONDS: u64 = 5;

/// The same for a full schedule.
const FULL_SCHEDULE_RETRY_SECONDS: u64 = 60;

/// Makes a command. A synchronous one wakes this instance when it is done.
///
/// # Errors
/// When Redis cannot be asked for the number of shards.
pub async fn make<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    session: &SessionId,
    request_id: &RequestId,
    mode: Mode,
    action: Action,
) -> Result<Command, Problem> {
    let now = gateway.env.now_ms();
    let shard = gateway.bus.shard_of(session).await?;
    let sync = mode == Mode::Sync;
    Ok(Command {
        v: CONTRACT_VERSION,
        id: CommandId::generate(now, shard, u64::from_le_bytes(gateway.env.random())),
        organization: organization.clone(),
        session: session.clone(),
        request_id: request_id.clone(),
        issued_at: now,
        mode,
        deadline: sync.then(|| now + gateway.settings.sync_timeout_ms as i64),
        reply_to: sync.then(|| gateway.bus.reply_list()),
        action,
    })
}

/// Takes a command in. Gives its outcome, when it was in already.
///
/// # Errors
/// 404, 409, 429.
pub async fn admit<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    admission: &Admission,
) -> Result<Option<Outcome>, Problem> {
    match gateway.bus.admit(admission).await? {
        Admitted::Admitted => Ok(None),
        Admitted::Known(outcome) => Ok(Some(outcome)),
        Admitted::UnknownSession => Err(Fault::not_found("session").into()),
        Admitted::NotReady { status, reason } => Err(not_ready(&status, reason).into()),
        Admitted::Full if admission.due.is_some() => Err(full_schedule().into()),
        Admitted::Full => Err(full().into()),
        Admitted::Over { limit, wait_ms } => Err(over(&limit, wait_ms).into()),
        Admitted::NoBlob => Err(Problem::internal("a command's blob was gone before it was admitted")),
    }
}

/// Asks or tells WhatsApp something over a session that is connected now, and waits for what it gives. `offline` is the
/// fault of a session that is not: 409 mostly, 501 in the family of seed 003's groups.
///
/// # Errors
/// 404, `offline`, the action's own fault, 504.
pub async fn live<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    caller: &Caller,
    session: &SessionId,
    request_id: &RequestId,
    action: Live,
    offline: FaultCode,
) -> Result<Option<Value>, Problem> {
    let organization = caller.organization();
    let command = make(gateway, organization, session, request_id, Mode::Sync, Action::Live(action)).await?;
    let until = command.issued_at + gateway.settings.sync_timeout_ms as i64;
    let id = command.id;
    let max_queued = gateway.settings.max_queued_commands;
    let refused = |mut problem: Problem| {
        if problem.fault.code == FaultCode::SessionNotConnected {
            problem.fault.code = offline;
        }
        problem
    };
    let known = admit(gateway, &Admission { command, queued_event: None, max_queued, due: None })
        .await
        .map_err(refused)?;
    let outcome = match known {
        Some(outcome) if outcome.status.is_final() => Some(outcome),
        _ => gateway.bus.wait(id, until).await,
    };
    let outcome = outcome.ok_or_else(|| no_result(id, gateway.settings.sync_timeout_ms))?;
    ended(outcome).map(|outcome| outcome.data).map_err(refused)
}

/// An outcome that is no failure.
///
/// # Errors
/// The command's own fault.
pub fn ended(outcome: Outcome) -> Result<Outcome, Problem> {
    match outcome.error {
        Some(fault) if outcome.status == OutcomeStatus::Failed => Err(fault.into()),
        _ if outcome.status == OutcomeStatus::Failed => {
            Err(Problem::internal("a failed outcome has no error"))
        }
        _ => Ok(outcome),
    }
}

/// 409: a session in a state that it cannot do this in.
pub fn not_ready(status: &str, reason: Option<String>) -> Fault {
    let message = format!("the session cannot do this now: it is {}", status.replace('_', " "));
    Fault::new(FaultCode::SessionNotConnected, message).with("status", status).with("reason", reason)
}

fn full() -> Fault {
    Fault::new(FaultCode::RateLimited, "too many messages wait to be sent; try again")
        .with("retryAfterSeconds", FULL_RETRY_SECONDS)
}

fn full_schedule() -> Fault {
    let message =
        format!("the session has {SCHEDULED_MOST} scheduled messages, which is the most it may have");
    Fault::new(FaultCode::RateLimited, message)
        .with("limit", SCHEDULED_MOST)
        .with("retryAfterSeconds", FULL_SCHEDULE_RETRY_SECONDS)
}

/// 429: a session has sent what its `limit` lets it.
fn over(limit: &str, wait_ms: u64) -> Fault {
    let message = format!("the session has sent what it may ({limit}); try again later, or send it async");
    Fault::new(FaultCode::RateLimited, message)
        .with("limit", limit)
        .with("retryAfterSeconds", wait_ms.div_ceil(1000).max(1))
}

fn no_result(command: CommandId, waited_ms: u64) -> Fault {
    let message = format!("WhatsApp gave no answer within {} s", waited_ms / 1000);
    Fault::new(FaultCode::Timeout, message).with("outboxId", command.to_string())
}

/// No result of a message in time.
pub fn still_on_its_way(outcome: &Outcome, waited_ms: u64) -> Fault {
    let message = format!(
        "no result within {} s; the message is still on its way: ask GET /api/v1/outbox/{}",
        waited_ms / 1000,
        outcome.id
    );
    Fault::new(FaultCode::Timeout, message)
        .with("outboxId", outcome.id.to_string())
        .with("waMessageId", outcome.message_id.as_ref().map(MessageId::as_str))
}
