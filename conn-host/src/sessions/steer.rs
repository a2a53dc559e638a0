//! What a session's task does with a command: a send goes into its chat's lane, a session command is carried out.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::command::{Action, PairCode, SessionAction};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::keys;
use edgewire_contract::session::{SessionStatus, Wanted, field};
use edgewire_store::{DeviceStore, StoreError, Writes};
use serde_json::json;
use tracing::{info, warn};

use super::actor::Actor;
use super::forget::forget;
use super::life::QUARANTINE_SECONDS;
use super::state::Happening;
use crate::commands::complete::Ending;
use crate::commands::intake::Delivered;
use crate::wire::WireError;

impl Actor {
    /// Takes a command. `Break` ends the task: the session was deleted.
    pub(super) async fn command(&mut self, delivered: Delivered) -> ControlFlow<()> {
        let command = delivered.command.clone();
        match &command.action {
            Action::Send(send) if self.can_send_later() => self.lanes.push(send.to.as_str(), delivered),
            Action::Mark(mark) if self.can_send_later() => self.lanes.push(mark.chat.as_str(), delivered),
            Action::Send(_) | Action::Mark(_) => self.fail_send(&delivered).await,
            Action::Live(_) => self.ask(delivered).await,
            Action::Session(action) => return self.session_command(&delivered, action).await,
        }
        ControlFlow::Continue(())
    }

    async fn session_command(&mut self, delivered: &Delivered, action: &SessionAction) -> ControlFlow<()> {
        let done = Ending::Done(None);
        match action {
            SessionAction::Start => {
                self.record.wanted = Wanted::Run;
                self.open().await;
                self.shared.completer.end(delivered, done).await;
            }
            SessionAction::Stop => {
                self.record.wanted = Wanted::Stop;
                self.stop().await;
                self.shared.completer.end(delivered, done).await;
            }
            SessionAction::Restart => {
                self.record.wanted = Wanted::Run;
                self.close_link().await;
                self.open().await;
                self.shared.completer.end(delivered, done).await;
            }
            SessionAction::Logout => {
                let ending = match self.logout().await {
                    Ok(()) => done,
                    Err(e) => Ending::Failed(store_fault(&e)),
                };
                self.shared.completer.end(delivered, ending).await;
            }
            SessionAction::Delete => match self.delete().await {
                Ok(()) => {
                    self.shared.completer.end(delivered, done).await;
                    return ControlFlow::Break(());
                }
                Err(e) => self.shared.completer.end(delivered, Ending::Failed(store_fault(&e))).await,
            },
            SessionAction::PairCode(ask) => self.pair_by_code(delivered.clone(), ask.clone()).await,
        }
        ControlFlow::Continue(())
    }

    async fn stop(&mut self) {
        self.reopen_at = None;
        self.close_link().await;
        self.forget_pairing().await;
        self.happened(Happening::Closed, None, &[]).await;
    }

    /// Unlinks the device at WhatsApp, when connected, and sets its keys aside.
    async fn logout(&mut self) -> Result<(), StoreError> {
        self.reopen_at = None;
        match self.unlink().await? {
            Some(store) => drop(store.quarantine(QUARANTINE_SECONDS).await?),
            None => {
                let redis = &self.shared.host.redis;
                DeviceStore::quarantine_unopened(
                    redis,
                    self.shared.fence,
                    &self.record.id,
                    QUARANTINE_SECONDS,
                )
                .await?;
            }
        }
        self.record.paired = false;
        self.record.wanted = Wanted::Stop;
        let fields = [(field::PAIRED, "0".to_owned()), (field::WANTED, Wanted::Stop.as_str().to_owned())];
        self.happened(Happening::Unlinked, Some("logged out by its owner".into()), &fields).await;
        self.forget_pairing().await;
        self.fail_waiting().await;
        info!(session = %self.record.id, "logged out");
        Ok(())
    }

    /// Ends the connection, with a logout where it is logged in, and gives the store of its keys; `None` when no
    /// connection was open, so that the keys need not be read.
    async fn unlink(&mut self) -> Result<Option<Arc<DeviceStore>>, StoreError> {
        self.lose_acks();
        let Some(link) = self.link.take() else { return Ok(None) };
        if self.record.status == SessionStatus::Connected {
            link.wire.logout().await;
        } else {
            link.wire.close().await;
        }
        Ok(Some(link.store))
    }

    /// Logs out as far as possible and forgets everything of the session.
    async fn delete(&mut self) -> Result<(), StoreError> {
        self.reopen_at = None;
        let (shard, id, redis) =
            (self.shared.fence.shard, self.record.id.clone(), self.shared.host.redis.clone());
        match self.unlink().await? {
            Some(store) => store.forget().await?,
            // Keys that cannot be read can still be deleted.
            None => DeviceStore::forget_unopened(&redis, self.shared.fence, &id).await?,
        }
        self.end_all().await;
        forget(&redis, self.shared.fence, &id).await?;
        Writes::new(self.shared.fence)
            .del(keys::pairing(shard, &id))
            .del(keys::events(shard, &id))
            .srem(keys::shard_sessions(shard), &[id.as_str()])
            .del(keys::session(shard, &id))
            .commit(&redis)
            .await?;
        info!(session = %id, "deleted");
        Ok(())
    }

    async fn pair_by_code(&mut self, delivered: Delivered, ask: PairCode) {
        if self.record.paired {
            let fault = Fault::new(FaultCode::Conflict, "the session is already paired");
            self.shared.completer.end(&delivered, Ending::Failed(fault)).await;
            return;
        }
        self.record.wanted = Wanted::Run;
        if self.link.is_none() {
            // The request waits for the connection that is being opened.
            self.codes_wanted.push((delivered, ask));
            if !self.is_open() {
                self.open().await;
            }
            return;
        }
        self.ask_code(delivered, ask);
    }

    /// WhatsApp answered the request for a code.
    pub(super) async fn code(
        &mut self,
        delivered: &Delivered,
        result: Result<(String, Duration), WireError>,
    ) {
        let ending = match result {
            Ok((code, timeout)) => {
                let code = dashed(&code);
                self.show_code(code.clone(), timeout).await;
                Ending::Done(Some(json!({"code": code, "timeout_seconds": timeout.as_secs()})))
            }
            Err(WireError::Refused(why)) => {
                Ending::Failed(Fault::new(FaultCode::RecipientUnavailable, format!("no pair code: {why}")))
            }
            Err(e) => {
                warn!(session = %self.record.id, error = %e, "no pair code");
                Ending::Failed(
                    Fault::new(
                        FaultCode::SessionNotConnected,
                        "WhatsApp cannot be reached for a pair code; try again",
                    )
                    .with("status", self.record.status.as_str()),
                )
            }
        };
        self.shared.completer.end(delivered, ending).await;
    }
}

/// `ABCDEFGH` as it is shown: `ABCD-EFGH`.
fn dashed(code: &str) -> String {
    match code.split_at_checked(4) {
        Some((head, tail)) if code.len() == 8 && code.is_ascii() => format!("{head}-{tail}"),
        _ => code.to_owned(),
    }
}

fn store_fault(error: &StoreError) -> Fault {
    warn!(%error, "a session command failed");
    if error.is_retryable() { Fault::unavailable() } else { Fault::internal() }
}
