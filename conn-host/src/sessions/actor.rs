//! One session's task: takes inputs (commands, the connection's events, ended work), and moves the session on.
//!
//! It owns the connection ([`Link`]), the waiting commands ([`Lanes`]) and the record, and is the only one to write
//! the session's status. Work that takes time (opening, sending, asking for a code) runs in tasks of its own and
//! comes back as a [`Finished`], so that the session always hears of a drain, a lost lease or a closed socket.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::command::PairCode;
use edgewire_contract::session::{SessionRecord, SessionStatus, Wanted};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, warn};

use super::backoff::Backoff;
use super::lanes::Lanes;
use super::link::{Acks, Link};
use super::pairing::Pairing;
use super::record::Records;
use super::state::{self, Happening};
use super::work::{Finished, Work};
use super::{Input, Shared};
use crate::commands::intake::Delivered;
use crate::events::publisher::Publisher;
use crate::wire::WireEvent;

/// How long a drain waits for what is on the wire.
const DRAIN_SENDS: Duration = Duration::from_secs(4);
/// How long what failed for a passing reason waits.
const PAUSE: Duration = Duration::from_millis(500);

/// How many live actions of one session are on the wire at once.
const ASKED_AT_ONCE: usize = 16;
/// How many sends of one session are on the wire at once; those whose file is not ready do not count.
const SENT_AT_ONCE: usize = 64;

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// The device store cannot be used as it is: a person must decide.
    #[error("the stored device cannot be read: {0}")]
    Unusable(String),
    /// It may work in a moment.
    #[error("{0}")]
    ForNow(String),
}

/// The task.
pub struct Actor {
    pub(super) shared: Shared,
    pub(super) record: SessionRecord,
    pub(super) records: Records,
    pub(super) publisher: Publisher,
    pub(super) link: Option<Link>,
    pub(super) lanes: Lanes,
    pub(super) pairing: Pairing,
    pub(super) running: JoinSet<Finished>,
    /// The record in Redis is not what it should be: written again soon.
    pub(super) unwritten: bool,
    /// Requests for a pair code that wait for a connection.
    pub(super) codes_wanted: Vec<(Delivered, PairCode)>,
    pub(super) works: HashMap<Id, Work>,
    pub(super) opening: bool,
    pub(super) acks: Arc<Acks>,
    /// How many live actions are on the wire at once.
    pub(super) asking: Arc<Semaphore>,
    /// How many sends are on the wire at once.
    pub(super) sending: Arc<Semaphore>,
    inputs: mpsc::UnboundedReceiver<Input>,
    pub(super) reopen_at: Option<Instant>,
    pub(super) reopen: Backoff,
    /// The pauses after crashes of this task: a login does not end them, since what crashes may follow it.
    pub(super) crashes: Backoff,
    pub(super) crashed_at: Option<Instant>,
    /// Commands wait for a moment before they are tried again.
    pub(super) paused: bool,
    resume_at: Option<Instant>,
    /// Until then the session has sent all that it may.
    pub(super) spent_until: Option<Instant>,
    /// Sends that were under way when the rate changed: what they are told of it is of before.
    pub(super) outdated: HashSet<Id>,
}

impl Actor {
    /// For the session of `record`.
    pub fn new(shared: Shared, record: SessionRecord, inputs: mpsc::UnboundedReceiver<Input>) -> Self {
        let publisher = Publisher::new(
            shared.host.clone(),
            shared.fence,
            record.organization.clone(),
            record.id.clone(),
            shared.bell.clone(),
        );
        Self {
            records: Records::new(shared.host.redis.clone(), shared.fence),
            publisher,
            record,
            shared,
            link: None,
            lanes: Lanes::default(),
            pairing: Pairing::default(),
            running: JoinSet::new(),
            unwritten: false,
            codes_wanted: Vec::new(),
            works: HashMap::new(),
            opening: false,
            acks: Arc::default(),
            asking: Arc::new(Semaphore::new(ASKED_AT_ONCE)),
            sending: Arc::new(Semaphore::new(SENT_AT_ONCE)),
            inputs,
            reopen_at: None,
            reopen: Backoff::patient(),
            crashes: Backoff::patient(),
            crashed_at: None,
            paused: false,
            resume_at: None,
            spent_until: None,
            outdated: HashSet::new(),
        }
    }

    /// Runs until the shard is drained or lost, or the session is deleted.
    pub async fn run(mut self) {
        self.shared.host.metrics.session_moved(None, Some(self.record.status.as_str()));
        let abort = self.shared.abort.clone();
        let mut step = Step::Begin;
        while self.survive(step).await.is_continue() {
            self.pump();
            step = tokio::select! {
                biased;
                () = abort.cancelled() => Step::Cut,
                step = self.next() => step,
            };
        }
        self.shared.host.metrics.session_moved(Some(self.record.status.as_str()), None);
    }

    /// What happens next.
    async fn next(&mut self) -> Step {
        let (reopen_at, resume_at) = (self.reopen_at, self.resume_at());
        let (code_until, held_until) = (self.pairing.code_until(), self.lanes.held_until());
        tokio::select! {
            biased;
            told = next_told(&mut self.link) => Step::Told(told),
            Some(ended) = self.running.join_next_with_id(), if !self.running.is_empty() => Step::Ended(ended),
            // Before what comes new: it has waited for long.
            () = until(held_until) => Step::Release,
            input = self.inputs.recv() => input.map_or(Step::Cut, Step::Input),
            () = until(reopen_at) => Step::Reopen,
            () = until(code_until) => Step::CodeExpired,
            () = until(resume_at) => Step::Resume,
        }
    }

    pub(super) async fn step(&mut self, step: Step) -> ControlFlow<()> {
        match step {
            Step::Begin => self.begin().await,
            Step::Told(Told::Event(event)) => self.wire_event(event).await,
            // No need to wait for the keeper to notice.
            Step::Told(Told::Fenced) => self.shared.abort.cancel(),
            Step::Ended(ended) => self.ended(ended).await,
            Step::Input(Input::Command(delivered)) => return self.command(delivered).await,
            Step::Input(Input::Drain(done)) => {
                self.drain(done).await;
                return ControlFlow::Break(());
            }
            Step::Reopen => {
                self.reopen_at = None;
                self.open().await;
            }
            Step::CodeExpired => self.code_expired().await,
            Step::Resume => self.resume().await,
            Step::Release => self.lanes.release(Instant::now()),
            Step::Cut => {
                self.cut();
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Picks the session up where its last owner left it: what is wanted decides, not what was.
    async fn begin(&mut self) {
        let wanted = self.record.wanted == Wanted::Run;
        if !self.record.paired {
            // The codes that its last owner showed ended with his connection.
            self.write_pairing().await;
        }
        if wanted && !state::needs_a_person(self.record.status) {
            self.open().await;
        } else if !wanted
            && !state::needs_a_person(self.record.status)
            && self.record.status != SessionStatus::Stopped
        {
            self.happened(Happening::Closed, None, &[]).await;
        }
    }

    /// When what had to wait is tried again.
    fn resume_at(&mut self) -> Option<Instant> {
        if (self.paused || self.unwritten) && self.resume_at.is_none() {
            self.resume_at = Some(Instant::now() + PAUSE);
        }
        self.resume_at
    }

    async fn resume(&mut self) {
        self.resume_at = None;
        self.paused = false;
        if self.unwritten {
            self.write_status(&[]).await;
        }
    }

    /// Opens a connection in the background, unless one is open or being opened.
    pub(super) async fn open(&mut self) {
        if self.link.is_some() || self.opening {
            return;
        }
        self.opening = true;
        self.reopen_at = None;
        let anew = self.pairing.anew.clone();
        self.happened(Happening::Opening, anew, &[]).await;
        let opening = super::link::open(self.shared.clone(), self.record.clone(), self.publisher.clone());
        let handle = self.running.spawn(async move { Finished::Opened(opening.await) });
        self.works.insert(handle.id(), Work::Open);
    }

    pub(super) async fn opened(&mut self, result: Result<Link, OpenError>) {
        match result {
            // Stopped or deleted meanwhile.
            Ok(link) if self.record.wanted != Wanted::Run => link.wire.close().await,
            Ok(link) => {
                self.link = Some(link);
                for (delivered, ask) in std::mem::take(&mut self.codes_wanted) {
                    self.first_code(delivered, ask);
                }
            }
            Err(OpenError::Unusable(why)) => {
                error!(session = %self.record.id, error = %why, "the session is quarantined");
                let reason = "the stored device cannot be read; log the session out and pair it again";
                self.happened(Happening::GaveUp, Some(reason.into()), &[]).await;
                self.fail_waiting().await;
            }
            Err(OpenError::ForNow(why)) => {
                warn!(session = %self.record.id, error = %why, "a connection could not be opened");
                self.reopen_at = Some(Instant::now() + self.reopen.pause());
            }
        }
    }

    async fn wire_event(&mut self, event: WireEvent) {
        match event {
            WireEvent::Acked(ack) => self.acks.resolve(ack),
            // It is known, or says something of a connection that has been replaced.
            WireEvent::Silent | WireEvent::Away if self.record.status != SessionStatus::Connected => {}
            event => {
                if !matches!(event, WireEvent::Renamed | WireEvent::Paired) {
                    // Whatever was written on the socket before will not be acknowledged any more.
                    self.acks.lose_all();
                }
                if let Some(link) = &mut self.link {
                    link.connecting = None;
                }
                self.life_event(event).await;
            }
        }
    }

    /// The orderly end: what is on the wire is finished, what waits is left to the next owner.
    async fn drain(&mut self, done: oneshot::Sender<()>) {
        let until = Instant::now() + DRAIN_SENDS;
        while self.works.values().any(|work| !matches!(work, Work::Open)) {
            tokio::select! {
                () = self.shared.abort.cancelled() => break,
                () = tokio::time::sleep_until(until) => break,
                told = next_told(&mut self.link) => match told {
                    Told::Event(event) => self.wire_event(event).await,
                    Told::Fenced => break,
                },
                Some(ended) = self.running.join_next_with_id() => self.ended(ended).await,
            }
        }
        self.running.abort_all();
        if let Some(link) = self.link.take() {
            link.wire.close().await;
        }
        if self.record.status == SessionStatus::Connected {
            self.happened(Happening::SocketLost, Some("moving to another host".into()), &[]).await;
        } else if !self.record.paired {
            // What it shows ended with the connection: nobody is to scan it.
            self.pairing.connection_lost();
            self.write_pairing().await;
        }
        let _waiter_gone = done.send(());
    }

    /// Gives back what the task was still to be told: its session is gone, but there may be another one of that name.
    pub(super) async fn give_back(&mut self) {
        self.inputs.close();
        while let Some(input) = self.inputs.recv().await {
            if let (Input::Command(delivered), Some(router)) = (input, self.shared.router.upgrade()) {
                let _over = router.send(delivered);
            }
        }
    }

    /// The end without writing anything: the session is another host's.
    fn cut(&mut self) {
        self.running.abort_all();
        if let Some(link) = self.link.take() {
            link.wire.abort();
        }
        debug!(session = %self.record.id, "the session was cut: its shard is no longer this host's");
    }

    /// Whether a connection is open or being opened.
    pub(super) fn is_open(&self) -> bool {
        self.link.is_some() || self.opening
    }

    /// No send that was written before will be acknowledged.
    pub(super) fn lose_acks(&self) {
        self.acks.lose_all();
    }
}

/// What a session's task does next.
pub(super) enum Step {
    /// It begins.
    Begin,
    /// The connection said something.
    Told(Told),
    /// Work ended.
    Ended(Result<(Id, Finished), JoinError>),
    /// It is told something.
    Input(Input),
    /// It is time to open a connection.
    Reopen,
    /// The pair code's time is over.
    CodeExpired,
    /// It is time to go on with what had to wait.
    Resume,
    /// It is time to go on with chats that were held.
    Release,
    /// The shard is no longer ours.
    Cut,
}

/// Waits until then; for ever, without a time.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What an open connection tells.
pub(super) enum Told {
    /// The connection.
    Event(WireEvent),
    /// The device store: a write was refused, because the shard is another host's.
    Fenced,
}

/// What the connection tells next; never, while there is none.
async fn next_told(link: &mut Option<Link>) -> Told {
    let Some(link) = link else { return std::future::pending().await };
    tokio::select! {
        event = link.events.recv() => Told::Event(event.unwrap_or(WireEvent::Ended)),
        Ok(_) = link.fenced.wait_for(|fenced| *fenced) => Told::Fenced,
    }
}
