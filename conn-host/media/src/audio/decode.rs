//! Samples from symphonia: MP3, WAV, Vorbis, FLAC, AAC and ALAC, in their usual containers.

use symphonia::core::audio::{AudioBufferRef, SampleBuffer};
use symphonia::core::codecs::{CODEC_TYPE_NULL, Decoder, DecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::probe::Hint;

use super::source::Source;
use crate::budget::{Budget, Timed};
use crate::error::MediaError;
use crate::format::Format;
use crate::prepare::Job;
use crate::spool::SpoolReader;

/// A file in which this many packets in a row cannot be decoded is no music.
const BAD_PACKETS: u32 = 200;

pub(crate) struct Decoded {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn Decoder>,
    track: u32,
    rate: u32,
    interleaved: Option<SampleBuffer<f32>>,
    /// Samples of the first packet, which was decoded to learn the rate.
    first: Vec<f32>,
    any: bool,
    budget: Budget,
}

impl Decoded {
    /// `Unsupported` when the codec is not known, `Broken` when nothing can be decoded.
    pub(crate) fn open(job: &Job<'_>) -> Result<Self, MediaError> {
        let reader = Seekable { inner: job.budget.reader(job.spool.reader()), len: job.spool.len() };
        let stream = MediaSourceStream::new(Box::new(reader), Default::default());
        let options = FormatOptions { enable_gapless: true, ..FormatOptions::default() };
        let probed = symphonia::default::get_probe()
            .format(&hint(job.format), stream, &options, &MetadataOptions::default())
            .map_err(|error| job.budget.blame(refused(error)))?;
        let format = probed.format;
        let track = format.tracks().iter().find(|track| is_sound(track));
        let track = track.ok_or_else(|| MediaError::broken("it holds no sound"))?;
        let decoder = symphonia::default::get_codecs()
            .make(&track.codec_params, &DecoderOptions::default())
            .map_err(|error| job.budget.blame(refused(error)))?;
        let mut decoded = Self {
            track: track.id,
            format,
            decoder,
            rate: 0,
            interleaved: None,
            first: Vec::new(),
            any: false,
            budget: job.budget.clone(),
        };
        let mut first = Vec::new();
        while first.is_empty() {
            if !decoded.fill(&mut first)? {
                return Err(MediaError::broken("it holds no sound"));
            }
        }
        decoded.first = first;
        Ok(decoded)
    }

    /// Decodes the next packet of the track. `false` at the end.
    fn packet(&mut self, mono: &mut Vec<f32>) -> Result<bool, MediaError> {
        for _ in 0..BAD_PACKETS {
            self.budget.check()?;
            let packet = match self.format.next_packet() {
                Ok(packet) => packet,
                Err(Error::ResetRequired) => {
                    // Another stream follows in the same file (Ogg). Its rate may differ: then it is left out.
                    if !self.restart()? {
                        return Ok(false);
                    }
                    continue;
                }
                // The end, announced or not: a file that is cut off plays to there.
                Err(Error::IoError(_) | Error::DecodeError(_)) if self.any || self.budget.is_over() => {
                    self.budget.check()?;
                    return Ok(false);
                }
                Err(error) => return Err(self.budget.blame(refused(error))),
            };
            if packet.track_id() != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) => {
                    let rate = buffer.spec().rate;
                    if self.rate == 0 {
                        self.rate = rate;
                    }
                    if rate != self.rate {
                        return Ok(false);
                    }
                    mix(&mut self.interleaved, buffer, mono);
                    self.any |= !mono.is_empty();
                    return Ok(true);
                }
                // One bad packet is a click.
                Err(Error::DecodeError(_) | Error::IoError(_)) => {}
                Err(Error::ResetRequired) => self.decoder.reset(),
                Err(error) => return Err(self.budget.blame(refused(error))),
            }
        }
        if self.any { Ok(false) } else { Err(MediaError::broken("its sound cannot be decoded")) }
    }

    fn restart(&mut self) -> Result<bool, MediaError> {
        let Some(track) = self.format.tracks().iter().find(|track| is_sound(track)) else { return Ok(false) };
        self.track = track.id;
        match symphonia::default::get_codecs().make(&track.codec_params, &DecoderOptions::default()) {
            Ok(decoder) => self.decoder = decoder,
            Err(_) => return Ok(false),
        }
        Ok(true)
    }
}

impl Source for Decoded {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn fill(&mut self, mono: &mut Vec<f32>) -> Result<bool, MediaError> {
        if !self.first.is_empty() {
            mono.append(&mut self.first);
            return Ok(true);
        }
        self.packet(mono)
    }
}

fn is_sound(track: &Track) -> bool {
    track.codec_params.codec != CODEC_TYPE_NULL
}

/// Averages the channels.
fn mix(interleaved: &mut Option<SampleBuffer<f32>>, buffer: AudioBufferRef<'_>, mono: &mut Vec<f32>) {
    let (spec, frames) = (*buffer.spec(), buffer.capacity());
    let channels = spec.channels.count();
    let room = interleaved.as_ref().map_or(0, SampleBuffer::capacity);
    if room < frames * channels {
        *interleaved = Some(SampleBuffer::new(frames as u64, spec));
    }
    let Some(samples) = interleaved.as_mut().filter(|_| channels > 0) else { return };
    samples.copy_interleaved_ref(buffer);
    mono.extend(
        samples.samples().chunks_exact(channels).map(|one| one.iter().sum::<f32>() / channels as f32),
    );
}

fn hint(format: Format) -> Hint {
    let mut hint = Hint::new();
    hint.with_extension(match format {
        Format::Mp3 => "mp3",
        Format::Wav => "wav",
        Format::Flac => "flac",
        Format::Aac => "aac",
        Format::OggVorbis | Format::OggFlac => "ogg",
        _ => "m4a",
    });
    hint
}

/// `Unsupported` only when symphonia says that it does not know the codec.
fn refused(error: Error) -> MediaError {
    match error {
        Error::Unsupported(what) => MediaError::Unsupported {
            found: format!("sound in a codec that is not known ({what})"),
            taken: "",
        },
        Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            MediaError::broken("it is cut off")
        }
        // symphonia's own errors about bits come in the same wrapping as ours about files.
        Error::IoError(error) => match MediaError::from(error) {
            MediaError::Io(error) if error.raw_os_error().is_none() => MediaError::Broken(error.to_string()),
            other => other,
        },
        Error::DecodeError(what) => MediaError::broken(what),
        _ => MediaError::broken("its sound cannot be decoded"),
    }
}

struct Seekable {
    inner: Timed<SpoolReader>,
    len: u64,
}

impl std::io::Read for Seekable {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl std::io::Seek for Seekable {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}

impl MediaSource for Seekable {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}
