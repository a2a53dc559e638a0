//! The media store: an S3 bucket, or a folder, that keeps received files for longer than the cache in Redis does.
//!
//! * this file: what is where, and reading it ([`Object`] gives nothing that is not what its name says);
//! * [`settings`]: where the store is; [`http`]: how S3 is spoken to;
//! * [`keep`]: files on their way into the store, behind the back of who asked for them; [`upload`]: one of them;
//! * [`forget`]: the deletion of a session's files;
//! * [`health`]: what is counted, what is told once, and when the store is not asked; [`pace`]: how long it is waited for.
//!
//! An object goes by `<prefix>/<organization>/<session>/<SHA-256 of the file>`, and is the file itself, in the clear, as in
//! the cache. The store is an aid: when it is away, files come from WhatsApp as if it were not there. Only the deletion of
//! a session insists on it.

mod forget;
mod health;
mod http;
mod keep;
mod pace;
mod settings;
mod upload;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use edgewire_contract::ids::{OrganizationId, SessionId};
use edgewire_contract::token::hex;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout, timeout_at};

pub use self::health::Counted;
use self::health::Health;
use self::keep::Uploads;
use self::pace::Pace;
pub use self::settings::{OpenError, Settings, SettingsError};

/// A file's place in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    folder: Path,
    hash: [u8; 32],
}

impl Place {
    /// The file of this SHA-256 of a session.
    pub fn new(organization: &OrganizationId, session: &SessionId, hash: [u8; 32]) -> Self {
        Self { folder: folder(organization, session), hash }
    }

    fn path(&self, prefix: &Path) -> Path {
        within(prefix, &self.folder).join(hex(&self.hash))
    }
}

fn folder(organization: &OrganizationId, session: &SessionId) -> Path {
    Path::from_iter([organization.as_str(), session.as_str()])
}

fn within(prefix: &Path, folder: &Path) -> Path {
    prefix.parts().chain(folder.parts()).collect()
}

/// The store did not do what it was asked to; the reason was logged.
#[derive(Debug, thiserror::Error)]
#[error("the media store failed")]
pub struct Failed;

/// The store.
#[derive(Debug)]
pub struct Depot {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, where it is one.
    root: Option<PathBuf>,
    health: Arc<Health>,
    uploads: Uploads,
    pace: Pace,
}

impl Depot {
    /// Opens the store that `settings` name. S3 is not spoken to yet: it may start later than this process.
    ///
    /// # Errors
    /// When it is a folder that is not there.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let (store, prefix) = settings.open()?;
        Ok(Self { root: settings.folder(), ..Self::over(store, prefix) })
    }

    /// Over any store.
    pub fn over(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self {
            store,
            prefix,
            root: None,
            health: Arc::default(),
            uploads: Uploads::default(),
            pace: Pace::default(),
        }
    }

    /// The file at `place`, if it is there and has no more than `most` bytes. A store that fails has nothing; one that said
    /// nothing is not asked for a while.
    pub async fn get(&self, place: &Place, most: u64) -> Option<Object> {
        if !self.health.may_ask(self.pace.rest) {
            return None;
        }
        let until = Instant::now() + self.pace.reading;
        let Ok(got) = timeout(self.pace.silence, self.store.get(&place.path(&self.prefix))).await else {
            self.health.silent();
            return None;
        };
        self.health.answered();
        let got = match got {
            // Another length is the sender's claim, who may be anybody: it says nothing about the object.
            Ok(got) if got.meta.size <= most => got,
            Ok(_) | Err(Error::NotFound { .. }) => {
                self.health.missed();
                return None;
            }
            Err(e) => {
                self.health.not_read(&health::outline(&e));
                return None;
            }
        };
        let bytes = got.meta.size;
        Some(Object {
            bytes,
            until,
            left: bytes,
            hash: place.hash,
            hasher: Sha256::new(),
            rest: Bytes::new(),
            pieces: got.into_stream(),
            health: self.health.clone(),
            pace: self.pace,
        })
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        self.health.counted()
    }
}

/// A file of the store, as it is read.
pub struct Object {
    bytes: u64,
    /// When it must be over.
    until: Instant,
    /// How many are yet to come.
    left: u64,
    hash: [u8; 32],
    hasher: Sha256,
    rest: Bytes,
    pieces: BoxStream<'static, object_store::Result<Bytes>>,
    health: Arc<Health>,
    pace: Pace,
}

impl Object {
    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads on until `buffer` has `most` bytes, or the file ends. A buffer that stays empty is the end, which is told
    /// only when the file is the one that its name says: nothing of it may be used before.
    ///
    /// # Errors
    /// When the store breaks off, or the file is another: none of it is of use.
    pub async fn read(&mut self, buffer: &mut Vec<u8>, most: usize) -> Result<(), Failed> {
        while buffer.len() < most {
            if self.rest.is_empty() {
                match self.piece().await? {
                    Some(piece) => self.take(piece)?,
                    None => break,
                }
                continue;
            }
            let length = self.rest.len().min(most - buffer.len());
            buffer.extend_from_slice(&self.rest.split_to(length));
        }
        if !buffer.is_empty() {
            return Ok(());
        }
        let hash: [u8; 32] = self.hasher.clone().finalize().into();
        if self.left > 0 || hash != self.hash {
            self.health.changed();
            return Err(Failed);
        }
        self.health.hit();
        Ok(())
    }

    fn take(&mut self, piece: Bytes) -> Result<(), Failed> {
        let Some(left) = self.left.checked_sub(piece.len() as u64) else {
            self.health.changed();
            return Err(Failed);
        };
        self.left = left;
        self.hasher.update(&piece);
        self.rest = piece;
        Ok(())
    }

    /// What comes next of it, `None` at its end.
    async fn piece(&mut self) -> Result<Option<Bytes>, Failed> {
        let silence = Instant::now() + self.pace.silence;
        match timeout_at(self.until.min(silence), self.pieces.next()).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(piece))) => return Ok(Some(piece)),
            Ok(Some(Err(e))) => self.health.not_read(&health::outline(&e)),
            // It does give something: only this file is too large for it.
            Err(_) if self.until <= silence => self.health.not_read(&"it is too slow"),
            Err(_) => self.health.silent(),
        }
        Err(Failed)
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Object").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
