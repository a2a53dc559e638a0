//! The file of a message that came in, for whoever asks: got from the media store, where there is one, else from WhatsApp,
//! checked, put into the cache; or asked for again at its sender, when WhatsApp's servers do not have it any more.

use std::fs::File;

use edgewire_contract::command::Fetched;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{MessageId, OrganizationId, SessionId};
use edgewire_contract::media::{BLOB_CHUNK, Uploaded};
use edgewire_depot::Place;
use edgewire_store::{DeviceStore, Fence, MediaWriter, StoreError, cached_media};
use tokio::io::AsyncReadExt as _;
use tracing::{error, warn};
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::Host;
use crate::events::read::file;
use crate::wire::{AskError, Downloaded, Lost, Wire};

/// What getting a message's file needs.
pub struct Shelf<'a> {
    /// The process.
    pub host: &'a Host,
    /// The ownership under which the cache is written.
    pub fence: Fence,
    /// Whose session it is.
    pub organization: &'a OrganizationId,
    /// Whose message it is.
    pub session: &'a SessionId,
    /// The connection.
    pub wire: &'a dyn Wire,
    /// Where messages are kept.
    pub store: &'a DeviceStore,
}

/// Why there is no file.
#[derive(Debug)]
pub enum ShelfError {
    /// WhatsApp does not give it.
    Ask(AskError),
    /// The caller can do something about it, or nobody can.
    Fault(Fault),
    /// Redis did not answer.
    Store(StoreError),
}

impl From<AskError> for ShelfError {
    fn from(error: AskError) -> Self {
        Self::Ask(error)
    }
}

impl From<StoreError> for ShelfError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::Fault(Fault::new(
                FaultCode::MediaFetchFailed,
                "the file is larger than the cache; raise EDGEWIRE_MEDIA_CACHE_BYTES",
            )),
            other => Self::Store(other),
        }
    }
}

impl Shelf<'_> {
    /// Gets the file of the message `id`.
    ///
    /// # Errors
    /// See [`ShelfError`].
    pub async fn fetch(&self, id: &MessageId) -> Result<Fetched, ShelfError> {
        let _alone = self.host.files.fetch_of(self.session, id).await;
        let kept = self.store.kept_message(id.as_str()).await?;
        let Some(kept) = kept else { return Err(AskError::NotFound("message").into()) };
        let message = kept.body.as_deref().and_then(|body| wa::Message::decode_from_slice(body).ok());
        let pointer = message.as_ref().and_then(file::of).ok_or(AskError::NotFound("media"))?;
        let uploaded = pointer.uploaded.ok_or(AskError::NotFound("media"))?;
        let (redis, now) = (&self.host.redis, self.host.clock.now_ms());
        if let Some(bytes) = cached_media(redis, self.fence.shard, self.session, id, now).await? {
            return Ok(Fetched::Ready { bytes });
        }
        let limit = self.host.settings.max_bytes(pointer.kind);
        if uploaded.file_length > limit {
            let fault = Fault::new(FaultCode::MediaFetchFailed, format!("the file is over {limit} bytes"));
            return Err(ShelfError::Fault(fault.with("limit", limit)));
        }
        let _turn = self.host.files.transfer().await;
        let place = self.place(&uploaded);
        let most = if uploaded.file_length == 0 { limit } else { uploaded.file_length };
        if let Some(bytes) = self.fetch_from_depot(id, place.as_ref(), most).await? {
            return Ok(Fetched::Ready { bytes });
        }
        match self.wire.download(&uploaded, pointer.kind).await {
            Ok(downloaded) => {
                let (bytes, file) = self.keep(id, downloaded).await?;
                if let (Some(depot), Some(place)) = (&self.host.depot, place) {
                    depot.keep(&place, file, bytes);
                }
                Ok(Fetched::Ready { bytes })
            }
            Err(AskError::NotFound(_)) => {
                let lost = Lost {
                    id: id.as_str(),
                    chat: &kept.chat,
                    sender: kept.sender.as_deref(),
                    media_key: Uploaded::bytes(&uploaded.media_key),
                };
                self.wire.request_media_retry(lost).await?;
                Ok(Fetched::RetryRequested)
            }
            // The bytes are not those that the message names: somebody changed them on their way.
            Err(AskError::Invalid(field, why)) => {
                warn!(field, %why, "a received file is not what its message says");
                let message = "the file on WhatsApp's servers is not the one that the message names";
                Err(ShelfError::Fault(Fault::new(FaultCode::MediaFetchFailed, message)))
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Where the media store has the file, under the hash that the message names.
    fn place(&self, uploaded: &Uploaded) -> Option<Place> {
        let hash = Uploaded::bytes(&uploaded.file_sha256).try_into().ok()?;
        Some(Place::new(self.organization, self.session, hash))
    }

    /// From the media store into the cache. `None` when the store does not have it, or not as it was.
    async fn fetch_from_depot(
        &self,
        id: &MessageId,
        place: Option<&Place>,
        most: u64,
    ) -> Result<Option<u64>, ShelfError> {
        let (Some(depot), Some(place)) = (&self.host.depot, place) else { return Ok(None) };
        let Some(mut object) = depot.get(place, most).await else { return Ok(None) };
        let mut cached = self.begin(id, object.bytes()).await?;
        let mut chunk = Vec::with_capacity(BLOB_CHUNK);
        loop {
            chunk.clear();
            // Nobody reads what is written before it is finished, which it is only as the right file.
            match object.read(&mut chunk, BLOB_CHUNK).await {
                Ok(()) if chunk.is_empty() => return Ok(Some(cached.finish().await?)),
                Ok(()) => cached.write(&chunk).await?,
                Err(_told) => {
                    cached.abandon().await?;
                    return Ok(None);
                }
            }
        }
    }

    async fn begin(&self, id: &MessageId, bytes: u64) -> Result<MediaWriter<'_>, StoreError> {
        let (budget, now) = (self.host.settings.media_cache_bytes, self.host.clock.now_ms());
        MediaWriter::begin(&self.host.redis, self.fence, self.session, id, bytes, budget, now).await
    }

    /// Into the cache; gives the file back.
    async fn keep(&self, id: &MessageId, downloaded: Downloaded) -> Result<(u64, File), ShelfError> {
        let mut cached = self.begin(id, downloaded.bytes).await?;
        let mut file = tokio::fs::File::from_std(downloaded.file);
        let mut chunk = Vec::with_capacity(BLOB_CHUNK);
        loop {
            chunk.clear();
            let read = (&mut file).take(BLOB_CHUNK as u64).read_to_end(&mut chunk).await;
            match read {
                Ok(0) => return Ok((cached.finish().await?, file.into_std().await)),
                Ok(_) => cached.write(&chunk).await?,
                Err(e) => {
                    error!(error = %e, "a received file could not be read back");
                    return Err(ShelfError::Fault(Fault::internal()));
                }
            }
        }
    }
}
