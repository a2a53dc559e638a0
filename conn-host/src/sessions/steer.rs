//! What a session's task does with a command: a send goes into its chat's lane, a session command is carried out.

use std::ops::ControlFlow;
use std::sync::Arc;

use edgewire_contract::command::{Action, SessionAction};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::keys;
use edgewire_contract::session::{Rate, SessionStatus, Wanted, field};
use edgewire_store::{DeviceStore, StoreError, Writes};
use tracing::{info, warn};

use super::actor::Actor;
use super::forget::forget;
use super::life::QUARANTINE_SECONDS;
use super::passkey::Turn;
use super::state::Happening;
use super::work::Work;
use crate::commands::complete::Ending;
use crate::commands::intake::Delivered;
use crate::commands::schedule::enqueue_all;

impl Actor {
    /// Takes a command. `Break` ends the task: the session was deleted.
    pub(super) async fn command(&mut self, delivered: Delivered) -> ControlFlow<()> {
        let command = delivered.command.clone();
        if command.organization != self.record.organization {
            // It was for another session of that name.
            self.shared.completer.no_such_session(&delivered).await;
            return ControlFlow::Continue(());
        }
        match &command.action {
            Action::Send(send) if self.can_send_later() => self.lanes.push(send.to.as_str(), delivered),
            // A receipt costs nothing of the budget that the chat's messages may wait for.
            Action::Mark(mark) if self.can_send_later() && self.lanes.is_held(mark.chat.as_str()) => {
                self.lanes.push(&format!("receipts of {}", mark.chat), delivered);
            }
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
                self.forget_pairing().await;
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
                    self.give_back().await;
                    return ControlFlow::Break(());
                }
                Err(fault) => self.shared.completer.end(delivered, Ending::Failed(fault)).await,
            },
            SessionAction::PairCode(ask) => self.pair_by_code(delivered.clone(), ask.clone()).await,
            SessionAction::AnswerPasskey(signed) => {
                let turn = Turn::Answer(Box::new(signed.clone()));
                self.passkey_command(delivered.clone(), turn).await;
            }
            SessionAction::RateChanged => {
                self.rate_changed().await;
                self.shared.completer.end(delivered, done).await;
            }
            SessionAction::ConfirmPasskey => self.passkey_command(delivered.clone(), Turn::Confirm).await,
        }
        ControlFlow::Continue(())
    }

    /// Whatever waits for its share asks again.
    async fn rate_changed(&mut self) {
        self.record.rate = match self.records.load(&self.record.id).await {
            Ok(Some(record)) => record.rate,
            // Then each send asks Redis, which knows.
            Ok(None) | Err(_) => Some(Rate::default()),
        };
        self.spent_until = None;
        self.lanes.release_all();
        let sends = self.works.iter().filter(|(_, work)| matches!(work, Work::Send(..)));
        self.outdated = sends.map(|(id, _)| *id).collect();
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

    /// Logs out as far as possible and forgets everything of the session. A media store that does not answer stops it
    /// while the session is still whole, as a rule; else it is unlinked, and can be deleted again.
    async fn delete(&mut self) -> Result<(), Fault> {
        self.forget_files().await?;
        self.record.wanted = Wanted::Stop;
        self.write_status(&[(field::WANTED, Wanted::Stop.as_str().to_owned())]).await;
        let forgotten = match self.forget_all().await {
            // And what was fetched meanwhile.
            Ok(()) => self.forget_files().await,
            Err(e) => Err(store_fault(&e)),
        };
        let forgotten = match forgotten {
            Ok(()) => self.forget_record().await.map_err(|e| store_fault(&e)),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = forgotten {
            self.record.paired = false;
            let why = "its deletion is not finished; delete it again".to_owned();
            self.happened(Happening::Unlinked, Some(why), &[(field::PAIRED, "0".into())]).await;
            return Err(fault);
        }
        Ok(())
    }

    /// Deletes the session's files from the media store.
    async fn forget_files(&self) -> Result<(), Fault> {
        let Some(depot) = &self.shared.host.depot else { return Ok(()) };
        let forgotten = tokio::select! {
            // The next owner does it.
            () = self.shared.abort.cancelled() => return Err(Fault::unavailable()),
            forgotten = depot.forget(&self.record.organization, &self.record.id) => forgotten,
        };
        forgotten.map_err(|_told| {
            let message = "the session's files could not be deleted from the media store; try again";
            Fault::new(FaultCode::GatewayUnavailable, message).with("retryAfterSeconds", 30)
        })
    }

    async fn forget_all(&mut self) -> Result<(), StoreError> {
        self.reopen_at = None;
        let (id, redis) = (self.record.id.clone(), self.shared.host.redis.clone());
        match self.unlink().await? {
            Some(store) => store.forget().await?,
            // Keys that cannot be read can still be deleted.
            None => DeviceStore::forget_unopened(&redis, self.shared.fence, &id).await?,
        }
        self.end_all().await;
        // They end as all that comes from now on: there is no such session.
        enqueue_all(&redis, self.shared.fence, &id).await?;
        forget(&redis, self.shared.fence, &id).await
    }

    async fn forget_record(&mut self) -> Result<(), StoreError> {
        let (shard, id) = (self.shared.fence.shard, self.record.id.clone());
        Writes::new(self.shared.fence)
            .del(keys::pairing(shard, &id))
            .del(keys::events(shard, &id))
            .srem(keys::shard_sessions(shard), &[id.as_str()])
            .del(keys::session(shard, &id))
            .commit(&self.shared.host.redis)
            .await?;
        info!(session = %id, "deleted");
        Ok(())
    }
}

fn store_fault(error: &StoreError) -> Fault {
    warn!(%error, "a session command failed");
    if error.is_retryable() { Fault::unavailable() } else { Fault::internal() }
}
