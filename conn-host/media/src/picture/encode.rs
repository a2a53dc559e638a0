//! WebP by libwebp itself, which alone writes lossy and animated ones. It sees only pixels that we drew.
//!
//! `webp-animation` because it takes one frame after the other (the `webp` crate wants all of them in memory: 1 MiB
//! each), checks the length of what it is given, and builds libwebp 1.5 with a C compiler alone. It writes animations
//! only, so a still picture is the first frame of one, taken out of its container again ([`still`]).

use image::RgbaImage;
use webp_animation::{Encoder as Inner, EncoderOptions, EncodingConfig, EncodingType, LossyEncodingConfig};

use super::sticker::SIDE;
use crate::error::MediaError;

/// One WebP in the making.
pub(crate) struct Encoder {
    inner: Inner,
    now_ms: i32,
}

impl Encoder {
    /// Of stickers, in `quality` (0 to 100).
    pub(crate) fn new(quality: f32) -> Result<Self, MediaError> {
        let lossy = LossyEncodingConfig { alpha_compression: true, ..LossyEncodingConfig::default() };
        let config = EncodingConfig { quality, method: 4, encoding_type: EncodingType::Lossy(lossy) };
        let options = EncoderOptions { encoding_config: Some(config), ..EncoderOptions::default() };
        let inner = Inner::new_with_options((SIDE, SIDE), options).map_err(failed)?;
        Ok(Self { inner, now_ms: 0 })
    }

    /// Shows `picture` for `shown_ms`.
    pub(crate) fn add(&mut self, picture: &RgbaImage, shown_ms: u32) -> Result<(), MediaError> {
        self.inner.add_frame(picture, self.now_ms).map_err(failed)?;
        self.now_ms = self.now_ms.saturating_add(i32::try_from(shown_ms.max(1)).unwrap_or(i32::MAX));
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, MediaError> {
        Ok(self.inner.finalize(self.now_ms).map_err(failed)?.to_vec())
    }
}

/// `picture` alone, without any animation around it.
pub(crate) fn still(picture: &RgbaImage, quality: f32) -> Result<Vec<u8>, MediaError> {
    let mut whole = picture.clone();
    // libwebp stores of a frame what differs from nothing. Two corners that nobody sees (1/255 opaque) make it store
    // all of it, and a second frame keeps it from encoding the first one twice to see whether that is shorter.
    for corner in [0, SIDE - 1] {
        let pixel = whole.get_pixel_mut(corner, corner);
        pixel[3] = pixel[3].max(1);
    }
    let mut encoder = Encoder::new(quality)?;
    encoder.add(&whole, 100)?;
    let last = whole.get_pixel_mut(0, 0);
    last[3] = if last[3] > 127 { 0 } else { 255 };
    encoder.add(&whole, 100)?;
    first_frame(&encoder.finish()?).ok_or_else(|| failed("a frame does not fill its picture"))
}

/// The first frame of an animation as a file of its own, if it is as large as the animation.
fn first_frame(animation: &[u8]) -> Option<Vec<u8>> {
    let mut rest = animation.get(12..)?;
    let frame = loop {
        let (name, body, next) = chunk(rest)?;
        if name == b"ANMF" {
            break body;
        }
        rest = next;
    };
    // Where it stands, then its size less one, each in 3 bytes.
    let [low, high] = (SIDE - 1).to_le_bytes()[..2] else { return None };
    if frame.get(..12)? != [0, 0, 0, 0, 0, 0, low, high, 0, low, high, 0] {
        return None;
    }
    let picture = frame.get(16..)?;
    let (name, ..) = chunk(picture)?;
    let mut body = b"WEBP".to_vec();
    if name == b"ALPH" {
        // Transparency beside the picture needs the extended header: a flag, and the size less one.
        body.extend(b"VP8X\x0a\0\0\0\x10\0\0\0");
        body.extend([low, high, 0, low, high, 0]);
    }
    body.extend(picture);
    let mut file = b"RIFF".to_vec();
    file.extend(u32::try_from(body.len()).ok()?.to_le_bytes());
    file.extend(body);
    Some(file)
}

/// The first chunk of `bytes`: its name, its content and what follows.
fn chunk(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(8)?;
    let size = usize::try_from(u32::from_le_bytes(head[4..].try_into().ok()?)).ok()?;
    Some((&head[..4], rest.get(..size)?, rest.get(size + (size & 1)..)?))
}

fn failed(error: impl std::fmt::Display) -> MediaError {
    MediaError::Io(std::io::Error::other(format!("libwebp: {error}")))
}
