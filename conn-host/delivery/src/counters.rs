//! What `/metrics` shows of deliveries.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Counts since the start of the process, and some gauges.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) delivered: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) dead: AtomicU64,
    pub(crate) missing: AtomicU64,
    pub(crate) takeovers: AtomicU64,
    pub(crate) lag_ms: AtomicI64,
    pub(crate) organizations: AtomicI64,
    pub(crate) webhooks: AtomicI64,
    pub(crate) open_breakers: AtomicI64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Events that a receiver took.
    pub delivered: u64,
    /// Attempts that failed, those that the guard refused included.
    pub failed: u64,
    /// Attempts that the guard refused.
    pub refused: u64,
    /// Events that became dead letters.
    pub dead: u64,
    /// Events among these whose body was no longer kept when their turn came.
    pub missing: u64,
    /// Organizations that this host took the lease of.
    pub takeovers: u64,
    /// How old the event of the latest attempt was at its end, ms: from the feed to the receiver's answer.
    pub lag_ms: i64,
    /// Organizations that this host delivers for now.
    pub organizations: i64,
    /// Webhooks that this host delivers for now.
    pub webhooks: i64,
    /// Webhooks among these whose receiver is left alone for a while, or tried out after that.
    pub open_breakers: i64,
}

impl Counters {
    /// All of them, now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            delivered: self.delivered.load(Relaxed),
            failed: self.failed.load(Relaxed),
            refused: self.refused.load(Relaxed),
            dead: self.dead.load(Relaxed),
            missing: self.missing.load(Relaxed),
            takeovers: self.takeovers.load(Relaxed),
            lag_ms: self.lag_ms.load(Relaxed),
            organizations: self.organizations.load(Relaxed),
            webhooks: self.webhooks.load(Relaxed),
            open_breakers: self.open_breakers.load(Relaxed),
        }
    }
}

/// Adds one to a gauge for as long as it lives, whatever way its task ends.
pub(crate) struct Present<'a>(&'a AtomicI64);

impl<'a> Present<'a> {
    pub(crate) fn on(gauge: &'a AtomicI64) -> Self {
        gauge.fetch_add(1, Relaxed);
        Self(gauge)
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Whether one webhook's breaker is open, in the gauge of all of them until it is dropped.
pub(crate) struct OpenBreaker {
    counters: Arc<Counters>,
    open: bool,
}

impl OpenBreaker {
    pub(crate) fn new(counters: Arc<Counters>) -> Self {
        Self { counters, open: false }
    }

    pub(crate) fn set(&mut self, open: bool) {
        let change = i64::from(open) - i64::from(self.open);
        self.counters.open_breakers.fetch_add(change, Relaxed);
        self.open = open;
    }
}

impl Drop for OpenBreaker {
    fn drop(&mut self) {
        self.set(false);
    }
}
