//! Opus in Ogg: how long it is without decoding it, and its samples.

use std::io::BufReader;

use ogg::PacketReader;
use ropus::{Channels, DecodeMode, Decoder, OpusMSDecoder};

use super::RATE;
use super::opus::{self, Head};
use super::source::Source;
use crate::budget::{Budget, Timed};
use crate::error::MediaError;
use crate::spool::{Spool, SpoolReader};

/// The longest packet: 120 ms.
const LONGEST: usize = 5760;

type Packets = PacketReader<BufReader<Timed<SpoolReader>>>;

/// What a file's packets say before any is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outline {
    head: Head,
    /// Samples that play: without the pre-skip, and without what the last page cuts off.
    play: u64,
    /// One stream, complete, with its tags.
    clean: bool,
}

impl Outline {
    pub(crate) fn of(spool: &Spool, budget: &Budget) -> Result<Self, MediaError> {
        let mut packets = packets(spool, budget);
        let first = next(&mut packets, budget)?.ok_or_else(|| MediaError::broken("it is cut off"))?;
        let head = Head::parse(&first.data)?;
        let serial = first.stream_serial();
        let (mut clean, mut tagged, mut ended) = (true, false, false);
        // The end's granule position against the packets' own sum: a live recording may begin at any position.
        let (mut sum, mut begin, mut end) = (0_u64, None, 0_u64);
        loop {
            let packet = match next(&mut packets, budget) {
                Ok(Some(packet)) => packet,
                Ok(None) => break,
                Err(MediaError::Time) => return Err(MediaError::Time),
                // Damage further on: what came before plays.
                Err(_) => {
                    clean = false;
                    break;
                }
            };
            if packet.stream_serial() != serial {
                clean = false;
                continue;
            }
            if !tagged {
                tagged = true;
                clean &= packet.data.starts_with(opus::TAGS);
                continue;
            }
            let Some(samples) = opus::samples(&packet.data) else {
                clean = false;
                continue;
            };
            sum += u64::from(samples);
            if packet.last_in_page() {
                end = packet.absgp_page();
                begin = begin.or(Some(end.saturating_sub(sum)));
            }
            ended |= packet.last_in_stream();
        }
        let shown = end.saturating_sub(begin.unwrap_or(0));
        // Only the last page may cut samples off, and less than it holds.
        let trimmed = if ended && shown < sum { shown } else { sum };
        let play = trimmed.saturating_sub(head.pre_skip.into());
        if play == 0 {
            return Err(MediaError::broken("it holds no sound"));
        }
        Ok(Self { head, play, clean: clean && ended })
    }

    /// Whether WhatsApp can be given the file as it is.
    pub(crate) fn is_right(&self) -> bool {
        self.clean && self.head.channels == 1
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.play as f64 / f64::from(RATE)
    }
}

fn packets(spool: &Spool, budget: &Budget) -> Packets {
    PacketReader::new(BufReader::with_capacity(64 * 1024, budget.reader(spool.reader())))
}

fn next(packets: &mut Packets, budget: &Budget) -> Result<Option<ogg::Packet>, MediaError> {
    budget.check()?;
    packets.read_packet().map_err(|_| budget.blame(MediaError::broken("its Ogg pages are damaged")))
}

enum Inner {
    Plain(Box<Decoder>),
    Many(Box<OpusMSDecoder>),
}

/// Decodes all packets of the first stream.
pub(crate) struct OpusIn {
    packets: Packets,
    decoder: Inner,
    channels: usize,
    serial: Option<u32>,
    headers: u8,
    skip: usize,
    left: u64,
    buffer: Vec<f32>,
    wide: Vec<i16>,
    budget: Budget,
}

impl OpusIn {
    pub(crate) fn open(spool: &Spool, budget: &Budget, outline: &Outline) -> Result<Self, MediaError> {
        let head = &outline.head;
        let channels = usize::from(head.channels);
        let odd = || MediaError::broken("its Opus header is damaged");
        let plain = match (head.streams, head.coupled, head.channels) {
            (1, 0, 1) => Some(Channels::Mono),
            (1, 1, 2) => Some(Channels::Stereo),
            _ => None,
        };
        let decoder = match plain {
            Some(channels) => Inner::Plain(Box::new(Decoder::new(RATE, channels).map_err(|_| odd())?)),
            None => Inner::Many(Box::new(
                OpusMSDecoder::new(
                    RATE as i32,
                    head.channels.into(),
                    head.streams.into(),
                    head.coupled.into(),
                    &head.mapping,
                )
                .map_err(|_| odd())?,
            )),
        };
        Ok(Self {
            packets: packets(spool, budget),
            decoder,
            channels,
            serial: None,
            headers: 0,
            skip: head.pre_skip.into(),
            left: outline.play,
            buffer: vec![0.0; LONGEST * channels],
            wide: Vec::new(),
            budget: budget.clone(),
        })
    }

    /// Decodes into `buffer`; how many samples of each channel.
    fn decode(&mut self, packet: &[u8]) -> usize {
        match &mut self.decoder {
            Inner::Plain(decoder) => {
                decoder.decode_float(packet, &mut self.buffer, DecodeMode::Normal).unwrap_or(0)
            }
            Inner::Many(decoder) => {
                self.wide.resize(LONGEST * self.channels, 0);
                let len = i32::try_from(packet.len()).unwrap_or(0);
                let count =
                    decoder.decode(Some(packet), len, &mut self.wide, LONGEST as i32, false).unwrap_or(0);
                for (to, from) in self.buffer.iter_mut().zip(&self.wide) {
                    *to = f32::from(*from) / 32_768.0;
                }
                usize::try_from(count).unwrap_or(0)
            }
        }
    }
}

impl Source for OpusIn {
    fn rate(&self) -> u32 {
        RATE
    }

    fn fill(&mut self, mono: &mut Vec<f32>) -> Result<bool, MediaError> {
        if self.left == 0 {
            return Ok(false);
        }
        // Damage further on: what came before plays, as the outline counted.
        let packet = match next(&mut self.packets, &self.budget) {
            Ok(Some(packet)) => packet,
            Err(MediaError::Time) => return Err(MediaError::Time),
            Ok(None) | Err(_) => return Ok(false),
        };
        let serial = *self.serial.get_or_insert(packet.stream_serial());
        if packet.stream_serial() != serial {
            return Ok(true);
        }
        if self.headers < 2 {
            self.headers += 1;
            return Ok(true);
        }
        let Some(claimed) = opus::samples(&packet.data) else { return Ok(true) };
        let mut count = self.decode(&packet.data).min(LONGEST);
        if count == 0 {
            // What cannot be decoded is silent for as long as it says.
            count = claimed as usize;
            self.buffer.fill(0.0);
        }
        let skipped = self.skip.min(count);
        self.skip -= skipped;
        let played = ((count - skipped) as u64).min(self.left) as usize;
        self.left -= played as u64;
        let frames = self.buffer[skipped * self.channels..].chunks_exact(self.channels).take(played);
        mono.extend(frames.map(|frame| frame.iter().sum::<f32>() / self.channels as f32));
        Ok(true)
    }
}
