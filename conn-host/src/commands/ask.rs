//! A live action's life: not after its deadline, not twice where that would do it twice, and bounded side by side.

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::command::{Action, Live};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::session::SessionStatus;
use edgewire_contract::shard::Shard;
use edgewire_store::DeviceStore;
use tokio::sync::Semaphore;
use tracing::debug;

use super::complete::{Completer, Ending};
use super::files::{FileDesk, GetError};
use super::intake::Delivered;
use super::received::{Shelf, ShelfError};
use super::{live, missed, watch};
use crate::Host;
use crate::events::blocked::BlockList;
use crate::events::history::Requests;
use crate::wire::Wire;

/// How long any may take.
const LONGEST: Duration = Duration::from_secs(600);

/// What a live action needs.
pub struct Asker {
    /// The process.
    pub host: Host,
    /// The session's shard.
    pub shard: Shard,
    /// The connection.
    pub wire: Arc<dyn Wire>,
    /// Remembers what has begun.
    pub store: Arc<DeviceStore>,
    /// The requests for older messages that go out.
    pub requests: Arc<Requests>,
    /// Whom the account blocks.
    pub blocked: Arc<BlockList>,
    /// Ends the command.
    pub completer: Completer,
    /// How many may run at once.
    pub turns: Arc<Semaphore>,
}

impl Asker {
    /// Carries the command out and ends it.
    pub async fn run(self, delivered: &Delivered) {
        let Action::Live(action) = &delivered.command.action else { return };
        // Nobody waits longer: neither for a turn nor for what it gives.
        let ending = tokio::time::timeout(self.left(delivered), async {
            let _turn = self.turns.clone().acquire_owned().await;
            self.ending(delivered, action).await
        });
        let ending = ending.await.unwrap_or_else(|_| {
            let message = "it took longer than its caller waits; it may have been done all the same";
            Ending::Failed(Fault::new(FaultCode::Timeout, message))
        });
        self.completer.end(delivered, ending).await;
    }

    /// How long its caller still waits.
    fn left(&self, delivered: &Delivered) -> Duration {
        let left = delivered.command.deadline.map(|deadline| deadline - self.host.clock.now_ms());
        left.map_or(LONGEST, |ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)).min(LONGEST))
    }

    async fn ending(&self, delivered: &Delivered, action: &Live) -> Ending {
        let now = self.host.clock.now_ms();
        if delivered.command.deadline.is_some_and(|deadline| deadline < now) {
            let fault =
                Fault::new(FaultCode::Timeout, "its caller had given up before it could be carried out");
            return Ending::Failed(fault);
        }
        if !action.is_repeatable() {
            match self.store.begin_once(delivered.command.id).await {
                Ok(true) => {}
                Ok(false) => {
                    return Ending::Failed(interrupted());
                }
                Err(e) => {
                    debug!(error = %e, "a live action could not be noted as begun");
                    return Ending::Failed(Fault::unavailable());
                }
            }
        }
        let request_id = &delivered.command.request_id;
        match action {
            Live::Upload(upload) => match self.desk().put(upload).await {
                Ok(file) => Ending::Done(serde_json::to_value(file).ok()),
                Err(e) => Ending::Failed(e.fault()),
            },
            Live::Download(download) => match self.desk().fetch(delivered.command.id, download).await {
                Ok(blob) => Ending::Done(serde_json::to_value(blob).ok()),
                Err(GetError::Ask(e)) => Ending::Failed(live::fault(e, action.name(), request_id)),
                Err(GetError::File(e)) => Ending::Failed(e.fault()),
            },
            Live::FetchMedia { message } => match self.shelf(delivered).fetch(message).await {
                Ok(fetched) => Ending::Done(serde_json::to_value(fetched).ok()),
                Err(ShelfError::Ask(e)) => Ending::Failed(live::fault(e, action.name(), request_id)),
                Err(ShelfError::Fault(fault)) => Ending::Failed(fault),
                Err(ShelfError::Store(e)) => {
                    debug!(error = %e, "a received file waits for Redis in vain");
                    Ending::Failed(Fault::unavailable())
                }
            },
            Live::RequestRetry(asked) => self.missed().retry(asked, now, request_id).await,
            Live::RequestHistory(asked) => self.missed().history(asked, request_id).await,
            Live::WatchPresence(asked) => {
                let (redis, store) = (&self.host.redis, &self.store);
                watch::watch(redis, store, &*self.wire, asked, now, request_id).await
            }
            Live::BlockContact(it) => {
                let ending = live::run(&*self.wire, action, request_id).await;
                if let Ending::Done(_) = &ending
                    && let Err(e) = self.blocked.done(it.jid.as_str(), it.block).await
                {
                    debug!(error = %e, "whom the account blocks will be told once more");
                }
                ending
            }
            action => match live::run(&*self.wire, action, request_id).await {
                // The connection was lost meanwhile: nobody knows whether WhatsApp had done it.
                Ending::Failed(fault)
                    if fault.code == FaultCode::SessionNotConnected && !action.is_repeatable() =>
                {
                    Ending::Failed(interrupted())
                }
                ending => ending,
            },
        }
    }

    fn shelf<'a>(&'a self, delivered: &'a Delivered) -> Shelf<'a> {
        Shelf {
            host: &self.host,
            fence: self.store.fence(),
            organization: &delivered.command.organization,
            session: &delivered.command.session,
            wire: &*self.wire,
            store: &self.store,
        }
    }

    fn missed(&self) -> missed::Desk<'_> {
        missed::Desk { wire: &*self.wire, store: &self.store, requests: &self.requests }
    }

    fn desk(&self) -> FileDesk<'_> {
        FileDesk {
            host: &self.host,
            shard: self.shard,
            wire: &*self.wire,
            store: &self.store,
            completer: &self.completer,
        }
    }
}

/// How a live action ends whose session is not connected: it may have begun on a host that is gone.
pub async fn not_connected(host: &Host, delivered: &Delivered, status: SessionStatus) -> Ending {
    if let Action::Live(action) = &delivered.command.action
        && !action.is_repeatable()
    {
        match edgewire_store::has_begun(&host.redis, delivered.command.id).await {
            Ok(false) => {}
            Ok(true) => return Ending::Failed(interrupted()),
            Err(e) => {
                debug!(error = %e, "whether a live action had begun could not be read");
                return Ending::Failed(interrupted());
            }
        }
    }
    let fault = Fault::new(FaultCode::SessionNotConnected, "the session is not connected now");
    Ending::Failed(fault.with("status", status.as_str()))
}

/// What must not be done twice was begun, and its end is not known.
pub(crate) fn interrupted() -> Fault {
    Fault::new(FaultCode::Timeout, "it was interrupted; look whether it happened before you try again")
}
