//! Guards a demuxer that believes what a sample table says about its own length.
//!
//! symphonia reserves room for as many entries as a table claims before it reads them: 4 billion of them are an
//! aborted process. So the claims are compared with the tables' real sizes first.

use super::boxes::{Walk, misfit};
use crate::budget::Budget;
use crate::error::MediaError;
use crate::spool::Spool;

/// Tables whose count stands 4 bytes into them, and how many bytes each entry has.
const TABLES: &[(&[u8; 4], u64)] = &[
    (b"stts", 8),
    (b"ctts", 8),
    (b"stsc", 12),
    (b"stco", 4),
    (b"co64", 8),
    (b"stss", 4),
    (b"stsd", 8),
    (b"elst", 12),
];
const CONTAINERS: &[&[u8; 4]] =
    &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf"];

/// `Broken` when a table of `spool` claims more entries than it has.
pub(crate) fn check(spool: &Spool, budget: &Budget) -> Result<(), MediaError> {
    within(&mut Walk::new(spool, budget), 0, spool.len(), 0)
}

fn within(walk: &mut Walk, from: u64, to: u64, depth: u32) -> Result<(), MediaError> {
    walk.each(from, to, &mut |walk, found| {
        if CONTAINERS.contains(&&found.name) {
            if depth > 8 {
                return Err(MediaError::broken("its boxes are nested too deep"));
            }
            return within(walk, found.body, found.end, depth + 1);
        }
        let (count, each, head) = match TABLES.iter().find(|(name, _)| **name == found.name) {
            Some((_, each)) => (walk.u32(found, 4)?, *each, 8),
            None if &found.name == b"trun" => (walk.u32(found, 4)?, 0, 8),
            // With one size for all samples there is no table behind it.
            None if &found.name == b"stsz" && walk.u32(found, 4)? == 0 => (walk.u32(found, 8)?, 4, 12),
            None => return Ok(()),
        };
        if found.end - found.body < head + u64::from(count) * each {
            Err(misfit(&found.name))
        } else {
            Ok(())
        }
    })
}
