//! `POST /api/v1/sessions/{session}/messages`: sends a message of any kind.
//!
//! `?async=true` answers 202 when the message is queued; otherwise 200 when WhatsApp has acknowledged it. With an
//! `Idempotency-Key`, the same request again gives the first one's result, and sends nothing.

use edgewire_contract::command::Mode;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;
use serde_json::Value;

use crate::draft::Draft;
use crate::order::{self, marked};

/// The kinds that the endpoint names. Those but the first are not built yet.
const KINDS: [&str; 9] =
    ["text", "poll", "location", "contact", "image", "video", "audio", "document", "sticker"];

/// What a send's caller is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendResult<'a> {
    mode: Mode,
    outbox_id: String,
    wa_message_id: Option<&'a str>,
    status: OutcomeStatus,
    timestamp: i64,
    replayed: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Fault>,
    /// What a command that is no send gave: a pair code.
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
            error: outcome.error.as_ref(),
            data: outcome.data.as_ref(),
        }
    }
}

/// Sends a message.
///
/// # Errors
/// Those of [`order::take`]; 501 for a kind that is not built yet.
pub async fn send<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let (mode, receipt) = order::take(gateway, call, |body, checks| {
        let mut unbuilt = "";
        let draft = Draft::read(body, checks, |fields| match fields.choice("type", &KINDS) {
            Some(0) => Draft::text(fields, "replyTo"),
            Some(kind) => {
                unbuilt = KINDS[kind];
                None
            }
            None => {
                // What the other fields must be depends on the kind, but for this one.
                let _noted = fields.recipient("to");
                None
            }
        })?;
        draft.ok_or_else(|| not_built(unbuilt))
    })
    .await?;
    let status = if mode == Mode::Async { 202 } else { 200 };
    Ok(marked(Reply::json(status, &SendResult::of(&receipt.outcome, receipt.replayed)), receipt.replayed))
}

fn not_built(kind: &str) -> Fault {
    Fault::new(FaultCode::NotImplemented, format!("messages of type {kind} cannot be sent yet"))
        .with("type", kind)
}
