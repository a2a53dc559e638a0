//! How the store does: counted each time, told once per outage. One that says nothing is left alone for a while.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use object_store::Error;
use tokio::time::Instant;
use tracing::{debug, info, warn};

/// The most of an error's text that is logged: an answer of S3 may be a page.
const TELLING: usize = 300;

/// What was asked of the store since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Files that were there.
    pub hits: u64,
    /// Files that were not, or were larger than what was asked for.
    pub misses: u64,
    /// Objects that were not the file that their name says.
    pub changed: u64,
    /// Reads that failed, and those that were not tried because the store said nothing a moment ago.
    pub not_read: u64,
    /// Files that were put there.
    pub kept: u64,
    /// Files that could not be.
    pub not_kept: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Health {
    hits: AtomicU64,
    misses: AtomicU64,
    changed: AtomicU64,
    reads: Side,
    /// When who reads waited for it in vain, if it has said nothing since.
    silent: Mutex<Option<Instant>>,
    kept: AtomicU64,
    writes: Side,
}

/// One way, of the two that may fail each by itself.
#[derive(Debug, Default)]
struct Side {
    failed: AtomicU64,
    away: AtomicBool,
}

impl Side {
    fn works(&self, what: &'static str) {
        if self.away.swap(false, Ordering::Relaxed) {
            info!("the media store is {what} again");
        }
    }

    fn fails(&self, what: &'static str, error: &dyn Display) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let error = brief(error);
        if self.away.swap(true, Ordering::Relaxed) {
            debug!(%error, "the media store is not {what}");
        } else {
            warn!(%error, "the media store is not {what}; this is told again once it was");
        }
    }
}

impl Health {
    pub(crate) fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
        self.reads.works("read");
    }

    pub(crate) fn missed(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
        self.reads.works("read");
    }

    /// Somebody has changed an object, or the store has damaged it. It is told each time: it should never happen.
    pub(crate) fn changed(&self) {
        self.changed.fetch_add(1, Ordering::Relaxed);
        warn!("an object of the media store is not the file that its name says, and is not used");
    }

    pub(crate) fn not_read(&self, error: &dyn Display) {
        self.reads.fails("read", error);
    }

    /// It said nothing in time: each who asks now would wait as long.
    pub(crate) fn silent(&self) {
        *self.silence() = Some(Instant::now());
        self.not_read(&"no answer in time");
    }

    /// It said something, if only that something is wrong.
    pub(crate) fn answered(&self) {
        *self.silence() = None;
    }

    /// Whether it may be read from. While it is silent only one may try, each time that it had its `rest`; for the others
    /// it counts as a failed read.
    pub(crate) fn may_ask(&self, rest: Duration) -> bool {
        let mut silence = self.silence();
        match *silence {
            Some(since) if since.elapsed() < rest => {
                self.reads.failed.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            Some(_) => *silence = Some(Instant::now()),
            None => {}
        }
        true
    }

    fn silence(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn kept(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
        self.writes.works("written to");
    }

    pub(crate) fn not_kept(&self, error: &dyn Display) {
        self.writes.fails("written to", error);
    }

    pub(crate) fn counted(&self) -> Counted {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            hits: of(&self.hits),
            misses: of(&self.misses),
            changed: of(&self.changed),
            not_read: of(&self.reads.failed),
            kept: of(&self.kept),
            not_kept: of(&self.writes.failed),
        }
    }
}

/// What may be logged of an error. What S3 says to a request that it refuses repeats the request, with the name of its key:
/// nothing of such an answer, which is XML, is told, but its status.
pub(crate) fn outline(error: &Error) -> String {
    match error {
        Error::PermissionDenied { .. } => "its keys may not do that (403)".into(),
        Error::Unauthenticated { .. } => "it does not take its keys (401)".into(),
        Error::NotFound { .. } => "there is no such bucket or object (404)".into(),
        // So comes, too, whatever S3 says to a listing.
        other => brief(other),
    }
}

fn brief(error: &dyn Display) -> String {
    let text = error.to_string();
    let told = text.split('<').next().unwrap_or_default().trim_end_matches([':', ' ']);
    told.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TELLING).collect()
}
