//! Pixels out of a file. What the file declares is checked before it is allocated.

use std::io::BufReader;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use crate::budget::{Budget, Timed};
use crate::error::MediaError;
use crate::format::Format;
use crate::limits::Limits;
use crate::prepare::Job;
use crate::spool::{Spool, SpoolReader};

pub(crate) type Source = BufReader<Timed<SpoolReader>>;

pub(crate) fn source(spool: &Spool, budget: &Budget) -> Source {
    BufReader::with_capacity(64 * 1024, budget.reader(spool.reader()))
}

/// The `image` crate's own limits, beside ours on pixels.
pub(crate) fn bounds(limits: &Limits) -> image::Limits {
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits.decoder_bytes);
    bounds
}

/// The first frame, turned as its EXIF orientation says.
pub(crate) fn still(job: &Job<'_>) -> Result<DynamicImage, MediaError> {
    let format = match job.format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        _ => ImageFormat::Gif,
    };
    let mut bounds = bounds(&job.settings.limits);
    let mut reader = ImageReader::with_format(source(job.spool, job.budget), format);
    reader.limits(bounds.clone());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    check(width, height, job.settings.limits.pixels)?;
    bounds.reserve(decoder.total_bytes()).map_err(broken)?;
    decoder.set_limits(bounds).map_err(broken)?;
    // A picture whose EXIF block is damaged is still a picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Refuses what is nothing or too much.
pub(crate) fn check(width: u32, height: u32, most: u64) -> Result<(), MediaError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(MediaError::broken("the picture has no pixels"));
    }
    if pixels > most {
        return Err(MediaError::Broken(format!(
            "{width} × {height} pixels, at most {most} in all are taken"
        )));
    }
    Ok(())
}

pub(crate) fn broken(error: image::ImageError) -> MediaError {
    match error {
        image::ImageError::Limits(_) => MediaError::broken("decoding it would take too much memory"),
        other => MediaError::Broken(other.to_string().chars().take(200).collect()),
    }
}
