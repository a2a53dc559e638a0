//! How much of everything is taken.

use std::time::Duration;

use crate::prepare::Kind;

const MIB: u64 = 1024 * 1024;

/// The bounds of [`prepare`](crate::prepare()). The defaults are WhatsApp's, or wide enough for what people send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an image: 16 MiB.
    pub image: u64,
    /// Bytes of a video: 16 MiB.
    pub video: u64,
    /// Bytes of audio that is given: 16 MiB.
    pub audio: u64,
    /// Bytes of audio as it is sent: 100 MiB. Hours of speech in a low rate grow when they are made into Opus.
    pub audio_out: u64,
    /// Bytes of a sticker's source and of the sticker: 16 MiB.
    pub sticker: u64,
    /// Bytes of a document: 100 MiB.
    pub document: u64,
    /// Width times height of a still picture: 50 million.
    pub pixels: u64,
    /// Bytes that decoding one picture may allocate: 256 MiB.
    pub decoder_bytes: u64,
    /// Frames of an animated sticker: 300.
    pub frames: u32,
    /// Width times height of an animation: 2048 × 2048. All frames are drawn in this size.
    pub frame_pixels: u64,
    /// Seconds of audio: 4 hours.
    pub audio_seconds: u32,
    /// For all of one preparation, waiting for a permit apart: 5 minutes (4 hours of audio take about 3).
    pub time: Duration,
    /// For one run of ffmpeg on a video: 20 s.
    pub ffmpeg_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            image: 16 * MIB,
            video: 16 * MIB,
            audio: 16 * MIB,
            audio_out: 100 * MIB,
            sticker: 16 * MIB,
            document: 100 * MIB,
            pixels: 50_000_000,
            decoder_bytes: 256 * MIB,
            frames: 300,
            frame_pixels: 2048 * 2048,
            audio_seconds: 4 * 60 * 60,
            time: Duration::from_secs(300),
            ffmpeg_time: Duration::from_secs(20),
        }
    }
}

impl Limits {
    /// The most bytes of `kind`.
    pub fn bytes(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Image => self.image,
            Kind::Sticker => self.sticker,
            Kind::Video => self.video,
            Kind::Audio => self.audio,
            Kind::Document => self.document,
        }
    }
}
