//! Uploaded media: ciphertext by path, in memory, bounded; with a state file also in a folder beside it.
//!
//! Map: [`MediaStore`] holds finished uploads, the beginnings of broken ones, and [`Traffic`] per account.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The most bytes kept in memory; the oldest uploads go first.
const CAPACITY: usize = 512 * 1024 * 1024;

/// How many broken uploads can be resumed; the oldest go first.
const PARTIALS: usize = 8;

/// What an account moved. Everything counts from the start of the process.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Traffic {
    /// Uploads that began.
    pub uploads_started: u64,
    /// Uploads that were finished and answered with success.
    pub uploads: u64,
    /// Bytes of those; of a resumed one only what came then.
    pub upload_bytes: u64,
    /// Uploads whose connection ended before the last byte.
    pub uploads_broken: u64,
    /// Uploads refused by a fault.
    pub uploads_refused: u64,
    /// Uploads that went on from where a broken one ended.
    pub uploads_resumed: u64,
    /// How often a client asked whether its file is already here.
    pub resume_checks: u64,
    /// Downloads.
    pub downloads: u64,
    /// Bytes of those.
    pub download_bytes: u64,
}

/// Ciphertext by direct path.
#[derive(Default)]
pub struct MediaStore {
    files: HashMap<String, Bytes>,
    order: VecDeque<String>,
    total: usize,
    partials: VecDeque<(String, Vec<u8>)>,
    folder: Option<PathBuf>,
    gone: HashMap<String, u16>,
    damaged: HashSet<String>,
    /// By phone number; the empty key has what nobody's credentials came with.
    pub traffic: BTreeMap<String, Traffic>,
}

impl MediaStore {
    /// Also keeps files in this folder from now on, and finds there those of an earlier run.
    pub fn keep_in(&mut self, folder: PathBuf) {
        self.folder = Some(folder);
    }

    /// The file that this direct path is kept in, if files are kept.
    pub fn file_of(&self, path: &str) -> Option<PathBuf> {
        let name = hex::encode(Sha256::digest(path.as_bytes()));
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Keeps a small file, on disk too.
    pub fn put(&mut self, path: String, bytes: Bytes) {
        if let Some(file) = self.file_of(&path)
            && let Err(error) = write(&file, &bytes)
        {
            tracing::error!("keeping a media file: {error}");
        }
        self.remember(path, bytes);
    }

    /// Keeps an upload in memory; the caller has written it to [`MediaStore::file_of`].
    pub fn remember(&mut self, path: String, bytes: Bytes) {
        self.restore(&path);
        self.total += bytes.len();
        if let Some(old) = self.files.insert(path.clone(), bytes) {
            self.total -= old.len();
        } else {
            self.order.push_back(path);
        }
        while self.total > CAPACITY {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(old) = self.files.remove(&oldest) {
                self.total -= old.len();
            }
        }
    }

    /// What a download of this path is to be answered with; an HTTP status when it is to fail.
    pub fn serve(&self, path: &str) -> Result<Bytes, u16> {
        if let Some(status) = self.gone.get(path) {
            return Err(*status);
        }
        let content = self.get(path).ok_or(404u16)?;
        if !self.damaged.contains(path) {
            return Ok(content);
        }
        let mut damaged = content.to_vec();
        let middle = damaged.len() / 2;
        if let Some(byte) = damaged.get_mut(middle) {
            *byte ^= 0xff;
        }
        Ok(Bytes::from(damaged))
    }

    /// Downloads of this path are answered with this HTTP status from now on. The content stays known.
    pub fn expire(&mut self, path: &str, status: u16) {
        self.gone.insert(path.to_owned(), status);
    }

    /// Downloads of this path get other bytes than were uploaded from now on.
    pub fn damage(&mut self, path: &str) {
        self.damaged.insert(path.to_owned());
    }

    /// Downloads of this path work again.
    pub fn restore(&mut self, path: &str) {
        self.gone.remove(path);
        self.damaged.remove(path);
    }

    /// An upload, if it is still there.
    pub fn get(&self, path: &str) -> Option<Bytes> {
        let kept = self.files.get(path).cloned();
        kept.or_else(|| std::fs::read(self.file_of(path)?).ok().map(Bytes::from))
    }

    /// Keeps the beginning of a broken upload, if it is longer than what is known of it.
    pub fn keep_partial(&mut self, path: &str, bytes: Vec<u8>) {
        if bytes.is_empty() || self.partial_length(path) >= bytes.len() {
            return;
        }
        self.take_partial(path);
        self.partials.push_back((path.to_owned(), bytes));
        while self.partials.len() > PARTIALS {
            self.partials.pop_front();
        }
    }

    /// How much is known of a broken upload.
    pub fn partial_length(&self, path: &str) -> usize {
        self.partials.iter().find(|(known, _)| known == path).map_or(0, |(_, bytes)| bytes.len())
    }

    /// Takes the beginning of a broken upload.
    pub fn take_partial(&mut self, path: &str) -> Option<Vec<u8>> {
        let at = self.partials.iter().position(|(known, _)| known == path)?;
        self.partials.remove(at).map(|(_, bytes)| bytes)
    }

    /// The counters of an account.
    pub fn traffic_of(&mut self, phone: &str) -> &mut Traffic {
        self.traffic.entry(phone.to_owned()).or_default()
    }

    /// Forgets everything, on disk too.
    pub fn clear(&mut self) {
        let folder = self.folder.take();
        if let Some(folder) = folder.as_ref().filter(|folder| folder.exists())
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::error!("forgetting the media files: {error}");
        }
        *self = MediaStore { folder, ..Default::default() };
    }

    /// How many files, how many bytes are in memory; how many broken uploads can be resumed.
    pub fn size(&self) -> (usize, usize, usize) {
        (self.files.len(), self.total, self.partials.len())
    }
}

/// Writes a media file, whole or not at all.
pub fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let neighbour = file.with_extension("new");
    std::fs::write(&neighbour, bytes)?;
    std::fs::rename(&neighbour, file)
}
