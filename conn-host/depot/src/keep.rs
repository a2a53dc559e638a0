//! Files on their way into the store. Nobody waits for them: each has a task, a few run at once, and one that would have
//! to wait behind too many is not kept at all.

use std::collections::HashMap;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use object_store::path::Path;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::upload::{Limit, put};
use crate::{Depot, Place};

/// How many files are put at once.
const AT_ONCE: usize = 4;
/// How many files may be on their way, waiting ones included: each has a file on disk.
const ON_THE_WAY: usize = 32;

#[derive(Debug)]
pub(crate) struct Uploads {
    places: Arc<Semaphore>,
    pub(crate) turns: Arc<Semaphore>,
    under_way: Arc<UnderWay>,
    next: AtomicU64,
}

/// Each by a number of its own, until it has ended.
#[derive(Debug, Default)]
struct UnderWay(Mutex<HashMap<u64, Upload>>);

#[derive(Debug, Clone)]
struct Upload {
    folder: Path,
    stop: CancellationToken,
    ended: CancellationToken,
}

/// Takes an upload out of those under way when it ends, however it does.
struct Ending(Arc<UnderWay>, u64);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(upload) = self.0.all().remove(&self.1) {
            upload.ended.cancel();
        }
    }
}

impl UnderWay {
    fn all(&self) -> MutexGuard<'_, HashMap<u64, Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(ON_THE_WAY)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            under_way: Arc::default(),
            next: AtomicU64::new(0),
        }
    }
}

impl Uploads {
    fn start(&self, folder: Path, stop: CancellationToken, work: impl Future<Output = ()> + Send + 'static) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.under_way.all().insert(id, Upload { folder, stop, ended: CancellationToken::new() });
        let ending = Ending(self.under_way.clone(), id);
        tokio::spawn(async move {
            let _ending = ending;
            work.await;
        });
    }

    fn those(&self, which: impl Fn(&Upload) -> bool) -> Vec<Upload> {
        self.under_way.all().values().filter(|it| which(it)).cloned().collect()
    }

    /// Breaks off what is on its way into `folder`, and waits until it has ended. Who gives up waiting may call it again.
    pub(crate) async fn stop(&self, folder: &Path) {
        let uploads = self.those(|it| it.folder == *folder);
        stop(&uploads);
        ended(&uploads).await;
    }

    async fn close(&self, patience: Duration, tidying: Duration) {
        let uploads = self.those(|_| true);
        if timeout(patience, ended(&uploads)).await.is_err() {
            stop(&uploads);
            // What they leave there would be nobody's.
            let _in_time = timeout(tidying, ended(&uploads)).await;
        }
    }
}

fn stop(uploads: &[Upload]) {
    uploads.iter().for_each(|it| it.stop.cancel());
}

async fn ended(uploads: &[Upload]) {
    for it in uploads {
        it.ended.cancelled().await;
    }
}

impl Depot {
    /// Puts `file`, of so many bytes, at `place`: later, if it can be done at all. What is there is replaced.
    pub fn keep(&self, place: &Place, file: File, bytes: u64) {
        let Ok(a_place) = self.uploads.places.clone().try_acquire_owned() else {
            self.health.not_kept(&"too many files are on their way there");
            return;
        };
        let (store, health, turns) = (self.store.clone(), self.health.clone(), self.uploads.turns.clone());
        let (path, pace) = (place.path(&self.prefix), self.pace);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let work = async move {
            let _turn = tokio::select! {
                () = stopped.cancelled() => return,
                turn = turns.acquire_owned() => turn,
            };
            let patience = pace.patience.saturating_add(Duration::from_secs(bytes / pace.slowest));
            let limit = Limit { stop: stopped, until: Instant::now() + patience, tidying: pace.tidying };
            let file = tokio::fs::File::from_std(file);
            match put(&*store, &path, file, bytes, &limit).await {
                Ok(()) => health.kept(),
                // Its session is deleted, or the process ends.
                Err(_) if limit.stop.is_cancelled() => {}
                Err(e) => health.not_kept(&e),
            }
            drop(a_place);
        };
        self.uploads.start(place.folder.clone(), stop, work);
    }

    /// Waits for what is on its way, but no longer than `patience`. What is not there by then is broken off, which may take
    /// two seconds more.
    pub async fn close(&self, patience: Duration) {
        self.uploads.close(patience, self.pace.closing).await;
    }
}
