//! A send, an edit or a deletion on its way, and what its caller is told of it.

use edgewire_contract::command::Mode;
use edgewire_contract::ids::MessageId;
use edgewire_contract::jid::Jid;
use edgewire_contract::moment::rfc3339;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use edgewire_edge::bus::Bus;
use edgewire_edge::dispatch::{Order, Receipt, dispatch};
use edgewire_edge::env::Env;
use edgewire_edge::order::marked;
use edgewire_edge::{Gateway, Problem, Reply};

use crate::metadata::metadata;
use crate::told::{Field, Is, told};

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not ended.
    Processing,
    /// WhatsApp acknowledged the message.
    Sent,
    /// It did not and will not work.
    Failed,
}

impl Progress {
    /// Of an outcome.
    pub fn of(outcome: &Outcome) -> Self {
        match outcome.status {
            OutcomeStatus::Queued => Self::Processing,
            OutcomeStatus::Sent | OutcomeStatus::Done => Self::Sent,
            OutcomeStatus::Failed => Self::Failed,
        }
    }

    /// The spelling in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// An order that was carried out.
#[derive(Debug)]
pub struct Done {
    receipt: Receipt,
    mode: Mode,
}

/// Carries `order` out. A caller who waits may be told that it takes long.
///
/// # Errors
/// Those of [`dispatch`].
pub async fn carry_out<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    mut order: Order<'_>,
) -> Result<Done, Problem> {
    // The path does not name the device: the same request for another one is another request.
    if let Some((_, request)) = &mut order.key {
        request.push(' ');
        request.push_str(order.session.as_str());
    }
    order.background = true;
    let mode = order.mode;
    Ok(Done { receipt: dispatch(gateway, order).await?, mode })
}

impl Done {
    /// The answer: what `tell` says of what has ended, 202 of a job.
    pub fn told(&self, tell: impl FnOnce(&Outcome) -> Reply) -> Reply {
        let Receipt { outcome, replayed } = &self.receipt;
        let waits_no_more = self.mode == Mode::Async || outcome.background;
        marked(if waits_no_more { job(outcome) } else { tell(outcome) }, *replayed)
    }
}

/// Tells a message that was sent.
pub fn message(outcome: &Outcome) -> Reply {
    let timestamp = rfc3339(outcome.timestamp);
    let mut fields = shared(outcome, &timestamp);
    let metadata = metadata(outcome, false);
    fields.push(("metadata", Is::One(&metadata)));
    told(200, &fields)
}

fn job(outcome: &Outcome) -> Reply {
    let (timestamp, id) = (rfc3339(outcome.timestamp), outcome.id.to_string());
    let mut fields = shared(outcome, &timestamp);
    // It is known already, and of no use until the message is there.
    fields.retain(|(name, _)| *name != "message_id");
    fields.push(("job_id", Is::Text(&id)));
    let send_at = outcome.send_at.map(rfc3339);
    fields.extend(send_at.as_deref().map(|at| ("send_at", Is::Text(at))));
    told(202, &fields)
}

/// What is told of every send.
pub fn shared<'a>(outcome: &'a Outcome, timestamp: &'a str) -> Vec<Field<'a>> {
    vec![
        ("message_id", Is::maybe(outcome.message_id.as_ref().map(MessageId::as_str))),
        ("status", Is::Text(Progress::of(outcome).as_str())),
        ("chat_jid", Is::maybe(outcome.to.as_ref().map(Jid::as_str))),
        ("timestamp", Is::Text(timestamp)),
    ]
}
