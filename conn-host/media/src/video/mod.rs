//! Videos: handed on as they are. Their boxes tell size and length; ffmpeg, if there is one, draws a thumbnail.

mod boxes;
mod tables;

use crate::budget::Budget;
use crate::error::MediaError;
use crate::facts::{Facts, Prepared};
use crate::format::Format;
use crate::prepare::Job;

pub(crate) use boxes::movie;
pub(crate) use tables::check as check_tables;

const TAKEN: &str = "video/mp4, video/3gpp";
/// A thumbnail larger than this is none: 64 KiB.
const THUMBNAIL: usize = 64 * 1024;

pub(crate) fn prepare(job: &Job<'_>) -> Result<Prepared, MediaError> {
    if !matches!(job.format, Format::Mp4 | Format::ThreeGp) {
        return Err(job.unsupported(TAKEN));
    }
    let movie = movie(job.spool, job.budget)?;
    let Some((width, height)) = movie.shown else {
        return Err(MediaError::Unsupported { found: "sound without a picture".into(), taken: TAKEN });
    };
    let facts = Facts {
        width: Some(width),
        height: Some(height),
        seconds: movie.seconds,
        thumbnail: thumbnail(job)?,
        gif_playback: job.hints.gif_playback,
        ..Facts::default()
    };
    Ok(job.untouched(job.format.mime(), facts))
}

/// The first picture, small. A video that ffmpeg cannot draw has none, and neither has one that takes it too long.
fn thumbnail(job: &Job<'_>) -> Result<Option<Vec<u8>>, MediaError> {
    const DRAW: &[&str] = &[
        "-an",
        "-sn",
        "-dn",
        "-frames:v",
        "1",
        "-vf",
        "scale=w=72:h=72:force_original_aspect_ratio=decrease,format=yuvj420p",
        "-c:v",
        "mjpeg",
        "-q:v",
        "5",
        "-threads",
        "1",
        "-f",
        "image2pipe",
        "pipe:1",
    ];
    let Some(ffmpeg) = &job.settings.ffmpeg else { return Ok(None) };
    let own = Budget::new(job.budget.left(job.settings.limits.ffmpeg_time));
    let drawn = ffmpeg
        .start(job.spool, job.format, &job.settings.dir, DRAW, &own)
        .and_then(|running| running.all(THUMBNAIL));
    job.budget.check()?;
    Ok(drawn.ok().filter(|bytes| bytes.starts_with(&[0xff, 0xd8])))
}
