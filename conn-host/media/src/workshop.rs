//! Preparing for async callers: on blocking threads, so many at a time.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::error::MediaError;
use crate::facts::Prepared;
use crate::prepare::{Hints, Kind, Settings, prepare};
use crate::spool::Spool;

/// Cheap to clone; the clones share their permits.
#[derive(Debug, Clone)]
pub struct Workshop {
    settings: Arc<Settings>,
    permits: Arc<Semaphore>,
}

impl Workshop {
    /// At most `permits` preparations at once; the number of cores is a good one.
    pub fn new(settings: Settings, permits: usize) -> Self {
        Self { settings: Arc::new(settings), permits: Arc::new(Semaphore::new(permits.max(1))) }
    }

    /// What it works with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// As [`prepare`](crate::prepare()), waiting its turn for at most [`Limits::time`](crate::Limits), else
    /// [`MediaError::Busy`]. Dropping the future ends the work at its next read, and its permit is free only then.
    pub async fn prepare(&self, kind: Kind, spool: &Spool, hints: &Hints) -> Result<Prepared, MediaError> {
        let time = self.settings.limits.time;
        let turn = tokio::time::timeout(time, self.permits.clone().acquire_owned()).await;
        let permit = turn.map_err(|_| MediaError::Busy)?.map_err(|_| MediaError::Busy)?;
        let budget = Budget::new(time);
        let _cancel = budget.cancel_on_drop();
        let (settings, spool, hints) = (self.settings.clone(), spool.clone(), hints.clone());
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            prepare(kind, &spool, &hints, &settings, &budget)
        });
        work.await.unwrap_or_else(|_| Err(MediaError::broken("its decoder gave up")))
    }
}
