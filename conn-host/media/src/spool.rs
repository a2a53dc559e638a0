//! Bytes on their way: few in memory, many in a temporary file that has no name.
//!
//! The file is unlinked as soon as it exists (`tempfile`), so that a killed process leaves nothing behind.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::error::MediaError;

/// Up to here a spool stays in memory: 1 MiB.
const IN_MEMORY: usize = 1024 * 1024;

/// Bytes that do not change any more. Cheap to clone; the last clone frees them.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    body: Body,
    len: u64,
    sha256: [u8; 32],
}

#[derive(Debug)]
enum Body {
    Memory(Bytes),
    File(File),
}

impl Spool {
    /// All of `bytes`, which stay in memory whatever their size.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let (len, sha256) = (bytes.len() as u64, Sha256::digest(&bytes).into());
        Self(Arc::new(Inner { body: Body::Memory(bytes), len, sha256 }))
    }

    /// How many bytes.
    pub fn len(&self) -> u64 {
        self.0.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// SHA-256 of all bytes.
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// As [`Spool::sha256`], in lower-case hexadecimal.
    pub fn sha256_hex(&self) -> String {
        self.0.sha256.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Whether the bytes are in memory, not in a file.
    pub fn in_memory(&self) -> bool {
        matches!(self.0.body, Body::Memory(_))
    }

    /// A reader at the beginning. Each has a cursor of its own.
    pub fn reader(&self) -> SpoolReader {
        SpoolReader { spool: self.clone(), position: 0 }
    }

    /// All bytes in memory: for what must be handed on in one piece.
    pub fn read_all(&self) -> io::Result<Bytes> {
        if let Body::Memory(bytes) = &self.0.body {
            return Ok(bytes.clone());
        }
        let mut all = Vec::with_capacity(usize::try_from(self.len()).map_err(io::Error::other)?);
        self.reader().read_to_end(&mut all)?;
        Ok(all.into())
    }

    /// The bytes as a file without a name, at its beginning, for another process's standard input.
    pub(crate) fn to_file(&self, dir: &Path) -> io::Result<File> {
        let mut file = tempfile::tempfile_in(dir)?;
        io::copy(&mut self.reader(), &mut file)?;
        file.rewind()?;
        Ok(file)
    }
}

impl From<Vec<u8>> for Spool {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_bytes(bytes)
    }
}

/// Reads a [`Spool`] from any place.
#[derive(Debug, Clone)]
pub struct SpoolReader {
    spool: Spool,
    position: u64,
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &self.spool.0.body {
            Body::Memory(bytes) => {
                let from = usize::try_from(self.position).unwrap_or(usize::MAX).min(bytes.len());
                let count = buffer.len().min(bytes.len() - from);
                buffer[..count].copy_from_slice(&bytes[from..from + count]);
                count
            }
            Body::File(file) => read_at(file, buffer, self.position)?,
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for SpoolReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.spool.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
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

/// Makes a [`Spool`]. Blocking: past 1 MiB it writes to a file.
#[derive(Debug)]
pub struct SpoolWriter {
    limit: u64,
    dir: PathBuf,
    memory: Vec<u8>,
    file: Option<File>,
    len: u64,
    hash: Sha256,
}

impl SpoolWriter {
    /// Takes up to `limit` bytes; a file, when it comes to that, is made in `dir`.
    pub fn new(limit: u64, dir: &Path) -> Self {
        Self { limit, dir: dir.to_owned(), memory: Vec::new(), file: None, len: 0, hash: Sha256::new() }
    }

    /// Appends `bytes`; [`MediaError::TooLarge`] when the limit is passed, [`MediaError::Io`] when the disk fails.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), MediaError> {
        if bytes.len() as u64 > self.limit - self.len {
            return Err(MediaError::TooLarge { limit: self.limit });
        }
        if self.file.is_none() && self.memory.len() + bytes.len() > IN_MEMORY {
            let mut file = tempfile::tempfile_in(&self.dir)?;
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None => self.memory.extend_from_slice(bytes),
        }
        self.len += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(())
    }

    /// What was written so far.
    pub fn finish(self) -> Spool {
        let body = match self.file {
            Some(file) => Body::File(file),
            None => Body::Memory(self.memory.into()),
        };
        Spool(Arc::new(Inner { body, len: self.len, sha256: self.hash.finalize().into() }))
    }
}

/// As [`SpoolWriter::push`]; its error is found again by `MediaError::from`.
impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(len: usize) -> Spool {
        let mut writer = SpoolWriter::new(10 * 1024 * 1024, &std::env::temp_dir());
        let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        for part in bytes.chunks(100_000) {
            writer.push(part).unwrap();
        }
        writer.finish()
    }

    #[test]
    fn few_bytes_stay_in_memory_and_many_do_not() {
        assert!(written(IN_MEMORY).in_memory());
        assert!(!written(IN_MEMORY + 1).in_memory());
    }

    #[test]
    fn both_read_the_same_from_anywhere() {
        let file = written(3_000_000);
        let memory = Spool::from_bytes(file.read_all().unwrap());
        assert_eq!((file.len(), file.sha256_hex()), (memory.len(), memory.sha256_hex()));
        for spool in [&file, &memory] {
            let (mut one, mut two) = (spool.reader(), spool.reader());
            one.seek(SeekFrom::End(-3)).unwrap();
            let mut tail = Vec::new();
            one.read_to_end(&mut tail).unwrap();
            assert_eq!(tail, [(2_999_997 % 251) as u8, (2_999_998 % 251) as u8, (2_999_999 % 251) as u8]);
            let mut head = [0; 2];
            two.read_exact(&mut head).unwrap();
            assert_eq!(head, [0, 1]);
            assert!(two.seek(SeekFrom::Current(-3)).is_err());
            two.seek(SeekFrom::Start(u64::MAX)).unwrap();
            assert_eq!(two.read(&mut head).unwrap_or(0), 0);
        }
    }

    #[test]
    fn the_limit_is_named() {
        let mut writer = SpoolWriter::new(4, &std::env::temp_dir());
        writer.push(b"1234").unwrap();
        assert!(matches!(writer.push(b"5"), Err(MediaError::TooLarge { limit: 4 })));
        let through_io: MediaError = writer.write_all(b"5").unwrap_err().into();
        assert!(matches!(through_io, MediaError::TooLarge { limit: 4 }));
        assert_eq!(writer.finish().len(), 4);
    }
}
