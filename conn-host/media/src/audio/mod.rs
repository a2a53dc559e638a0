//! Sound: anything usual in, mono Opus at 48 kHz in Ogg out.
//!
//! * `source.rs`: where samples come from; its kinds are `decode.rs` (symphonia), `opus_in.rs` (Opus in Ogg, which
//!   symphonia cannot decode) and `piped.rs` (ffmpeg, for what neither can);
//! * `resample.rs`, `waveform.rs`, `encode.rs`: what each sample passes on its way into the file;
//! * `opus.rs`: what the two sides of Ogg/Opus share.
//!
//! Samples flow in chunks of some thousand: neither the sound nor the file is ever in memory as a whole.

mod decode;
mod encode;
mod opus;
mod opus_in;
mod piped;
mod resample;
mod source;
mod waveform;

use crate::error::MediaError;
use crate::facts::{Facts, Prepared};
use crate::format::Format;
use crate::prepare::Job;
use crate::spool::SpoolWriter;

use self::encode::Encoder;
use self::resample::Resampler;
use self::source::Source;
use self::waveform::Waveform;

pub(crate) const RATE: u32 = 48_000;
const MIME: &str = "audio/ogg; codecs=opus";
const TAKEN: &str = "audio/mpeg, audio/wav, audio/ogg (Vorbis, Opus, FLAC), audio/flac, audio/aac, audio/mp4";

pub(crate) fn prepare(job: &Job<'_>) -> Result<Prepared, MediaError> {
    if job.format == Format::OggOpus {
        let outline = opus_in::Outline::of(job.spool, job.budget)?;
        if outline.is_right() {
            return untouched(job, &outline);
        }
    }
    let mut source = source::open(job, TAKEN)?;
    let mut encoder = Encoder::new(
        SpoolWriter::new(job.settings.limits.audio_out, &job.settings.dir),
        job.hints.ptt,
        job.spool.sha256(),
    )?;
    let mut waveform = Waveform::default();
    run(job, source.as_mut(), |samples| {
        if job.hints.ptt {
            waveform.add(samples);
        }
        encoder.add(samples)
    })?;
    let (spool, seconds) = encoder.finish()?;
    let facts = Facts {
        seconds: Some(seconds),
        waveform: job.hints.ptt.then(|| waveform.points()),
        converted: true,
        ..Facts::default()
    };
    Ok(Prepared { spool, mimetype: MIME.into(), facts })
}

/// What is right already stays as it is; a voice note is listened to for its waveform.
fn untouched(job: &Job<'_>, outline: &opus_in::Outline) -> Result<Prepared, MediaError> {
    let most = job.settings.limits.audio_seconds;
    if outline.seconds() > f64::from(most) {
        return Err(MediaError::TooLong { most: most.into(), unit: "seconds" });
    }
    let mut facts = Facts { seconds: Some(outline.seconds()), ..Facts::default() };
    if job.hints.ptt {
        let mut waveform = Waveform::default();
        let mut source = opus_in::OpusIn::open(job.spool, job.budget, outline)?;
        run(job, &mut source, |samples| {
            waveform.add(samples);
            Ok(())
        })?;
        facts.waveform = Some(waveform.points());
    }
    Ok(job.untouched(MIME, facts))
}

/// Hands all samples of `source` to `sink`, mono at 48 kHz.
fn run(
    job: &Job<'_>,
    source: &mut dyn Source,
    mut sink: impl FnMut(&[f32]) -> Result<(), MediaError>,
) -> Result<(), MediaError> {
    let most = job.settings.limits.audio_seconds;
    let mut resampler = Resampler::new(source.rate())?;
    let (mut chunk, mut even, mut count) = (Vec::new(), Vec::new(), 0_u64);
    loop {
        job.budget.check()?;
        chunk.clear();
        even.clear();
        let more = source.fill(&mut chunk)?;
        // A damaged float must not spread through the filters.
        chunk.iter_mut().for_each(|s| *s = if s.is_finite() { s.clamp(-1.0, 1.0) } else { 0.0 });
        if more {
            resampler.push(&chunk, &mut even)?
        } else {
            resampler.finish(&mut even)?
        }
        count += even.len() as u64;
        if count > u64::from(most) * u64::from(RATE) {
            return Err(MediaError::TooLong { most: most.into(), unit: "seconds" });
        }
        sink(&even)?;
        if !more {
            return if count == 0 { Err(MediaError::broken("it holds no sound")) } else { Ok(()) };
        }
    }
}
