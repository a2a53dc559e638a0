//! To 48 kHz, by FFT: the ratio is fixed and exact.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

use super::RATE;
use crate::error::MediaError;

/// Samples in at once.
const CHUNK: usize = 1024;
/// Rates that exist; beyond them a header lies, and the filters would grow with the lie.
const RATES: std::ops::RangeInclusive<u32> = 2_000..=384_000;

/// More than any filter holds.
const SILENT_CHUNKS: usize = 4 * 384_000 / CHUNK;

/// Keeps what does not fill a chunk, and takes its own delay off the beginning.
pub(crate) struct Resampler {
    inner: Option<Fft<f32>>,
    rate: u32,
    waiting: Vec<f32>,
    out: Vec<f32>,
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    pub(crate) fn new(rate: u32) -> Result<Self, MediaError> {
        if !RATES.contains(&rate) {
            return Err(MediaError::Broken(format!("it claims {rate} samples a second")));
        }
        let inner = if rate == RATE {
            None
        } else {
            let fft = Fft::new(rate as usize, RATE as usize, CHUNK, 1, FixedSync::Input);
            Some(fft.map_err(|_| MediaError::Broken(format!("it claims {rate} samples a second")))?)
        };
        let skip = inner.as_ref().map_or(0, |fft| fft.output_delay());
        let out = vec![0.0; inner.as_ref().map_or(0, |fft| fft.output_frames_max())];
        Ok(Self { inner, rate, waiting: Vec::new(), out, skip, taken: 0, given: 0 })
    }

    /// Appends to `even` what `samples` complete.
    pub(crate) fn push(&mut self, samples: &[f32], even: &mut Vec<f32>) -> Result<(), MediaError> {
        self.taken += samples.len() as u64;
        if self.inner.is_none() {
            even.extend_from_slice(samples);
            return Ok(());
        }
        self.waiting.extend_from_slice(samples);
        self.drain(even, false)
    }

    /// Appends the rest, so that all in all there is as much sound as came in.
    pub(crate) fn finish(&mut self, even: &mut Vec<f32>) -> Result<(), MediaError> {
        if self.inner.is_none() {
            return Ok(());
        }
        let wanted = (self.taken * u64::from(RATE)).div_ceil(u64::from(self.rate));
        // An odd rate has a filter as long as a second or more: many chunks of silence push the last sound out of it.
        for _ in 0..SILENT_CHUNKS {
            if self.given >= wanted {
                break;
            }
            self.drain(even, true)?;
            self.waiting.clear();
        }
        let over = usize::try_from(self.given.saturating_sub(wanted)).unwrap_or(usize::MAX);
        even.truncate(even.len().saturating_sub(over));
        Ok(())
    }

    /// Runs the filter on each full chunk, or once on the `last` rest followed by silence.
    fn drain(&mut self, even: &mut Vec<f32>, last: bool) -> Result<(), MediaError> {
        let Some(fft) = &mut self.inner else { return Ok(()) };
        let failed = || MediaError::broken("its sound cannot be resampled");
        let mut at = 0;
        loop {
            let need = fft.input_frames_next();
            if !last && self.waiting.len() - at < need {
                break;
            }
            let mut indexing = Indexing::new();
            if last {
                self.waiting.resize(need.max(self.waiting.len()), 0.0);
            } else {
                indexing = indexing.input_offset(at);
            }
            let (frames, room) = (self.waiting.len(), self.out.len());
            let input = InterleavedSlice::new(&self.waiting, 1, frames).map_err(|_| failed())?;
            let mut output = InterleavedSlice::new_mut(&mut self.out, 1, room).map_err(|_| failed())?;
            let (read, written) =
                fft.process_into_buffer(&input, &mut output, Some(&indexing)).map_err(|_| failed())?;
            let skipped = self.skip.min(written);
            self.skip -= skipped;
            even.extend_from_slice(&self.out[skipped..written]);
            self.given += (written - skipped) as u64;
            at += read;
            if last {
                return Ok(());
            }
        }
        self.waiting.drain(..at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_or_added_at_any_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 44_101] {
            for count in [1, 100, 5_000, rate as usize] {
                let mut resampler = Resampler::new(rate).unwrap();
                let sound: Vec<f32> = (0..count)
                    .map(|i| (i as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin())
                    .collect();
                let mut even = Vec::new();
                for part in sound.chunks(777) {
                    resampler.push(part, &mut even).unwrap();
                }
                resampler.finish(&mut even).unwrap();
                let wanted = (count * 48_000).div_ceil(rate as usize);
                assert_eq!(even.len(), wanted, "{count} samples at {rate}");
                if count == rate as usize {
                    let off = even.iter().enumerate().skip(2_000).take(44_000).map(|(i, s)| {
                        (s - (i as f32 * 440.0 * std::f32::consts::TAU / 48_000.0).sin()).abs()
                    });
                    // Half a sample late is off by 0.03.
                    assert!(off.fold(0.0, f32::max) < 0.04, "at {rate}");
                }
            }
        }
    }

    #[test]
    fn absurd_rates_are_refused() {
        for rate in [0, 1, 1_999, 384_001, u32::MAX] {
            assert!(Resampler::new(rate).is_err());
        }
    }
}
