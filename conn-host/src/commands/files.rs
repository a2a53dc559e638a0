//! A message's file on its way: got, prepared, uploaded, once.
//!
//! What was uploaded is kept with the command before the message goes out, so that a command that runs again sends the
//! same file and uploads nothing.
//!
//! * this file: the way; [`done`]: what an upload came to; [`trouble`]: what can go wrong, and what is told of it.

mod done;
mod trouble;

use std::sync::Arc;
use std::time::{Duration, Instant};

use edgewire_contract::command::{Download, Upload};
use edgewire_contract::content::Content;
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{BlobId, CommandId, MessageId, SessionId};
use edgewire_contract::media::{
    BLOB_CHUNK, BlobRef, LONG_CLIP_BYTES, Media, MediaKind, Source, Uploaded, UploadedFile, result_blob,
};
use edgewire_contract::outcome::MediaReport;
use edgewire_contract::shard::Shard;
use edgewire_contract::{keys, script};
use edgewire_media::{
    FetchLimits, Ffmpeg, Hints, Kind, Limits, MediaError, Prepared, Spool, SpoolWriter, Workshop,
};
use edgewire_outbound::{Guard, GuardedClient};
use edgewire_store::{BlobReader, BlobWriter, DeviceStore, StoreError};
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use tracing::{error, info, warn};

use self::done::{Done, file_facts, given, report};
use self::trouble::unusable;
pub use self::trouble::{FileError, GetError};
use super::complete::Completer;
use super::flight::{Flights, Turn};
use super::intake::Delivered;
use super::material::SentFile;
use crate::settings::Settings;
use crate::wire::{Downloaded, Wire, WireError};
use crate::{Host, failpoint};

/// A clip over so many seconds is not waited for, nor is one over [`LONG_CLIP_BYTES`].
const LONG_CLIP_SECONDS: f64 = 120.0;
/// How many uploads and downloads run at once: each takes a thread and a connection.
const TRANSFERS_AT_ONCE: usize = 32;
/// How often an upload is tried that WhatsApp's media servers do not take now.
const UPLOAD_TRIES: u32 = 3;
/// The pause after the first; each further one is three times as long.
const UPLOAD_PAUSE: Duration = Duration::from_millis(500);

/// What all sessions share for their files.
pub struct Files {
    client: GuardedClient,
    workshop: Workshop,
    transfers: Semaphore,
    fetches: Arc<Flights>,
}

impl Files {
    /// As `settings` say.
    pub fn new(settings: &Settings) -> Arc<Self> {
        let limits = Limits {
            image: settings.max_media_bytes,
            video: settings.max_media_bytes,
            audio: settings.max_media_bytes,
            sticker: settings.max_media_bytes,
            document: settings.max_document_bytes,
            ..Limits::default()
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let work = edgewire_media::Settings {
            limits,
            dir: settings.spool_dir.clone(),
            ffmpeg: std::env::var_os("PATH").and_then(|path| Ffmpeg::find(&path)),
        };
        // Webhooks may go to this machine where that is allowed; media only come from it in tests.
        let guard = Guard { allow_loopback: settings.media_allow_loopback, ..Guard::public() };
        Arc::new(Self {
            client: GuardedClient::new(guard),
            workshop: Workshop::new(work, cores),
            transfers: Semaphore::new(TRANSFERS_AT_ONCE),
            fetches: Arc::default(),
        })
    }
}

impl Files {
    /// A turn to transfer something; given back when it is dropped.
    pub async fn transfer(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.transfers.acquire().await.ok()
    }

    /// The turn to get the file of a message into the cache; given back when it is dropped.
    pub async fn fetch_of(&self, session: &SessionId, message: &MessageId) -> Turn {
        self.fetches.turn(keys::media_name(session, message)).await
    }
}

/// What a kind wishes of its file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// Of a clip: whether it is a voice note.
    pub ptt: bool,
    /// Of a video: whether it is played as a GIF is.
    pub gif: bool,
    /// The name that the sender gives it.
    pub name: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// Of a message.
    pub fn of(content: &'a Content) -> Self {
        match content {
            Content::Audio(it) => Self { ptt: it.ptt, ..Self::default() },
            Content::Video(it) => Self { gif: it.gif_playback, ..Self::default() },
            Content::Document(it) => Self { name: it.filename.as_deref(), ..Self::default() },
            _ => Self::default(),
        }
    }
}

/// A file as it came, and how.
struct Got {
    spool: Spool,
    mimetype: Option<String>,
    name: Option<String>,
    download_ms: u64,
}

/// What handling a file needs.
pub struct FileDesk<'a> {
    /// The process.
    pub host: &'a Host,
    /// The session's shard.
    pub shard: Shard,
    /// The connection.
    pub wire: &'a dyn Wire,
    /// Keeps what was uploaded.
    pub store: &'a DeviceStore,
    /// Tells who waits that it takes long.
    pub completer: &'a Completer,
}

impl FileDesk<'_> {
    /// The file on WhatsApp's servers: where it was, what an earlier run of the command has uploaded, or now.
    ///
    /// # Errors
    /// See [`FileError`].
    pub async fn ready(
        &self,
        delivered: &Delivered,
        kind: MediaKind,
        media: &Media,
        wish: Wish<'_>,
    ) -> Result<(SentFile, MediaReport), FileError> {
        if let Source::Uploaded(uploaded) = &media.source {
            let done = given(uploaded, kind, media.mimetype.as_deref(), delivered.command.issued_at);
            return Ok((done.file(), done.report));
        }
        let command = delivered.command.id;
        if let Some(done) = self.earlier(command).await? {
            return Ok((done.file(), done.report));
        }
        let got = self.get(kind, media).await?;
        if kind == MediaKind::Audio && got.spool.len() > LONG_CLIP_BYTES {
            self.completer.runs_long(delivered);
        }
        let hints = Hints {
            mimetype: media.mimetype.clone().or_else(|| got.mimetype.clone()),
            file_name: wish.name.map(str::to_owned).or_else(|| got.name.clone()),
            ptt: wish.ptt,
            gif_playback: wish.gif,
        };
        let name = hints.file_name.clone();
        let prepared = self.prepare(kind, &got.spool, &hints).await?;
        if kind == MediaKind::Audio && prepared.facts.seconds.is_some_and(|s| s > LONG_CLIP_SECONDS) {
            self.completer.runs_long(delivered);
        }
        let (uploaded, upload_ms) = self.upload(kind, &prepared).await?;
        let report = MediaReport { download_ms: got.download_ms, upload_ms, ..report(&prepared) };
        let done = Done {
            uploaded,
            key_timestamp: self.host.clock.now_ms() / 1000,
            mimetype: prepared.mimetype,
            name,
            report,
        };
        let kept = serde_json::to_vec(&done).expect("an upload has string keys and finite numbers only");
        self.store.finish_upload(command, &kept).await?;
        Ok((done.file(), done.report))
    }

    /// Puts a blob on WhatsApp's servers for later messages.
    ///
    /// # Errors
    /// See [`FileError`].
    pub async fn put(&self, upload: &Upload) -> Result<UploadedFile, FileError> {
        let spool = self.blob(upload.kind, &upload.blob).await?;
        let hints = Hints { mimetype: upload.mimetype.clone(), ptt: true, ..Hints::default() };
        let prepared = self.prepare(upload.kind, &spool, &hints).await?;
        let (uploaded, _) = self.upload(upload.kind, &prepared).await?;
        Ok(UploadedFile { uploaded, mimetype: prepared.mimetype })
    }

    /// Gets a file from WhatsApp's servers into the command's own blob.
    ///
    /// # Errors
    /// See [`GetError`].
    pub async fn fetch(&self, command: CommandId, download: &Download) -> Result<BlobRef, GetError> {
        let limit = self.host.settings.max_bytes(download.kind);
        if download.uploaded.file_length > limit {
            return Err(unusable(download.kind, MediaError::TooLarge { limit }).into());
        }
        let _turn = self.host.files.transfers.acquire().await;
        let downloaded = self.wire.download(&download.uploaded, download.kind).await?;
        let id = result_blob(command);
        let kept = self.keep(id.clone(), downloaded).await;
        if kept.is_err() {
            // What is there of it would count against the shard's budget until its time is over.
            let keys = [keys::blob(self.shard, &id), keys::blobs(self.shard), keys::blob_sizes(self.shard)];
            let _expires_by_itself = self.host.redis.run(&script::DROP_BLOB, &keys, &[id.as_str()]).await;
        }
        Ok(kept?)
    }

    async fn keep(&self, id: BlobId, downloaded: Downloaded) -> Result<BlobRef, FileError> {
        let mut file = tokio::fs::File::from_std(downloaded.file);
        let mut blob = BlobWriter::new(&self.host.redis, self.shard, id, self.host.settings.blob_budget);
        let mut piece = vec![0; BLOB_CHUNK];
        loop {
            let read = file.read(&mut piece).await.map_err(|e| FileError::io(&e))?;
            if read == 0 {
                break;
            }
            blob.write(&piece[..read]).await?;
        }
        Ok(blob.finish().await?)
    }

    async fn earlier(&self, command: CommandId) -> Result<Option<Done>, FileError> {
        match self.store.finished_upload(command).await {
            Ok(kept) => Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok())),
            // What cannot be read is uploaded again.
            Err(e @ (StoreError::Sealed(_) | StoreError::Corrupt { .. })) => {
                warn!(error = %e, "what a command had uploaded cannot be read");
                Ok(None)
            }
            Err(e) => Err(e.into()),
        }
    }

    async fn get(&self, kind: MediaKind, media: &Media) -> Result<Got, FileError> {
        match &media.source {
            Source::Blob(blob) => {
                Ok(Got { spool: self.blob(kind, blob).await?, mimetype: None, name: None, download_ms: 0 })
            }
            Source::Url { url } => {
                let limits = FetchLimits::of(self.host.settings.max_bytes(kind));
                let dir = &self.host.settings.spool_dir;
                let fetched = edgewire_media::fetch(&self.host.files.client, url, limits, dir)
                    .await
                    .map_err(|e| unusable(kind, e))?;
                Ok(Got {
                    spool: fetched.spool,
                    mimetype: fetched.content_type,
                    name: fetched.file_name,
                    download_ms: ms(fetched.took),
                })
            }
            Source::Uploaded(_) | Source::Inline(_) => {
                error!("a file was asked for that is not where its command says");
                Err(FileError::Fault(Fault::internal()))
            }
        }
    }

    async fn blob(&self, kind: MediaKind, blob: &BlobRef) -> Result<Spool, FileError> {
        let limit = self.host.settings.max_bytes(kind);
        let mut writer = SpoolWriter::new(limit, &self.host.settings.spool_dir);
        let mut reader = BlobReader::new(&self.host.redis, self.shard, blob);
        while let Some(chunk) = reader.chunk().await? {
            writer.push(&chunk).map_err(|e| unusable(kind, e))?;
        }
        let spool = writer.finish();
        if spool.sha256_hex() != blob.sha256 {
            return Err(StoreError::NoBlob.into());
        }
        Ok(spool)
    }

    async fn prepare(&self, kind: MediaKind, spool: &Spool, hints: &Hints) -> Result<Prepared, FileError> {
        let prepared = self.host.files.workshop.prepare(media_kind(kind), spool, hints).await;
        prepared.map_err(|e| unusable(kind, e))
    }

    async fn upload(&self, kind: MediaKind, prepared: &Prepared) -> Result<(Uploaded, u64), FileError> {
        let mut pause = UPLOAD_PAUSE;
        let mut tries = 0;
        loop {
            tries += 1;
            let turn = self.host.files.transfers.acquire().await;
            let started = Instant::now();
            let plain = Box::new(prepared.spool.reader());
            failpoint::pass(failpoint::Place::BeforeUpload);
            match self.wire.upload(plain, prepared.spool.len(), kind).await {
                Ok(mut uploaded) => {
                    uploaded.facts = file_facts(prepared);
                    return Ok((uploaded, ms(started.elapsed())));
                }
                Err(WireError::Failed(why)) if tries < UPLOAD_TRIES => {
                    info!(error = %why, "an upload is tried again");
                }
                Err(e) => return Err(e.into()),
            }
            drop(turn);
            tokio::time::sleep(pause).await;
            pause *= 3;
        }
    }
}

fn media_kind(kind: MediaKind) -> Kind {
    match kind {
        MediaKind::Image => Kind::Image,
        MediaKind::Video => Kind::Video,
        MediaKind::Audio => Kind::Audio,
        MediaKind::Document => Kind::Document,
        MediaKind::Sticker => Kind::Sticker,
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
