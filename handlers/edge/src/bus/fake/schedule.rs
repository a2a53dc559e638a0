//! The fake's scheduled sends: as `admit.lua` and `unschedule.lua` leave them. Nobody moves them into the queue.

use edgewire_contract::command::Command;
use edgewire_contract::ids::{BlobId, CommandId, SessionId};
use edgewire_contract::outcome::Outcome;

use super::FakeBus;
use crate::bus::BusError;
use crate::bus::schedule::{Schedule, Scheduled};

impl Schedule for FakeBus {
    async fn scheduled(
        &self,
        session: &SessionId,
        ids: &[CommandId],
    ) -> Result<Vec<Option<Scheduled>>, BusError> {
        self.up()?;
        let of_session = |command: &Command| command.session == *session;
        Ok(self.with(|state| {
            let read =
                |command: &Command| Scheduled(serde_json::to_value(command).expect("a command is JSON"));
            let scheduled = |id| state.scheduled.get(id).map(|(_, command)| command);
            ids.iter().map(|id| scheduled(id).filter(|it| of_session(it)).map(read)).collect()
        }))
    }

    async fn unschedule(
        &self,
        outcome: &Outcome,
        _blob: Option<&BlobId>,
        event: &str,
    ) -> Result<bool, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            if state.scheduled.remove(&outcome.id).is_none() {
                return false;
            }
            state.outcomes.insert(outcome.id, outcome.clone());
            state.queued_events.push(event.to_owned());
            true
        }))
    }
}
