//! A command to the conn-host that owns a session: what all routes share that change one.

use crate::bus::Bus;
use crate::env::Env;
use crate::{Gateway, Problem, command};
use edgewire_contract::command::{Action, Command, Mode, SessionAction};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{CommandId, OrganizationId, RequestId, SessionId};
use edgewire_contract::outcome::Outcome;
use edgewire_contract::session::{SessionStatus, Wanted};

/// What is asked of a session.
#[derive(Debug)]
pub struct Steering<'a> {
    /// Whose session.
    pub organization: &'a OrganizationId,
    /// Which.
    pub session: &'a SessionId,
    /// What to do.
    pub action: SessionAction,
    /// What the session is to be from now on, if that changes.
    pub wanted: Option<Wanted>,
    /// The request's id.
    pub request_id: &'a RequestId,
}

impl Steering<'_> {
    /// The command. A synchronous one wakes this instance when it is done.
    ///
    /// # Errors
    /// When Redis cannot be asked for the number of shards.
    pub async fn command<B: Bus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        mode: Mode,
    ) -> Result<Command, Problem> {
        let action = Action::Session(self.action.clone());
        command::make(gateway, self.organization, self.session, self.request_id, mode, action).await
    }

    /// Takes the command in; answers the session's stored status at that moment.
    ///
    /// # Errors
    /// 404 when the session is not there or another organization's.
    pub async fn now<B: Bus, E: Env>(&self, gateway: &Gateway<B, E>) -> Result<SessionStatus, Problem> {
        let command = self.command(gateway, Mode::Async).await?;
        let status = gateway.bus.steer(&command, self.wanted).await?;
        status.ok_or_else(|| Fault::not_found("session").into())
    }

    /// Takes the command in and waits for its end.
    ///
    /// # Errors
    /// 404; the command's own fault; 504 when it has not ended in time.
    pub async fn done<B: Bus, E: Env>(&self, gateway: &Gateway<B, E>) -> Result<Outcome, Problem> {
        let command = self.command(gateway, Mode::Sync).await?;
        if gateway.bus.steer(&command, self.wanted).await?.is_none() {
            return Err(Fault::not_found("session").into());
        }
        let waited = gateway.settings.sync_timeout_ms;
        let outcome = gateway.bus.wait(command.id, command.issued_at + waited as i64).await;
        let Some(outcome) = outcome else { return Err(timeout(command.id, waited).into()) };
        command::ended(outcome)
    }
}

fn timeout(command: CommandId, waited_ms: u64) -> Fault {
    let message = format!(
        "not done within {} s; it will still be carried out: ask GET /api/v1/outbox/{command}",
        waited_ms / 1000
    );
    Fault::new(FaultCode::Timeout, message).with("outboxId", command.to_string())
}
