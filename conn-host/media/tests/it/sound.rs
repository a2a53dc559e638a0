//! Makes sound and listens to it, apart from the product's own way of doing so.

use std::io::Cursor;

use ogg::PacketReader;
use ropus::{Channels, DecodeMode, Decoder};

/// A WAV of 16 bits. `header_bytes` is what its header claims.
pub fn wav_claiming(rate: u32, channels: u16, samples: &[i16], header_bytes: u32) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(header_bytes.saturating_add(36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate.wrapping_mul(u32::from(channels) * 2)).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(b"\x10\0data");
    bytes.extend(header_bytes.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

pub fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    wav_claiming(rate, channels, samples, samples.len() as u32 * 2)
}

/// `seconds` of a sine whose loudness at a moment between 0 and 1 is `envelope`.
pub fn tone(rate: u32, hertz: f32, seconds: f32, envelope: impl Fn(f32) -> f32) -> Vec<i16> {
    let count = (rate as f32 * seconds) as usize;
    (0..count)
        .map(|i| {
            let wave = (i as f32 * hertz * std::f32::consts::TAU / rate as f32).sin();
            (wave * envelope(i as f32 / count as f32) * 32_000.0) as i16
        })
        .collect()
}

/// An Ogg/Opus file as a player would play it.
pub struct Played {
    pub samples: Vec<f32>,
    pub bytes: usize,
}

pub fn play(file: &[u8]) -> Played {
    let mut packets = PacketReader::new(Cursor::new(file));
    let head = packets.read_packet_expected().unwrap();
    assert_eq!(&head.data[..10], b"OpusHead\x01\x01", "mono");
    assert!(head.first_in_stream() && head.last_in_page() && head.data.len() == 19);
    let skip = usize::from(u16::from_le_bytes([head.data[10], head.data[11]]));
    assert!(packets.read_packet_expected().unwrap().data.starts_with(b"OpusTags"));
    let mut decoder = Decoder::new(48_000, Channels::Mono).unwrap();
    let (mut samples, mut buffer, mut end, mut ended) = (Vec::new(), [0.0; 5760], 0, false);
    let mut before = 0;
    while let Some(packet) = packets.read_packet().unwrap() {
        assert!(!ended, "a packet after the end of the stream");
        let count = decoder.decode_float(&packet.data, &mut buffer, DecodeMode::Normal).unwrap();
        assert_eq!(count, 960, "20 ms frames");
        samples.extend_from_slice(&buffer[..count]);
        if packet.last_in_page() {
            end = packet.absgp_page() as usize;
            assert!(end > before && samples.len() - before <= 960 * 51, "a page a second");
            before = samples.len();
        }
        ended = packet.last_in_stream();
        assert!(ended || end % 960 == 0);
    }
    assert!(ended && end <= samples.len() && samples.len() - end < 960, "{end} of {}", samples.len());
    samples.truncate(end);
    samples.drain(..skip);
    Played { samples, bytes: file.len() }
}

impl Played {
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / 48_000.0
    }

    /// The frequency from how often the wave rises through zero, in the middle half.
    pub fn hertz(&self) -> f64 {
        let middle = &self.samples[self.samples.len() / 4..self.samples.len() * 3 / 4];
        let rises = middle.windows(2).filter(|two| two[0] < 0.0 && two[1] >= 0.0).count();
        rises as f64 * 48_000.0 / middle.len() as f64
    }

    /// Of the middle half.
    pub fn loudness(&self) -> f64 {
        let middle = &self.samples[self.samples.len() / 4..self.samples.len() * 3 / 4];
        (middle.iter().map(|s| f64::from(s * s)).sum::<f64>() / middle.len() as f64).sqrt()
    }

    /// How alike it is to `other`, best over shifts of up to 20 ms: 1 is the same.
    pub fn likeness(&self, other: &[f32]) -> (f64, i64) {
        let from = 4_800;
        let to = self.samples.len().min(other.len()) - 4_800;
        let at = |shift: i64| {
            let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
            for index in (from..to).step_by(3) {
                let a = f64::from(self.samples[index]);
                let b = f64::from(other[(index as i64 + shift) as usize]);
                (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
            }
            ab / (aa * bb).sqrt().max(1e-9)
        };
        (-960..=960).step_by(1).map(|shift| (at(shift), shift)).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
    }
}
