//! `POST /api/v1/sessions/{session}/messages/text`: sends a text.

use edgewire_contract::command::Mode;
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{CommandId, MessageId};
use edgewire_contract::jid::Jid;
use edgewire_contract::outcome::OutcomeStatus;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

use crate::draft::Draft;
use crate::order::{self, marked};

#[derive(Serialize)]
struct Sent<'a> {
    message_id: Option<&'a MessageId>,
    /// Unix seconds.
    timestamp: i64,
    to: Option<&'a Jid>,
}

#[derive(Serialize)]
struct Queued<'a> {
    message_id: Option<&'a MessageId>,
    status: OutcomeStatus,
    outbox_id: CommandId,
    to: Option<&'a Jid>,
}

/// Sends a text.
///
/// # Errors
/// Those of [`order::take`].
pub async fn text<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let (mode, receipt) = order::take(gateway, call, |body, checks| {
        let draft = Draft::read(body, checks, |fields| Draft::text(fields, "reply_to"))?;
        // Without a bad field, there is a draft.
        draft.ok_or_else(Fault::internal)
    })
    .await?;
    let outcome = &receipt.outcome;
    let (message_id, to) = (outcome.message_id.as_ref(), outcome.to.as_ref());
    let reply = match mode {
        Mode::Sync => {
            let timestamp = outcome.timestamp.div_euclid(1000);
            Reply::json(200, &Sent { message_id, timestamp, to })
        }
        Mode::Async => {
            let (status, outbox_id) = (outcome.status, outcome.id);
            Reply::json(202, &Queued { message_id, status, outbox_id, to })
        }
    };
    Ok(marked(reply, receipt.replayed))
}
