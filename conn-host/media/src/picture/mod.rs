//! Still pictures and stickers.
//!
//! * `decode.rs`: pixels out of a file, within the limits; `thumbnail.rs`: the small picture in a message;
//! * `sticker.rs`: 512 × 512 WebP; `motion.rs`: what moves, counted before anything is drawn; `encode.rs`: libwebp.

mod decode;
mod encode;
mod motion;
mod sticker;
mod thumbnail;

use crate::error::MediaError;
use crate::facts::{Facts, Prepared};
use crate::format::Format;
use crate::prepare::Job;

pub(crate) use sticker::prepare as sticker;

const TAKEN: &str = "image/jpeg, image/png, image/webp";

/// Hands the bytes on as they are, once they are known to decode.
pub(crate) fn image(job: &Job<'_>) -> Result<Prepared, MediaError> {
    if !matches!(job.format, Format::Jpeg | Format::Png | Format::Webp) {
        return Err(job.unsupported(TAKEN));
    }
    let picture = decode::still(job)?;
    let facts = Facts {
        width: Some(picture.width()),
        height: Some(picture.height()),
        thumbnail: Some(thumbnail::jpeg(&picture)?),
        ..Facts::default()
    };
    Ok(job.untouched(job.format.mime(), facts))
}
