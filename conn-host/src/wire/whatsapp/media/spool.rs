//! Where a file lies on its way: in a file without a name.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use whatsapp_rust::anyhow;
use whatsapp_rust::download::{DownloadWriter, MediaType};
use whatsapp_rust::wacore::upload::{EncryptedMediaInfo, UploadSource, encrypt_media_streaming_with_key};

/// How many bytes are written at once: the library's ciphers write 16.
const WRITTEN_AT_ONCE: usize = 64 << 10;

/// Why a transfer was broken off from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    /// Nobody waits for it any more.
    #[error("the transfer was given up")]
    GivenUp,
    /// More came than was to come.
    #[error("the file is longer than it was said to be")]
    TooLong,
}

impl Broken {
    /// The one that `cause` is, however often it is wrapped.
    pub(super) fn of(cause: &(dyn std::error::Error + 'static)) -> Option<Self> {
        match cause.downcast_ref::<Self>() {
            Some(broken) => Some(*broken),
            // An IO error shows what it wraps in its own way.
            None => Self::of(cause.downcast_ref::<io::Error>()?.get_ref()?),
        }
    }
}

fn still_wanted(given_up: &CancellationToken) -> io::Result<()> {
    if given_up.is_cancelled() { Err(io::Error::other(Broken::GivenUp)) } else { Ok(()) }
}

/// An encrypted file, to be uploaded.
#[derive(Debug)]
pub(super) struct Ciphertext {
    file: Arc<File>,
    length: u64,
    given_up: CancellationToken,
}

impl Ciphertext {
    /// Encrypts `plain` under a new key. Blocking.
    pub(super) fn encrypt(
        dir: &Path,
        plain: Box<dyn Read + Send>,
        kind: MediaType,
        given_up: CancellationToken,
    ) -> anyhow::Result<(Self, EncryptedMediaInfo)> {
        let file = tempfile::tempfile_in(dir)?;
        let mut writer = BufWriter::with_capacity(WRITTEN_AT_ONCE, &file);
        let plain = Wanted { inner: plain, given_up: given_up.clone() };
        // Nothing of ours tells of a sidecar, by which players begin before the end.
        let info = encrypt_media_streaming_with_key(plain, &mut writer, kind, None, Some(false))?;
        writer.flush()?;
        drop(writer);
        let length = file.metadata()?.len();
        Ok((Self { file: Arc::new(file), length, given_up }, info))
    }
}

impl UploadSource for Ciphertext {
    fn len(&self) -> u64 {
        self.length
    }

    fn reader_from(&self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let at = At { file: self.file.clone(), position: offset };
        Ok(Box::new(Wanted { inner: at, given_up: self.given_up.clone() }))
    }
}

/// Reads until nobody wants it any more.
struct Wanted<R> {
    inner: R,
    given_up: CancellationToken,
}

impl<R: Read> Read for Wanted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        still_wanted(&self.given_up)?;
        self.inner.read(buffer)
    }
}

/// Reads a file with a place of its own: an attempt that was given up does not move another's.
struct At {
    file: Arc<File>,
    position: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

/// Takes a file that is downloaded, up to its length, and hashes it. Each attempt begins with an empty one.
#[derive(Debug)]
pub(super) struct Sink {
    file: File,
    hash: Sha256,
    bytes: u64,
    limit: u64,
    given_up: CancellationToken,
}

impl Sink {
    pub(super) fn create(dir: &Path, limit: u64, given_up: CancellationToken) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(dir)?, hash: Sha256::new(), bytes: 0, limit, given_up })
    }

    /// Takes many small writes at once.
    pub(super) fn buffered(self) -> BufWriter<Self> {
        BufWriter::with_capacity(WRITTEN_AT_ONCE, self)
    }

    /// The file at its beginning, its length, and its SHA-256. The library has rewound it.
    pub(super) fn finish(self) -> (File, u64, [u8; 32]) {
        (self.file, self.bytes, self.hash.finalize().into())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        still_wanted(&self.given_up)?;
        if bytes.len() as u64 > self.limit - self.bytes {
            return Err(io::Error::other(Broken::TooLong));
        }
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Sink {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl DownloadWriter for Sink {
    /// Only ever to nothing: what was hashed cannot be unhashed in part.
    fn truncate(&mut self, length: u64) -> io::Result<()> {
        if length != 0 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.file.set_len(0)?;
        (self.hash, self.bytes) = (Sha256::new(), 0);
        Ok(())
    }
}
