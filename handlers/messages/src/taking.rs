//! What the component's routes share: an order is taken, and answered in one of two shapes.

use edgewire_contract::command::Mode;
use edgewire_contract::fault::Fault;
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::{CommandId, MessageId};
use edgewire_contract::jid::Jid;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::dispatch::Receipt;
use edgewire_edge::draft::{self, Asked};
use edgewire_edge::env::Env;
use edgewire_edge::order::{self, marked};
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;
use serde_json::Value;

/// Takes the order of `call`; `read` understands the fields of its body. (`read` is not a type parameter, so that the
/// component has this once.)
///
/// # Errors
/// Those of [`order::take`].
pub async fn take<B, E, I>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
    read: &mut dyn FnMut(&mut Fields<'_>) -> Option<Asked>,
) -> Result<(Mode, Receipt), Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    order::take(gateway, call, |body, checks| draft::read(body, checks, read)).await
}

/// What is told of a path that names nothing: to callers only, as everything else is.
///
/// # Errors
/// 401, 403, else 404 for `what`.
pub async fn nothing<B: Bus, E: Env, I>(
    gateway: &Gateway<B, E>,
    call: &Call<I>,
    what: &str,
) -> Result<Reply, Problem> {
    gateway.caller(&call.head.headers, &[Capability::Send]).await?;
    Err(Fault::not_found(what).into())
}

/// What the caller of a camelCase route is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendResult<'a> {
    mode: Mode,
    outbox_id: String,
    wa_message_id: Option<&'a str>,
    status: OutcomeStatus,
    /// Unix milliseconds.
    timestamp: i64,
    replayed: bool,
    /// When it is to go out, unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<i64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Fault>,
    /// What the command gave besides: of a sent file what became of it on its way, of a session its pair code.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

impl<'a> SendResult<'a> {
    /// Of an outcome.
    pub fn of(outcome: &'a Outcome, replayed: bool) -> Self {
        Self {
            mode: outcome.mode,
            outbox_id: outcome.id.to_string(),
            wa_message_id: outcome.message_id.as_ref().map(|id| id.as_str()),
            status: outcome.status,
            timestamp: outcome.timestamp,
            replayed,
            send_at: outcome.send_at,
            error: outcome.error.as_ref(),
            data: outcome.data.as_ref(),
        }
    }

    /// The answer to an order: 202 for an asynchronous one, else 200.
    pub fn reply(mode: Mode, receipt: &'a Receipt) -> Reply {
        let status = if mode == Mode::Async { 202 } else { 200 };
        let reply = Reply::json(status, &Self::of(&receipt.outcome, receipt.replayed));
        marked(reply, receipt.replayed)
    }
}

/// What the caller of a snake_case route is told.
#[derive(Serialize)]
struct Sent<'a> {
    message_id: Option<&'a MessageId>,
    /// Unix seconds.
    timestamp: i64,
    to: Option<&'a Jid>,
}

/// The same, when he does not wait.
#[derive(Serialize)]
struct Queued<'a> {
    message_id: Option<&'a MessageId>,
    status: OutcomeStatus,
    outbox_id: CommandId,
    to: Option<&'a Jid>,
    /// When it is to go out, unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<i64>,
}

/// The answer of a snake_case route. `message_id` is the outcome's, unless the command sends no message.
pub fn sent(mode: Mode, receipt: &Receipt, message_id: Option<&MessageId>) -> Reply {
    let outcome = &receipt.outcome;
    let (message_id, to) = (outcome.message_id.as_ref().or(message_id), outcome.to.as_ref());
    let reply = match mode {
        Mode::Sync => {
            let timestamp = outcome.timestamp.div_euclid(1000);
            Reply::json(200, &Sent { message_id, timestamp, to })
        }
        Mode::Async => {
            let (status, outbox_id) = (outcome.status, outcome.id);
            let send_at = outcome.send_at.map(|at| at.div_euclid(1000));
            Reply::json(202, &Queued { message_id, status, outbox_id, to, send_at })
        }
    };
    marked(reply, receipt.replayed)
}
