//! Where samples come from, and who is asked for them.

use super::decode::Decoded;
use super::opus_in::{OpusIn, Outline};
use super::piped::Piped;
use crate::error::MediaError;
use crate::format::Format;
use crate::prepare::Job;
use crate::video;

/// Mono samples, chunk by chunk.
pub(crate) trait Source {
    /// Samples in a second. The same from beginning to end.
    fn rate(&self) -> u32;

    /// Appends the next samples to `mono`, perhaps none. `false` at the end.
    fn fill(&mut self, mono: &mut Vec<f32>) -> Result<bool, MediaError>;
}

/// The one that can: Opus our own, all else symphonia, and ffmpeg what symphonia refuses.
pub(crate) fn open(job: &Job<'_>, taken: &'static str) -> Result<Box<dyn Source>, MediaError> {
    let refused = match job.format {
        Format::OggOpus => {
            let outline = Outline::of(job.spool, job.budget)?;
            return Ok(Box::new(OpusIn::open(job.spool, job.budget, &outline)?));
        }
        Format::M4a | Format::Mp4 | Format::ThreeGp | Format::QuickTime => {
            video::check_tables(job.spool, job.budget)?;
            if !video::movie(job.spool, job.budget)?.sound {
                return Err(MediaError::Unsupported { found: "a video without sound".into(), taken });
            }
            Decoded::open(job)
        }
        Format::Mp3 | Format::Wav | Format::OggVorbis | Format::OggFlac | Format::Flac | Format::Aac => {
            Decoded::open(job)
        }
        Format::Amr | Format::Ogg | Format::Webm | Format::Matroska => Err(job.unsupported(taken)),
        _ => return Err(job.unsupported(taken)),
    };
    match (refused, &job.settings.ffmpeg) {
        (Ok(decoded), _) => Ok(Box::new(decoded)),
        (Err(MediaError::Unsupported { .. }), Some(ffmpeg)) => Ok(Box::new(Piped::open(job, ffmpeg)?)),
        (Err(MediaError::Unsupported { found, .. }), None) => Err(MediaError::Unsupported { found, taken }),
        (Err(error), _) => Err(error),
    }
}
