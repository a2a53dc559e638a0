//! Size and length out of an MP4's boxes.
//!
//! Read by hand: a dozen fields are needed, and the crates for MP4 build the whole sample tables first, with room for
//! as many entries as the file claims. Here only headers and those fields are read, whatever the boxes say their size
//! is, and nothing is allocated for it.

use std::io::{BufReader, Read, Seek, SeekFrom};

use crate::budget::{Budget, Timed};
use crate::error::MediaError;
use crate::spool::{Spool, SpoolReader};

/// A file with more boxes than this is none: an hour in fragments of a second has 20,000.
const BOXES: u32 = 100_000;
/// Of more tracks than this the index is not read.
const TRACKS: usize = 16;

/// What an MP4 says about itself.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Movie {
    /// Width and height of the first picture track, as it is shown: turned as its matrix says.
    pub shown: Option<(u32, u32)>,
    /// Whether there is a sound track.
    pub sound: bool,
    /// How long it plays; not known of some fragmented files.
    pub seconds: Option<f64>,
}

/// Reads the boxes of `spool`. `Broken` when they do not fit into one another, or there is no movie.
pub(crate) fn movie(spool: &Spool, budget: &Budget) -> Result<Movie, MediaError> {
    let mut walk = Walk::new(spool, budget);
    let mut movie = Movie::default();
    let mut seen = Seen::default();
    walk.each(0, spool.len(), &mut |walk, found| match &found.name {
        b"moov" => {
            seen.moov = true;
            moov(walk, found, &mut movie, &mut seen)
        }
        b"sidx" => {
            let (track, seconds) = walk.sidx(found)?;
            // One index for each fragment of each track: the longest track is what plays.
            if let Some((_, sum)) = seen.indexed.iter_mut().find(|(other, _)| *other == track) {
                *sum += seconds;
            } else if seen.indexed.len() < TRACKS {
                seen.indexed.push((track, seconds));
            }
            Ok(())
        }
        _ => Ok(()),
    })?;
    if !seen.moov {
        return Err(MediaError::broken("it holds no movie (no moov box)"));
    }
    let indexed = seen.indexed.iter().map(|(_, seconds)| *seconds).fold(0.0, f64::max);
    let seconds = [seen.declared, indexed].into_iter().find(|seconds| *seconds > 0.0);
    // 136 years fit into 32 bits of seconds; a day is more than anybody sends.
    movie.seconds = seconds.filter(|seconds| *seconds < 86_400.0);
    Ok(movie)
}

#[derive(Default)]
struct Seen {
    moov: bool,
    declared: f64,
    indexed: Vec<(u32, f64)>,
    timescale: f64,
}

#[derive(Default)]
struct Track {
    handler: [u8; 4],
    header: Option<(u32, u32)>,
    sample: Option<(u32, u32)>,
    turned: bool,
}

fn moov(walk: &mut Walk, moov: Found, movie: &mut Movie, seen: &mut Seen) -> Result<(), MediaError> {
    walk.each(moov.body, moov.end, &mut |walk, found| {
        match &found.name {
            b"mvhd" => {
                let (scale, duration) = walk.times(found)?;
                seen.timescale = scale;
                if scale > 0.0 {
                    seen.declared = seen.declared.max(duration / scale);
                }
            }
            b"mvex" => walk.each(found.body, found.end, &mut |walk, found| {
                if &found.name == b"mehd" && seen.timescale > 0.0 {
                    let version = walk.byte(found, 0)?;
                    let duration =
                        if version == 1 { walk.u64(found, 4)? as f64 } else { walk.u32(found, 4)?.into() };
                    seen.declared = seen.declared.max(duration / seen.timescale);
                }
                Ok(())
            })?,
            b"trak" => {
                let track = track(walk, found)?;
                movie.sound |= &track.handler == b"soun";
                if &track.handler == b"vide" && movie.shown.is_none() {
                    let size = track.header.or(track.sample);
                    movie.shown = size.map(|(w, h)| if track.turned { (h, w) } else { (w, h) });
                }
            }
            _ => {}
        }
        Ok(())
    })
}

fn track(walk: &mut Walk, trak: Found) -> Result<Track, MediaError> {
    let mut track = Track::default();
    walk.each(trak.body, trak.end, &mut |walk, found| {
        match &found.name {
            b"tkhd" => {
                // Version 1 has three times of 64 bits instead of 32; the matrix and the size stand last.
                let matrix = if walk.byte(found, 0)? == 1 { 52 } else { 40 };
                let size = (walk.u32(found, matrix + 36)? >> 16, walk.u32(found, matrix + 40)? >> 16);
                track.header = (size.0 > 0 && size.1 > 0).then_some(size);
                let (a, b) = (walk.u32(found, matrix)? as i32, walk.u32(found, matrix + 4)? as i32);
                track.turned = b.unsigned_abs() > a.unsigned_abs();
            }
            b"mdia" => walk.each(found.body, found.end, &mut |walk, found| {
                match &found.name {
                    b"hdlr" => track.handler = walk.u32(found, 8)?.to_be_bytes(),
                    b"minf" => track.sample = sample_size(walk, found)?,
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(track)
}

/// Width and height of the first sample description of a picture.
fn sample_size(walk: &mut Walk, minf: Found) -> Result<Option<(u32, u32)>, MediaError> {
    let mut size = None;
    walk.each(minf.body, minf.end, &mut |walk, stbl| {
        if &stbl.name != b"stbl" {
            return Ok(());
        }
        walk.each(stbl.body, stbl.end, &mut |walk, stsd| {
            // 8 bytes of version and count, 8 of the entry's header, 24 before its width.
            if &stsd.name == b"stsd" && stsd.end - stsd.body >= 44 {
                let both = walk.u32(stsd, 40)?;
                size = (both >> 16 > 0 && both & 0xffff > 0).then_some((both >> 16, both & 0xffff));
            }
            Ok(())
        })
    })?;
    Ok(size)
}

/// A box: its name, and from where to where its content goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub name: [u8; 4],
    pub body: u64,
    pub end: u64,
}

/// What is called with each box.
type Visit<'a> = &'a mut dyn FnMut(&mut Walk, Found) -> Result<(), MediaError>;

/// Reads boxes, and counts them.
pub(super) struct Walk {
    reader: BufReader<Timed<SpoolReader>>,
    boxes: u32,
}

impl Walk {
    pub(super) fn new(spool: &Spool, budget: &Budget) -> Self {
        Self { reader: BufReader::new(budget.reader(spool.reader())), boxes: 0 }
    }

    /// Calls `visit` with each box between `from` and `to`.
    pub(super) fn each(&mut self, from: u64, to: u64, visit: Visit<'_>) -> Result<(), MediaError> {
        let mut at = from;
        while to - at >= 8 {
            self.boxes += 1;
            if self.boxes > BOXES {
                return Err(MediaError::broken("it has too many boxes"));
            }
            let [s0, s1, s2, s3, a, b, c, d] = self.bytes::<8>(at)?;
            let (size, head) = match u32::from_be_bytes([s0, s1, s2, s3]) {
                0 => (to - at, 8),
                1 if to - at >= 16 => (u64::from_be_bytes(self.bytes::<8>(at + 8)?), 16),
                size => (size.into(), 8),
            };
            if size < head || size > to - at {
                // What stands after a user data box is often a few bytes of nothing.
                return if at > from && [a, b, c, d] == [0; 4] { Ok(()) } else { Err(misfit(&[a, b, c, d])) };
            }
            visit(self, Found { name: [a, b, c, d], body: at + head, end: at + size })?;
            at += size;
        }
        Ok(())
    }

    fn bytes<const N: usize>(&mut self, at: u64) -> Result<[u8; N], MediaError> {
        let mut bytes = [0; N];
        let here = self.reader.stream_position()?;
        match i64::try_from(i128::from(at) - i128::from(here)) {
            Ok(step) => self.reader.seek_relative(step)?,
            Err(_) => {
                self.reader.seek(SeekFrom::Start(at))?;
            }
        }
        match self.reader.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(MediaError::broken("it is cut off"))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn inside<const N: usize>(&mut self, found: Found, at: u64) -> Result<[u8; N], MediaError> {
        if found.end - found.body < at + N as u64 {
            return Err(misfit(&found.name));
        }
        self.bytes(found.body + at)
    }

    pub(super) fn byte(&mut self, found: Found, at: u64) -> Result<u8, MediaError> {
        Ok(self.inside::<1>(found, at)?[0])
    }

    pub(super) fn u32(&mut self, found: Found, at: u64) -> Result<u32, MediaError> {
        Ok(u32::from_be_bytes(self.inside(found, at)?))
    }

    fn u64(&mut self, found: Found, at: u64) -> Result<u64, MediaError> {
        Ok(u64::from_be_bytes(self.inside(found, at)?))
    }

    /// Timescale and duration of a movie's header.
    fn times(&mut self, found: Found) -> Result<(f64, f64), MediaError> {
        if self.byte(found, 0)? == 1 {
            let duration = self.u64(found, 24)?;
            let duration = if duration == u64::MAX { 0.0 } else { duration as f64 };
            return Ok((self.u32(found, 20)?.into(), duration));
        }
        let duration = self.u32(found, 16)?;
        Ok((self.u32(found, 12)?.into(), if duration == u32::MAX { 0.0 } else { duration.into() }))
    }

    /// A segment index: of which track, and how many seconds it lists.
    fn sidx(&mut self, found: Found) -> Result<(u32, f64), MediaError> {
        let wide = if self.byte(found, 0)? == 0 { 0 } else { 8 };
        let scale = f64::from(self.u32(found, 8)?);
        let count = self.u32(found, 20 + wide)? & 0xffff;
        let mut total = 0.0;
        for index in 0..u64::from(count) {
            total += f64::from(self.u32(found, 28 + wide + 12 * index)?);
        }
        Ok((self.u32(found, 4)?, if scale > 0.0 { total / scale } else { 0.0 }))
    }
}

pub(super) fn misfit(name: &[u8; 4]) -> MediaError {
    MediaError::Broken(format!("its box `{}` does not fit", name.escape_ascii()))
}
