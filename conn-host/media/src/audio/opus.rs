//! What both sides of Ogg/Opus share (RFC 7845): the two header packets, and how long a packet plays.

use crate::error::MediaError;

pub(crate) const HEAD: &[u8; 8] = b"OpusHead";
pub(crate) const TAGS: &[u8; 8] = b"OpusTags";

/// The first packet of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub channels: u8,
    /// Samples at 48 kHz to drop from the beginning.
    pub pre_skip: u16,
    /// Streams, coupled streams and the table from channels to them; plain mono and stereo have one stream.
    pub streams: u8,
    pub coupled: u8,
    pub mapping: Vec<u8>,
}

impl Head {
    pub(crate) fn parse(packet: &[u8]) -> Result<Self, MediaError> {
        let odd = || MediaError::broken("its Opus header is damaged");
        let rest = packet.strip_prefix(HEAD).ok_or_else(odd)?;
        let [version, channels, s0, s1, _, _, _, _, _, _, family, ref table @ ..] = *rest else {
            return Err(odd());
        };
        if version >> 4 != 0 || channels == 0 {
            return Err(odd());
        }
        let pre_skip = u16::from_le_bytes([s0, s1]);
        if family == 0 {
            if channels > 2 {
                return Err(odd());
            }
            let mapping = (0..channels).collect();
            return Ok(Self { channels, pre_skip, streams: 1, coupled: channels - 1, mapping });
        }
        let [streams, coupled, ref mapping @ ..] = *table else { return Err(odd()) };
        let mapping = mapping.get(..usize::from(channels)).ok_or_else(odd)?.to_vec();
        let sources = u16::from(streams) + u16::from(coupled);
        let known = |to: &u8| *to == 255 || u16::from(*to) < sources;
        if streams == 0 || coupled > streams || sources > 255 || !mapping.iter().all(known) {
            return Err(odd());
        }
        Ok(Self { channels, pre_skip, streams, coupled, mapping })
    }

    /// Of a mono stream.
    pub(crate) fn mono(pre_skip: u16) -> Vec<u8> {
        let mut packet = HEAD.to_vec();
        packet.extend([1, 1]);
        packet.extend(pre_skip.to_le_bytes());
        packet.extend(super::RATE.to_le_bytes());
        // No gain, mapping family 0.
        packet.extend([0, 0, 0]);
        packet
    }
}

/// The second packet: who wrote it, and no comments.
pub(crate) fn tags() -> Vec<u8> {
    let vendor = b"edgewire";
    let mut packet = TAGS.to_vec();
    packet.extend((vendor.len() as u32).to_le_bytes());
    packet.extend(vendor);
    packet.extend(0_u32.to_le_bytes());
    packet
}

/// How many samples at 48 kHz a packet plays, by its first bytes (RFC 6716, 3.1); `None` when it is no packet.
pub(crate) fn samples(packet: &[u8]) -> Option<u32> {
    let toc = *packet.first()?;
    let config = toc >> 3;
    let frame = match config {
        0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        12..=15 => [480, 960][usize::from(config & 1)],
        _ => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3f),
    };
    // A packet plays at most 120 ms.
    (1..=5760).contains(&(frames * frame)).then_some(frames * frame)
}
