//! A store that waits where it is told to. What was begun goes on when nobody waits for it any more, as a folder's and
//! S3's does.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use tokio::sync::watch;

use super::*;

/// Lets through who comes when it is open, and counts them all.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    open: watch::Sender<bool>,
    came: Arc<AtomicUsize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { open: watch::Sender::new(true), came: Arc::default() }
    }
}

impl Gate {
    pub(super) fn shut() -> Self {
        let gate = Self::default();
        gate.set(false);
        gate
    }

    pub(super) fn set(&self, open: bool) {
        self.open.send_replace(open);
    }

    pub(super) fn came(&self) -> usize {
        self.came.load(Ordering::Relaxed)
    }

    /// Waits until so many came.
    pub(super) async fn wait_for(&self, count: usize) {
        while self.came() < count {
            tokio::task::yield_now().await;
        }
    }

    async fn pass(&self) {
        self.came.fetch_add(1, Ordering::Relaxed);
        self.open.subscribe().wait_for(|open| *open).await.expect("the gate is there");
    }
}

/// All its gates are open, if not told otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Slow {
    pub(super) inner: Arc<InMemory>,
    pub(super) puts: Gate,
    pub(super) begins: Gate,
    pub(super) parts: Gate,
    pub(super) completes: Gate,
    pub(super) aborts: Gate,
    /// How many `aborts` have ended.
    pub(super) aborted: Arc<AtomicUsize>,
    pub(super) gets: Gate,
    pub(super) bodies: Gate,
    /// Objects that are said not to be there when they are deleted.
    pub(super) vanished: Vec<Path>,
    /// Nothing is deleted.
    pub(super) stubborn: bool,
}

impl Slow {
    /// It, and a depot over it.
    pub(super) fn depot(self) -> (Self, Depot) {
        let store = Arc::new(self.clone());
        (self, Depot::over(store, Path::default()))
    }

    pub(super) async fn is_empty(&self) -> bool {
        self.inner.list(None).next().await.is_none()
    }

    pub(super) fn aborted(&self) -> usize {
        self.aborted.load(Ordering::Relaxed)
    }
}

impl fmt::Display for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slow")
    }
}

#[async_trait]
impl ObjectStore for Slow {
    async fn put_opts(&self, path: &Path, bytes: PutPayload, options: PutOptions) -> Result<PutResult> {
        let (store, path) = (self.clone(), path.clone());
        let put = async move {
            store.puts.pass().await;
            store.inner.put_opts(&path, bytes, options).await
        };
        tokio::spawn(put).await?
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.begins.pass().await;
        let upload = Some(self.inner.put_multipart_opts(path, options).await?);
        Ok(Box::new(SlowUpload { store: self.clone(), upload }))
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.gets.pass().await;
        let got = self.inner.get_opts(path, options).await?;
        let (bodies, meta, range, attributes) =
            (self.bodies.clone(), got.meta.clone(), got.range.clone(), got.attributes.clone());
        let late = async move {
            bodies.pass().await;
            got.into_stream()
        };
        let payload = GetResultPayload::Stream(futures::stream::once(late).flatten().boxed());
        Ok(GetResult { payload, meta, range, attributes, extensions: Default::default() })
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let vanished = self.vanished.clone();
        let deleted = if self.stubborn { paths } else { self.inner.delete_stream(paths) };
        deleted
            .map(move |done| match done {
                Ok(path) if vanished.contains(&path) => {
                    Err(Error::NotFound { path: path.to_string(), source: "no such object".into() })
                }
                done => done,
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// Taken out by `complete`, as a folder's is.
#[derive(Debug)]
struct SlowUpload {
    store: Slow,
    upload: Option<Box<dyn MultipartUpload>>,
}

#[async_trait]
impl MultipartUpload for SlowUpload {
    fn put_part(&mut self, bytes: PutPayload) -> UploadPart {
        let parts = self.store.parts.clone();
        let put = self.upload.as_mut().unwrap().put_part(bytes);
        Box::pin(async move {
            parts.pass().await;
            put.await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (completes, mut upload) = (self.store.completes.clone(), self.upload.take().unwrap());
        let complete = async move {
            completes.pass().await;
            upload.complete().await
        };
        tokio::spawn(complete).await?
    }

    async fn abort(&mut self) -> Result<()> {
        self.store.aborts.pass().await;
        // As long as a request takes.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.store.aborted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
