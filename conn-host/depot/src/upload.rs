//! One file's way into the store, and how it is broken off: nothing of it may come later, and no parts may stay.

use std::io::SeekFrom;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::health;

/// How much of a file is in memory: a part of an upload in parts, of which S3 wants 5 MiB at least.
pub(crate) const PART: usize = 5 << 20;

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error("{}", health::outline(.0))]
    Store(#[from] object_store::Error),
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// Or it was stopped, which its limit tells.
    #[error("it takes too long")]
    TooLong,
}

/// When an upload is broken off.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) stop: CancellationToken,
    pub(crate) until: Instant,
    pub(crate) tidying: Duration,
}

impl Limit {
    fn is_reached(&self) -> bool {
        self.stop.is_cancelled() || self.until <= Instant::now()
    }

    async fn reached(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = sleep_until(self.until) => {}
        }
    }

    /// Waits for what may make an object by itself once it has begun, as a request that was sent does. It is not dropped
    /// at the limit, but has a little time to end: a deletion looks for objects only then.
    async fn ended<T>(&self, begun: impl Future<Output = object_store::Result<T>>) -> Result<T, UploadError> {
        tokio::pin!(begun);
        let ended = tokio::select! {
            biased;
            ended = &mut begun => ended,
            () = self.reached() => timeout(self.tidying, begun).await.map_err(|_| UploadError::TooLong)?,
        };
        Ok(ended?)
    }
}

/// Puts `file`, of so many bytes, at `path`.
pub(crate) async fn put(
    store: &dyn ObjectStore,
    path: &Path,
    mut file: File,
    bytes: u64,
    limit: &Limit,
) -> Result<(), UploadError> {
    file.seek(SeekFrom::Start(0)).await?;
    if bytes > PART as u64 {
        return put_in_parts(store, path, &mut file, limit).await;
    }
    let whole = part(&mut file).await?;
    if limit.is_reached() {
        return Err(UploadError::TooLong);
    }
    limit.ended(store.put(path, whole.into())).await.map(drop)
}

async fn put_in_parts(
    store: &dyn ObjectStore,
    path: &Path,
    file: &mut File,
    limit: &Limit,
) -> Result<(), UploadError> {
    let mut upload = limit.ended(store.put_multipart(path)).await?;
    let done = parts(&mut *upload, file, limit).await;
    if done.is_err() {
        // Parts that nobody puts together cost their owner money.
        let _left_to_the_buckets_rules = timeout(limit.tidying, upload.abort()).await;
    }
    done
}

async fn parts(upload: &mut dyn MultipartUpload, file: &mut File, limit: &Limit) -> Result<(), UploadError> {
    loop {
        let next = part(file).await?;
        if limit.is_reached() {
            return Err(UploadError::TooLong);
        }
        if next.is_empty() {
            return limit.ended(upload.complete()).await.map(drop);
        }
        tokio::select! {
            put = upload.put_part(next.into()) => put?,
            () = limit.reached() => return Err(UploadError::TooLong),
        }
    }
}

/// The next part of a file, empty at its end.
async fn part(file: &mut File) -> Result<Bytes, std::io::Error> {
    let mut part = Vec::new();
    file.take(PART as u64).read_to_end(&mut part).await?;
    Ok(part.into())
}
