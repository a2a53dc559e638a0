//! One owned shard: reads its commands, runs its sessions, relays its events; until it is drained or its lease is
//! lost.
//!
//! Draining: no more commands are read, those that run are finished, sockets are closed in order, the lease is given
//! back. Aborting: everything stops where it is and writes nothing, because the shard is somebody else's by now.

use std::collections::HashMap;
use std::sync::Arc;

use edgewire_contract::ids::SessionId;
use edgewire_contract::{keys, script};
use edgewire_store::{Fence, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::Host;
use crate::commands::complete::Completer;
use crate::commands::intake::{Delivered, InFlight, Reader};
use crate::commands::schedule::Scheduler;
use crate::events::relay::Relay;
use crate::sessions::record::Records;
use crate::sessions::{SessionHandle, Shared};

/// The handle to an owned shard's tasks. Dropping it aborts them.
pub struct OwnedShard {
    fence: Fence,
    drain: CancellationToken,
    abort: CancellationToken,
    over: CancellationToken,
    _task: JoinHandle<()>,
}

impl OwnedShard {
    /// Starts the tasks of a shard that has just been claimed.
    pub fn start(host: Host, fence: Fence) -> Self {
        let drain = CancellationToken::new();
        let abort = CancellationToken::new();
        let over = CancellationToken::new();
        let tasks = Tasks { host, fence, drain: drain.clone(), abort: abort.clone() };
        let done = over.clone().drop_guard();
        let task = tokio::spawn(async move {
            tasks.run().await;
            drop(done);
        });
        Self { fence, drain, abort, over, _task: task }
    }

    /// Shard and epoch.
    pub fn fence(&self) -> Fence {
        self.fence
    }

    /// Begins the orderly end.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Whether the orderly end has begun.
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// Ends everything at once.
    pub fn abort(&self) {
        self.abort.cancel();
    }

    /// Whether the tasks have ended.
    pub fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Waits until the tasks have ended.
    pub async fn over(&self) {
        self.over.cancelled().await;
    }
}

impl Drop for OwnedShard {
    fn drop(&mut self) {
        self.abort.cancel();
    }
}

struct Tasks {
    host: Host,
    fence: Fence,
    drain: CancellationToken,
    abort: CancellationToken,
}

impl Tasks {
    async fn run(self) {
        let (host, fence) = (self.host.clone(), self.fence);
        let relay = Relay::new(host.redis.clone(), fence, host.settings.retention);
        let in_flight = Arc::new(InFlight::default());
        let (delivered, commands) = mpsc::unbounded_channel();
        let shared = Shared {
            host: host.clone(),
            fence,
            bell: relay.bell(),
            completer: Completer::new(host.clone(), fence, relay.bell(), in_flight.clone()),
            router: delivered.downgrade(),
            abort: self.abort.clone(),
        };
        let stop_reading = self.drain.child_token();
        let relaying = tokio::spawn(relay.run(self.abort.clone()));
        let reader = Reader {
            host: host.clone(),
            fence,
            in_flight,
            completer: shared.completer.clone(),
            commands: delivered,
            bell: shared.bell.clone(),
        };
        let scheduler = Scheduler { redis: host.redis.clone(), fence, clock: host.clock.clone() };
        let scheduling = tokio::spawn(scheduler.run(stop_reading.clone()));
        let reading = tokio::spawn(reader.run(stop_reading, self.abort.clone()));
        let router = Router { shared, sessions: HashMap::new() };
        let aborted = self.abort.clone();
        tokio::select! {
            () = aborted.cancelled() => debug!(shard = %fence.shard, "stopped where it was"),
            () = router.run(commands, self.drain.clone()) => {
                // Drained: the last events go to the feeds before the lease does.
                relay_now(&host, fence).await;
                let args = [fence.epoch.to_string()];
                if let Err(e) = host.redis.run(&script::RELEASE, &[keys::lease(fence.shard)], &args).await {
                    warn!(shard = %fence.shard, error = %e, "the lease was left to its end");
                }
            }
        }
        self.abort.cancel();
        self.drain.cancel();
        let _ended = tokio::join!(relaying, reading, scheduling);
    }
}

async fn relay_now(host: &Host, fence: Fence) {
    if let Err(e) = Relay::new(host.redis.clone(), fence, host.settings.retention).pass().await {
        debug!(shard = %fence.shard, error = %e, "the next owner relays the rest");
    }
}

/// Gives each command to its session.
struct Router {
    shared: Shared,
    sessions: HashMap<SessionId, SessionHandle>,
}

impl Router {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Delivered>, drain: CancellationToken) {
        self.start_wanted().await;
        loop {
            tokio::select! {
                biased;
                () = drain.cancelled() => break,
                delivered = commands.recv() => match delivered {
                    Some(delivered) => self.route(delivered).await,
                    None => break,
                },
            }
        }
        let ends = self.sessions.drain().map(|(_, session)| session.drain());
        futures::future::join_all(ends).await;
    }

    /// Starts every session of the shard that is wanted. Retries until it can read them.
    async fn start_wanted(&mut self) {
        let records = Records::new(self.shared.host.redis.clone(), self.shared.fence);
        let mut wait = crate::sessions::backoff::Backoff::quick();
        let all = loop {
            match records.all().await {
                Ok(all) => break all,
                Err(e) => {
                    warn!(shard = %self.shared.fence.shard, error = %e, "cannot read the shard's sessions yet");
                    tokio::time::sleep(wait.pause()).await;
                }
            }
        };
        for record in all {
            let handle = SessionHandle::start(self.shared.clone(), record);
            self.sessions.insert(handle.id().clone(), handle);
        }
    }

    async fn route(&mut self, delivered: Delivered) {
        let id = delivered.command.session.clone();
        let delivered = match self.sessions.get(&id) {
            Some(session) => match session.give(delivered) {
                Ok(()) => return,
                // It ended: deleted, or its task crashed. What is stored decides.
                Err(delivered) => delivered,
            },
            None => delivered,
        };
        self.sessions.remove(&id);
        match self.load(&id).await {
            Some(record) => {
                let session = SessionHandle::start(self.shared.clone(), record);
                let _fresh = session.give(delivered);
                self.sessions.insert(id, session);
            }
            None => self.shared.completer.no_such_session(&delivered).await,
        }
    }

    async fn load(&self, id: &SessionId) -> Option<edgewire_contract::session::SessionRecord> {
        let records = Records::new(self.shared.host.redis.clone(), self.shared.fence);
        let mut wait = crate::sessions::backoff::Backoff::quick();
        loop {
            match records.load(id).await {
                Ok(record) => return record,
                Err(StoreError::Fenced) => return None,
                Err(_) => tokio::time::sleep(wait.pause()).await,
            }
        }
    }
}
