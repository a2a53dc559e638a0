//! ffmpeg as a process, for what no crate here does. It is given a nameless file as standard input and nothing else:
//! no network, no other file's name, no environment (which may hold our secrets), one demuxer, one thread.

use std::io::{Read, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::budget::Budget;
use crate::error::MediaError;
use crate::format::Format;
use crate::spool::Spool;

/// How often a wait looks whether its budget was cancelled.
const LOOK: Duration = Duration::from_millis(100);
/// Read from the pipe at once, and how many of these wait to be used.
const CHUNK: usize = 32 * 1024;
const AHEAD: usize = 4;
/// The most that one allocation of ffmpeg's may take: 256 MiB.
const ALLOCATION: &str = "268435456";

/// Where ffmpeg is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    program: PathBuf,
}

impl Ffmpeg {
    /// Looks through `path` (the environment's `PATH`) once. Nothing is run.
    pub fn find(path: &std::ffi::OsStr) -> Option<Self> {
        let name = if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" };
        // A relative entry would mean another program after a change of directory.
        let mut places =
            std::env::split_paths(path).filter(|dir| dir.is_absolute()).map(|dir| dir.join(name));
        places.find(|program| program.is_file()).map(|program| Self { program })
    }

    /// This program.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into() }
    }

    /// Starts with `spool` as input. `output` follows the input's arguments; it must end in `pipe:1`.
    pub(crate) fn start(
        &self,
        spool: &Spool,
        format: Format,
        dir: &Path,
        output: &[&str],
        budget: &Budget,
    ) -> Result<Running, MediaError> {
        let mut input = spool.to_file(dir)?;
        input.rewind()?;
        let mut child = Command::new(&self.program)
            .args(["-hide_banner", "-nostdin", "-loglevel", "quiet", "-threads", "1"])
            .args(["-max_alloc", ALLOCATION, "-protocol_whitelist", "file,pipe"])
            .args(["-f", demuxer(format), "-i", "file:/dev/stdin"])
            .args(output)
            .env_clear()
            .stdin(Stdio::from(input))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut pipe = child.stdout.take().expect("it was asked for");
        let (sender, chunks) = sync_channel(AHEAD);
        // Ends with the pipe, which ends with the process, or when nobody listens.
        std::thread::spawn(move || {
            let mut buffer = vec![0; CHUNK];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Ok(Running { child, chunks, budget: budget.clone() })
    }
}

/// The one demuxer that `format` needs. Left to guess, ffmpeg would follow playlists to other files.
fn demuxer(format: Format) -> &'static str {
    match format {
        Format::Mp3 => "mp3",
        Format::Wav => "wav",
        Format::OggVorbis | Format::OggOpus | Format::OggFlac | Format::Ogg => "ogg",
        Format::Flac => "flac",
        Format::Aac => "aac",
        Format::Amr => "amr",
        Format::Webm | Format::Matroska => "matroska",
        _ => "mov",
    }
}

/// A running ffmpeg. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    chunks: Receiver<Vec<u8>>,
    budget: Budget,
}

impl Running {
    /// The next bytes of its output, `None` at the end, [`MediaError::Time`] when the budget is over.
    pub(crate) fn chunk(&mut self) -> Result<Option<Vec<u8>>, MediaError> {
        loop {
            self.budget.check()?;
            match self.chunks.recv_timeout(LOOK) {
                Ok(chunk) => return Ok(Some(chunk)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// All of its output, which may be `most` bytes.
    pub(crate) fn all(mut self, most: usize) -> Result<Vec<u8>, MediaError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk()? {
            if all.len() + chunk.len() > most {
                return Err(MediaError::TooLarge { limit: most as u64 });
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
