//! The time that one preparation may take.
//!
//! Decoders are not ours and cannot be asked to stop, but all of them read: [`Budget::reader`] puts the clock into the
//! reading, so that a decoder whose time is over meets an error at its next read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::MediaError;

/// A deadline and a flag. Clones are the same budget.
#[derive(Debug, Clone)]
pub struct Budget {
    deadline: Instant,
    cancelled: Arc<AtomicBool>,
}

impl Budget {
    /// Starts now and ends after `time`.
    pub fn new(time: Duration) -> Self {
        Self { deadline: Instant::now() + time, cancelled: Arc::default() }
    }

    /// The budget is over when the answer is dropped.
    pub fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.cancelled.clone())
    }

    /// [`MediaError::Time`] when it is over.
    pub fn check(&self) -> Result<(), MediaError> {
        if self.is_over() { Err(MediaError::Time) } else { Ok(()) }
    }

    /// Whether the deadline has passed or the work was cancelled.
    pub fn is_over(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed) || Instant::now() >= self.deadline
    }

    /// What is left, at most `most`.
    pub(crate) fn left(&self, most: Duration) -> Duration {
        if self.is_over() { Duration::ZERO } else { (self.deadline - Instant::now()).min(most) }
    }

    /// `error`, unless it only came because the time was over.
    pub(crate) fn blame(&self, error: MediaError) -> MediaError {
        if self.is_over() { MediaError::Time } else { error }
    }

    pub(crate) fn reader<R>(&self, inner: R) -> Timed<R> {
        Timed { inner, budget: self.clone() }
    }
}

/// Ends its [`Budget`] when dropped.
#[derive(Debug)]
pub struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A reader that fails when the budget is over.
pub(crate) struct Timed<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Timed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.budget.check()?;
        self.inner.read(buffer)
    }
}

impl<R: Seek> Seek for Timed<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.budget.check()?;
        self.inner.seek(to)
    }
}
