//! Scheduled sends, before their time: [`Schedule`] is the part of the bus that reads them and takes them back.
//! `keys::due` says where they are; conn-host moves them into the queue (`enqueue.lua`).

use edgewire_contract::command::Command;
use edgewire_contract::ids::{CommandId, SessionId};
use edgewire_contract::outcome::Outcome;

use super::BusError;

/// What is scheduled.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Schedule {
    /// Scheduled commands of a session, in the order of `ids`; `None` for one that is not scheduled (any more).
    async fn scheduled(
        &self,
        session: &SessionId,
        ids: &[CommandId],
    ) -> Result<Vec<Option<Command>>, BusError>;

    /// Takes a scheduled send back, and ends it with `outcome`, of which `event` tells. `false` when it is not scheduled
    /// (any more).
    async fn unschedule(&self, command: &Command, outcome: &Outcome, event: &str) -> Result<bool, BusError>;
}
