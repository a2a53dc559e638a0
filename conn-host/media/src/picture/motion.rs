//! What moves, told from the file's outline alone: no frame is drawn before their number is known.

use std::io::{Read, Seek, SeekFrom};

use crate::error::MediaError;
use crate::format::Format;
use crate::spool::Spool;

/// The outline of an animation, or of a still picture (one frame).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Motion {
    pub width: u32,
    pub height: u32,
    pub frames: u32,
}

/// Of a GIF or WebP; `None` of anything else. Stops counting one past `most`.
pub(crate) fn motion(spool: &Spool, format: Format, most: u32) -> Result<Option<Motion>, MediaError> {
    let mut reader = std::io::BufReader::new(spool.reader());
    let found = match format {
        Format::Webp => webp(&mut reader, spool.len(), most),
        Format::Gif => gif(&mut reader, most),
        _ => return Ok(None),
    };
    match found {
        Ok(motion) => Ok(Some(motion)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(MediaError::broken("it is cut off"))
        }
        Err(error) => Err(error.into()),
    }
}

fn bytes<const N: usize>(reader: &mut impl Read) -> std::io::Result<[u8; N]> {
    let mut buffer = [0; N];
    reader.read_exact(&mut buffer)?;
    Ok(buffer)
}

fn webp(reader: &mut (impl Read + Seek), len: u64, most: u32) -> std::io::Result<Motion> {
    let mut motion = Motion { width: 0, height: 0, frames: 0 };
    reader.seek(SeekFrom::Start(12))?;
    let mut at = 12_u64;
    while at + 8 <= len && motion.frames <= most {
        reader.seek(SeekFrom::Start(at))?;
        let [a, b, c, d, s0, s1, s2, s3] = bytes::<8>(reader)?;
        match &[a, b, c, d] {
            b"VP8X" => {
                let head = bytes::<10>(reader)?;
                let three = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], 0]) + 1;
                (motion.width, motion.height) = (three(4), three(7));
            }
            b"VP8 " if motion.width == 0 => {
                let head = bytes::<10>(reader)?;
                let side = |at: usize| u32::from(u16::from_le_bytes([head[at], head[at + 1]]) & 0x3fff);
                (motion.width, motion.height, motion.frames) = (side(6), side(8), 1);
            }
            b"VP8L" if motion.width == 0 => {
                let [_, b0, b1, b2, b3] = bytes::<5>(reader)?;
                let bits = u32::from_le_bytes([b0, b1, b2, b3]);
                (motion.width, motion.height, motion.frames) =
                    ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1, 1);
            }
            b"VP8 " | b"VP8L" => motion.frames = motion.frames.max(1),
            b"ANMF" => motion.frames += 1,
            _ => {}
        }
        let size = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
        at += 8 + size + (size & 1);
    }
    Ok(motion)
}

fn gif(reader: &mut (impl Read + Seek), most: u32) -> std::io::Result<Motion> {
    let head = bytes::<13>(reader)?;
    let side = |at: usize| u32::from(u16::from_le_bytes([head[at], head[at + 1]]));
    let mut motion = Motion { width: side(6), height: side(8), frames: 0 };
    palette(reader, head[10])?;
    while motion.frames <= most {
        // A GIF that ends without its trailer is common, and shown by everybody.
        let block = match bytes::<1>(reader) {
            Ok([block]) => block,
            Err(_) => break,
        };
        let step = match block {
            0x2c => {
                motion.frames += 1;
                bytes::<9>(reader)
                    .and_then(|frame| palette(reader, frame[8]))
                    .and_then(|()| bytes::<1>(reader))
                    .and_then(|_| skip_blocks(reader))
            }
            0x21 => bytes::<1>(reader).and_then(|_| skip_blocks(reader)),
            _ => break,
        };
        if step.is_err() {
            break;
        }
    }
    Ok(motion)
}

fn palette(reader: &mut impl Seek, flags: u8) -> std::io::Result<()> {
    if flags & 0x80 != 0 {
        reader.seek_relative(3 << ((flags & 7) + 1))?;
    }
    Ok(())
}

fn skip_blocks(reader: &mut (impl Read + Seek)) -> std::io::Result<()> {
    loop {
        match bytes::<1>(reader)? {
            [0] => return Ok(()),
            [size] => reader.seek_relative(i64::from(size))?,
        }
    }
}
