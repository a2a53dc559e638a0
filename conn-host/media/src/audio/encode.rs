//! Mono Opus into Ogg.
//!
//! **Which libopus.** The bindings to the C one (`opus`, `audiopus_sys`, `opusic-sys`, `libopus_sys`) build it with
//! cmake or want it installed, `shiguredo_opus` fetches its source while building and wants libclang besides, and
//! `unsafe-libopus` (a transpiled libopus 1.3.1) offers C's interface only, which a crate without `unsafe` cannot
//! call. `ropus` is libopus ported to Rust, tested bit by bit against the C reference, with a safe interface; it needs
//! nothing but cargo. It is named only here and in `opus_in.rs`.

use ogg::{PacketWriteEndInfo, PacketWriter};
use ropus::{Application, Bitrate, Channels, Encoder as Inner, Signal};

use super::RATE;
use super::opus::{Head, tags};
use crate::error::MediaError;
use crate::spool::{Spool, SpoolWriter};

/// Samples of a frame: 20 ms.
const FRAME: usize = RATE as usize / 50;
/// Frames of a page: one second, so that a player can start and seek anywhere.
const PAGE: u32 = 50;
/// No packet of 20 ms is larger.
const PACKET: usize = 1500;

/// Bits a second of a voice note and of other sound.
const VOICE_BITS: u32 = 32_000;
const SOUND_BITS: u32 = 64_000;

/// Takes samples, writes pages. One frame is held back, since the last page must say that it is the last.
pub(crate) struct Encoder {
    inner: Inner,
    pages: PacketWriter<'static, SpoolWriter>,
    serial: u32,
    pre_skip: u16,
    waiting: Vec<f32>,
    held: Option<Vec<u8>>,
    /// Samples that came in, and frames that went out.
    samples: u64,
    frames: u64,
    in_page: u32,
}

impl Encoder {
    /// `origin` only makes the stream's number: the same sound from the same bytes is the same file.
    pub(crate) fn new(writer: SpoolWriter, voice: bool, origin: [u8; 32]) -> Result<Self, MediaError> {
        let (application, signal, bits) = if voice {
            (Application::Voip, Signal::Voice, VOICE_BITS)
        } else {
            (Application::Audio, Signal::Auto, SOUND_BITS)
        };
        let inner = Inner::builder(RATE, Channels::Mono, application)
            .bitrate(Bitrate::Bits(bits))
            .vbr(true)
            .signal(signal)
            .build()
            .map_err(failed)?;
        let pre_skip = u16::try_from(inner.lookahead()).map_err(failed)?;
        let serial = u32::from_le_bytes([origin[0], origin[1], origin[2], origin[3]]);
        let mut pages = PacketWriter::new(writer);
        pages.write_packet(Head::mono(pre_skip), serial, PacketWriteEndInfo::EndPage, 0)?;
        pages.write_packet(tags(), serial, PacketWriteEndInfo::EndPage, 0)?;
        Ok(Self {
            inner,
            pages,
            serial,
            pre_skip,
            waiting: Vec::new(),
            held: None,
            samples: 0,
            frames: 0,
            in_page: 0,
        })
    }

    /// Mono at 48 kHz. [`MediaError::TooLarge`] when the file grows over its limit.
    pub(crate) fn add(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        self.samples += samples.len() as u64;
        self.waiting.extend_from_slice(samples);
        let mut at = 0;
        while self.waiting.len() - at >= FRAME {
            self.frame(at)?;
            at += FRAME;
        }
        self.waiting.drain(..at);
        Ok(())
    }

    fn frame(&mut self, at: usize) -> Result<(), MediaError> {
        let mut packet = vec![0; PACKET];
        let len = self.inner.encode_float(&self.waiting[at..at + FRAME], &mut packet).map_err(failed)?;
        packet.truncate(len);
        if let Some(held) = self.held.replace(packet) {
            self.in_page += 1;
            let end = if self.in_page == PAGE {
                self.in_page = 0;
                PacketWriteEndInfo::EndPage
            } else {
                PacketWriteEndInfo::NormalPacket
            };
            self.pages.write_packet(held, self.serial, end, self.frames * FRAME as u64)?;
        }
        self.frames += 1;
        Ok(())
    }

    /// The file, and how many seconds it plays.
    pub(crate) fn finish(mut self) -> Result<(Spool, f64), MediaError> {
        // What the encoder looks ahead comes out late: silence pushes it through.
        let end = self.samples + u64::from(self.pre_skip);
        while self.frames * (FRAME as u64) < end {
            self.waiting.resize(FRAME, 0.0);
            self.frame(0)?;
            self.waiting.clear();
        }
        // The last position is where the sound ends: players drop what the last frame holds beyond it.
        let last = self.held.take().unwrap_or_default();
        self.pages.write_packet(last, self.serial, PacketWriteEndInfo::EndStream, end)?;
        Ok((self.pages.into_inner().finish(), self.samples as f64 / f64::from(RATE)))
    }
}

fn failed(error: impl std::fmt::Display) -> MediaError {
    MediaError::Io(std::io::Error::other(format!("opus: {error}")))
}
