//! Stickers: WebP of 512 × 512, still or moving.

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{AnimationDecoder as _, DynamicImage, Frames, ImageDecoder as _, RgbaImage, imageops};

use super::decode::{bounds, broken, check, source, still};
use super::encode::{self, Encoder};
use super::motion::motion;
use super::thumbnail;
use crate::error::MediaError;
use crate::facts::{Facts, Prepared};
use crate::format::Format;
use crate::prepare::Job;
use crate::spool::{Spool, SpoolWriter};

/// Width and height of every sticker.
pub(crate) const SIDE: u32 = 512;

const TAKEN: &str = "image/webp, image/png, image/jpeg, image/gif";
const MIME: &str = "image/webp";

/// What WhatsApp asks of the stickers in its packs. A WebP over it is encoded again, coarser.
const STILL_BYTES: usize = 100 * 1024;
const MOVING_BYTES: usize = 500 * 1024;
/// Tried in turn until the size is right; the last one is taken as it comes. Each costs a whole encoding.
const QUALITIES: [f32; 2] = [80.0, 45.0];

/// A frame without a time of its own is shown this long, and so is one that browsers would not take at its word.
const USUAL_MS: u32 = 100;
const SHORTEST_MS: u32 = 20;

pub(crate) fn prepare(job: &Job<'_>) -> Result<Prepared, MediaError> {
    if !matches!(job.format, Format::Jpeg | Format::Png | Format::Webp | Format::Gif) {
        return Err(job.unsupported(TAKEN));
    }
    let limits = &job.settings.limits;
    let motion = motion(job.spool, job.format, limits.frames)?;
    let animated = motion.is_some_and(|motion| motion.frames > 1);
    if let Some(motion) = motion {
        check(motion.width, motion.height, if animated { limits.frame_pixels } else { limits.pixels })?;
        if motion.frames > limits.frames {
            return Err(MediaError::TooLong { most: limits.frames.into(), unit: "frames" });
        }
    }
    let first = still(job)?;
    let facts = Facts {
        width: Some(SIDE),
        height: Some(SIDE),
        thumbnail: Some(thumbnail::png(&first)?),
        animated,
        ..Facts::default()
    };
    let right = job.format == Format::Webp && (first.width(), first.height()) == (SIDE, SIDE);
    let most = if animated { MOVING_BYTES } else { STILL_BYTES };
    if right && job.spool.len() <= most as u64 {
        return Ok(job.untouched(MIME, facts));
    }
    let bytes = if animated {
        fitting(most, |quality| moving(job, quality))?
    } else {
        let picture = square(&first, FilterType::CatmullRom);
        fitting(most, |quality| encode::still(&picture, quality))?
    };
    let mut writer = SpoolWriter::new(limits.sticker, &job.settings.dir);
    writer.push(&bytes)?;
    let spool: Spool = writer.finish();
    Ok(Prepared { spool, mimetype: MIME.into(), facts: Facts { converted: true, ..facts } })
}

fn fitting(
    most: usize,
    mut encode: impl FnMut(f32) -> Result<Vec<u8>, MediaError>,
) -> Result<Vec<u8>, MediaError> {
    let mut bytes = Vec::new();
    for quality in QUALITIES {
        bytes = encode(quality)?;
        if bytes.len() <= most {
            break;
        }
    }
    Ok(bytes)
}

fn moving(job: &Job<'_>, quality: f32) -> Result<Vec<u8>, MediaError> {
    let mut encoder = Encoder::new(quality)?;
    let mut drawn = 0;
    for frame in frames(job)? {
        job.budget.check()?;
        // The last frame of a file that is cut off is left out; the others are shown.
        let frame = match frame {
            Ok(frame) => frame,
            Err(_) if drawn > 1 => break,
            Err(error) => return Err(broken(error)),
        };
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let shown = numerator / denominator.max(1);
        let picture = DynamicImage::ImageRgba8(frame.into_buffer());
        encoder.add(
            &square(&picture, FilterType::Triangle),
            if shown < SHORTEST_MS { USUAL_MS } else { shown },
        )?;
        drawn += 1;
    }
    if drawn == 0 {
        return Err(MediaError::broken("no frame can be drawn"));
    }
    encoder.finish()
}

/// One after the other, each the whole picture.
fn frames(job: &Job<'_>) -> Result<Frames<'static>, MediaError> {
    let source = source(job.spool, job.budget);
    let bounds = bounds(&job.settings.limits);
    Ok(if job.format == Format::Gif {
        let mut decoder = GifDecoder::new(source).map_err(broken)?;
        decoder.set_limits(bounds).map_err(broken)?;
        decoder.into_frames()
    } else {
        let mut decoder = WebPDecoder::new(source).map_err(broken)?;
        decoder.set_limits(bounds).map_err(broken)?;
        decoder.into_frames()
    })
}

/// As large as fits into the square, in its middle; around it nothing.
fn square(picture: &DynamicImage, filter: FilterType) -> RgbaImage {
    if (picture.width(), picture.height()) == (SIDE, SIDE) {
        return picture.to_rgba8();
    }
    // A large picture is halved cheaply before it is scaled well.
    let coarse = picture.width().max(picture.height()) > 4 * SIDE;
    let fitted = if coarse {
        picture.thumbnail(2 * SIDE, 2 * SIDE).resize(SIDE, SIDE, filter)
    } else {
        picture.resize(SIDE, SIDE, filter)
    };
    let mut canvas = RgbaImage::new(SIDE, SIDE);
    let (x, y) = ((SIDE - fitted.width()) / 2, (SIDE - fitted.height()) / 2);
    imageops::replace(&mut canvas, &fitted.to_rgba8(), x.into(), y.into());
    canvas
}
