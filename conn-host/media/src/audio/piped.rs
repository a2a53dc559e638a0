//! Samples from ffmpeg, for codecs that nobody else here knows.

use super::RATE;
use super::source::Source;
use crate::error::MediaError;
use crate::ffmpeg::{Ffmpeg, Running};
use crate::prepare::Job;

pub(crate) struct Piped {
    running: Running,
    /// The beginning of a sample whose rest is in the next chunk.
    rest: Vec<u8>,
}

impl Piped {
    pub(crate) fn open(job: &Job<'_>, ffmpeg: &Ffmpeg) -> Result<Self, MediaError> {
        const RAW: &[&str] =
            &["-vn", "-sn", "-dn", "-ac", "1", "-ar", "48000", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"];
        let running = ffmpeg.start(job.spool, job.format, &job.settings.dir, RAW, job.budget)?;
        Ok(Self { running, rest: Vec::new() })
    }
}

impl Source for Piped {
    fn rate(&self) -> u32 {
        RATE
    }

    fn fill(&mut self, mono: &mut Vec<f32>) -> Result<bool, MediaError> {
        let Some(chunk) = self.running.chunk()? else { return Ok(false) };
        self.rest.extend_from_slice(&chunk);
        let (samples, rest) = self.rest.as_chunks::<4>();
        mono.extend(samples.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        self.rest = rest.to_vec();
        Ok(true)
    }
}
