//! The small picture that a message carries, shown until the file is there.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::decode::broken;
use crate::error::MediaError;

/// The longer side, in pixels.
const SIDE: u32 = 72;
const QUALITY: u8 = 70;

/// A JPEG of at most 72 × 72, on white.
pub(crate) fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, MediaError> {
    let small = small(picture).into_rgba8();
    let flat = RgbImage::from_fn(small.width(), small.height(), |x, y| {
        let [r, g, b, a] = small.get_pixel(x, y).0;
        let over = |c: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a))) / 255) as u8;
        Rgb([over(r), over(g), over(b)])
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&flat).map_err(broken)?;
    Ok(bytes)
}

/// A PNG of at most 72 × 72, its transparency kept.
pub(crate) fn png(picture: &DynamicImage) -> Result<Vec<u8>, MediaError> {
    let mut bytes = Cursor::new(Vec::new());
    small(picture).into_rgba8().write_to(&mut bytes, ImageFormat::Png).map_err(broken)?;
    Ok(bytes.into_inner())
}

fn small(picture: &DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= SIDE {
        picture.clone()
    } else {
        picture.thumbnail(SIDE, SIDE)
    }
}
