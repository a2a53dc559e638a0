//! What host code knows about a live instance, and about the requests that it serves.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wasmtime::UpdateDeadline;

use crate::settings::InstanceLimits;

static NUMBER: AtomicU64 = AtomicU64::new(1);

/// One request, from admission to the end of its response's body.
#[derive(Debug)]
pub struct Ticket {
    /// The request's id.
    pub id: String,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    /// The instance that has the request.
    life: Option<Arc<Life>>,
    finished: bool,
}

impl Ticket {
    /// A ticket for the request `id`.
    #[must_use]
    pub fn new(id: String) -> Arc<Self> {
        Arc::new(Self { id, progress: Mutex::default() })
    }

    /// The request is over: its response was delivered, or will never be.
    pub fn finish(&self) {
        let mut progress = lock(&self.progress);
        if !std::mem::replace(&mut progress.finished, true)
            && let Some(life) = &progress.life
        {
            life.open.fetch_sub(1, Relaxed);
            *lock(&life.last_finished) = Instant::now();
        }
    }

    /// The bound that the request's instance broke, if it ended by one.
    #[must_use]
    pub fn bound_broken(&self) -> Option<Bound> {
        lock(&self.progress).life.as_ref()?.bound_broken()
    }

    fn is_finished(&self) -> bool {
        lock(&self.progress).finished
    }

    /// From now on the request is this instance's: the first, or another after one that ended.
    fn move_to(&self, life: &Arc<Life>) {
        let mut progress = lock(&self.progress);
        let finished = progress.finished;
        if let Some(before) = progress.life.replace(life.clone())
            && !finished
        {
            before.open.fetch_sub(1, Relaxed);
        }
        if !finished {
            life.open.fetch_add(1, Relaxed);
        }
    }
}

/// A bound that ends an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// `max_memory`.
    Memory,
    /// `max_compute`.
    Compute,
}

/// An instance, as its store, its worker and the dispatcher see it together.
#[derive(Debug)]
pub struct Life {
    /// For the log.
    pub(super) number: u64,
    born: Instant,
    over_memory: AtomicBool,
    over_compute: AtomicBool,
    /// Takes no more requests.
    pub(super) retired: AtomicBool,
    /// Requests that it was given and that have no response's head yet.
    pub(super) assigned: AtomicUsize,
    /// Requests that it was given in all.
    total: AtomicUsize,
    /// Requests whose response's body has not ended.
    open: AtomicUsize,
    last_finished: Mutex<Instant>,
    tickets: Mutex<Vec<Arc<Ticket>>>,
    /// Since when its guest computes, microseconds after `born`; [`Life::RESTING`] while it waits.
    entered: AtomicU64,
    /// The guest was interrupted by the epoch clock since the event loop last ran.
    yielded: AtomicBool,
    /// When the guest was first interrupted since it last waited.
    busy_since: Mutex<Option<Instant>>,
}

impl Life {
    const RESTING: u64 = u64::MAX;

    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            number: NUMBER.fetch_add(1, Relaxed),
            born: Instant::now(),
            over_memory: AtomicBool::new(false),
            over_compute: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            assigned: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            last_finished: Mutex::new(Instant::now()),
            tickets: Mutex::default(),
            entered: AtomicU64::new(Self::RESTING),
            yielded: AtomicBool::new(false),
            busy_since: Mutex::new(None),
        })
    }

    // What the dispatcher asks.

    pub(super) fn has_room(&self, limits: &InstanceLimits) -> bool {
        !self.is_used_up(limits)
            && self.assigned.load(Relaxed) < limits.max_concurrency
            && self.open.load(Relaxed) < limits.max_streams.max(limits.max_concurrency)
    }

    pub(super) fn is_used_up(&self, limits: &InstanceLimits) -> bool {
        self.retired.load(Relaxed)
            || self.total.load(Relaxed) >= limits.max_reuse
            || self.bound_broken().is_some()
    }

    /// How long its guest has been computing; `None` while it waits.
    pub(super) fn computing_for(&self) -> Option<Duration> {
        match self.entered.load(Relaxed) {
            Self::RESTING => None,
            entered => Some(self.born.elapsed().saturating_sub(Duration::from_micros(entered))),
        }
    }

    pub(super) fn give(self: &Arc<Self>, ticket: &Arc<Ticket>) {
        self.assigned.fetch_add(1, Relaxed);
        self.total.fetch_add(1, Relaxed);
        ticket.move_to(self);
        let mut tickets = lock(&self.tickets);
        tickets.retain(|ticket| !ticket.is_finished());
        tickets.push(ticket.clone());
    }

    // What the worker asks.

    /// Runs one turn of the event loop, and knows from then on whether the guest computes.
    pub(super) fn turn<T>(&self, turn: impl FnOnce() -> T) -> T {
        // After a turn that ended in an interruption, the guest has been computing since before it.
        if self.entered.load(Relaxed) == Self::RESTING {
            let now = u64::try_from(self.born.elapsed().as_micros()).unwrap_or(Self::RESTING - 1);
            self.entered.store(now, Relaxed);
        }
        let result = turn();
        if !self.yielded.swap(false, Relaxed) {
            self.entered.store(Self::RESTING, Relaxed);
            *lock(&self.busy_since) = None;
        }
        result
    }

    /// Whether some client still reads a response, and when the last one stopped.
    pub(super) fn readers(&self) -> (bool, Instant) {
        (self.open.load(Relaxed) > 0, *lock(&self.last_finished))
    }

    pub(super) fn unfinished(&self) -> Vec<String> {
        let tickets = lock(&self.tickets);
        tickets.iter().filter(|ticket| !ticket.is_finished()).map(|ticket| ticket.id.clone()).collect()
    }

    // What the store reports.

    pub(super) fn note_memory(&self) {
        self.over_memory.store(true, Relaxed);
    }

    /// At a tick of the epoch clock, while the guest computes.
    pub(super) fn interrupted(&self, max_compute: Duration) -> UpdateDeadline {
        let since = *lock(&self.busy_since).get_or_insert_with(Instant::now);
        if since.elapsed() > max_compute {
            self.over_compute.store(true, Relaxed);
            return UpdateDeadline::Interrupt;
        }
        self.yielded.store(true, Relaxed);
        UpdateDeadline::Yield(1)
    }

    fn bound_broken(&self) -> Option<Bound> {
        if self.over_memory.load(Relaxed) {
            Some(Bound::Memory)
        } else if self.over_compute.load(Relaxed) {
            Some(Bound::Compute)
        } else {
            None
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> InstanceLimits {
        InstanceLimits {
            max_concurrency: 2,
            max_streams: 3,
            max_reuse: 5,
            ..crate::Options::default().instances
        }
    }

    fn give(life: &Arc<Life>) -> Arc<Ticket> {
        let ticket = Ticket::new("id".into());
        life.give(&ticket);
        ticket
    }

    #[test]
    fn room_is_bounded_by_requests_streams_and_reuse() {
        let life = Life::new();
        let (one, two) = (give(&life), give(&life));
        assert!(!life.has_room(&limits()), "two at a time");
        life.assigned.store(0, Relaxed);
        let three = give(&life);
        life.assigned.store(0, Relaxed);
        assert!(!life.has_room(&limits()), "three open streams");
        for ticket in [&one, &two, &three] {
            ticket.finish();
            ticket.finish();
        }
        assert!(life.has_room(&limits()));
        assert!(!life.readers().0);
        give(&life);
        give(&life);
        life.assigned.store(0, Relaxed);
        assert!(life.is_used_up(&limits()), "five in all");
        assert_eq!(life.unfinished().len(), 2);
    }

    #[test]
    fn a_ticket_counts_for_one_instance_only() {
        let (first, second) = (Life::new(), Life::new());
        let ticket = give(&first);
        second.give(&ticket);
        assert!(!first.readers().0 && second.readers().0);
        ticket.finish();
        assert!(!second.readers().0);
        let gone = Ticket::new("gone".into());
        gone.finish();
        second.give(&gone);
        assert!(!second.readers().0);
    }

    #[test]
    fn computing_counts_from_the_first_interruption_without_a_pause() {
        let life = Life::new();
        let soon = Duration::from_secs(60);
        life.turn(|| assert!(matches!(life.interrupted(soon), UpdateDeadline::Yield(1))));
        assert!(life.computing_for().is_some(), "interrupted, not waiting");
        life.turn(|| ());
        assert!(life.computing_for().is_none());
        assert!(matches!(life.interrupted(Duration::ZERO), UpdateDeadline::Interrupt));
        assert!(life.is_used_up(&limits()));
    }
}
