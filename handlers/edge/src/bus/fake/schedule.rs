//! The fake's scheduled sends: as `admit.lua` and `unschedule.lua` leave them. Nobody moves them into the queue.

use edgewire_contract::command::Command;
use edgewire_contract::ids::{CommandId, SessionId};
use edgewire_contract::outcome::Outcome;

use super::FakeBus;
use crate::bus::BusError;
use crate::bus::schedule::Schedule;

impl Schedule for FakeBus {
    async fn scheduled(
        &self,
        session: &SessionId,
        ids: &[CommandId],
    ) -> Result<Vec<Option<Command>>, BusError> {
        self.up()?;
        let of_session = |command: &Command| command.session == *session;
        Ok(self.with(|state| {
            let scheduled = |id| state.scheduled.get(id).map(|(_, command)| command.clone());
            ids.iter().map(|id| scheduled(id).filter(of_session)).collect()
        }))
    }

    async fn unschedule(&self, command: &Command, outcome: &Outcome, event: &str) -> Result<bool, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            if state.scheduled.remove(&command.id).is_none() {
                return false;
            }
            state.outcomes.insert(command.id, outcome.clone());
            state.queued_events.push(event.to_owned());
            true
        }))
    }
}
