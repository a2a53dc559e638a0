//! The picture of a voice note: 64 bars.

use super::RATE;

/// Samples that one loudness is measured over: 20 ms. Four hours are 720,000 of these.
const BLOCK: usize = RATE as usize / 50;
const POINTS: usize = 64;

/// Collects loudness as samples pass.
#[derive(Default)]
pub(crate) struct Waveform {
    blocks: Vec<f32>,
    sum: f32,
    count: usize,
}

impl Waveform {
    pub(crate) fn add(&mut self, samples: &[f32]) {
        for sample in samples {
            self.sum += sample.abs();
            self.count += 1;
            if self.count == BLOCK {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.blocks.push(self.sum / self.count.max(1) as f32);
        (self.sum, self.count) = (0.0, 0);
    }

    /// Mean loudness of each 64th, the loudest of them 100. All 0 for silence.
    pub(crate) fn points(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.close();
        }
        let blocks = &self.blocks;
        let means: Vec<f32> = (0..POINTS)
            .map(|point| {
                let from = point * blocks.len() / POINTS;
                let to = ((point + 1) * blocks.len() / POINTS).max(from + 1).min(blocks.len());
                blocks.get(from..to).map_or(0.0, |part| part.iter().sum::<f32>() / part.len().max(1) as f32)
            })
            .collect();
        let loudest = means.iter().copied().fold(0.0, f32::max);
        // Below a thousandth of full scale there is only noise to enlarge.
        let scale = if loudest < 0.001 { 0.0 } else { 100.0 / loudest };
        means.iter().map(|mean| (mean * scale).round() as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_the_envelope() {
        let mut waveform = Waveform::default();
        let count = 48_000 * 4;
        let sound: Vec<f32> =
            (0..count).map(|i| (i as f32 * 0.06).sin() * (i as f32 / count as f32)).collect();
        sound.chunks(1_000).for_each(|part| waveform.add(part));
        let points = waveform.points();
        assert_eq!((points.len(), points[63]), (64, 100));
        assert!(points[0] < 3, "{points:?}");
        assert!(points.windows(2).all(|two| two[0] <= two[1] + 1), "{points:?}");
    }

    #[test]
    fn silence_and_almost_nothing_have_bars_too() {
        let mut silence = Waveform::default();
        silence.add(&[0.0; 48_000]);
        assert_eq!(silence.points(), vec![0; 64]);
        let mut short = Waveform::default();
        short.add(&[0.5; 10]);
        assert_eq!(short.points().len(), 64);
        assert_eq!(Waveform::default().points(), vec![0; 64]);
    }
}
