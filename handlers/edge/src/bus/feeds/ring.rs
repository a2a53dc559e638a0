//! The newest entries of a feed, as many as a few hundred kB hold.

use std::collections::VecDeque;
use std::rc::Rc;

use edgewire_contract::ids::EntryId;
use edgewire_contract::keys::Pointer;

use crate::bus::FeedEntry;

/// How many entries a ring keeps.
const ENTRIES: usize = 512;
/// How many bytes it keeps, and all rings of an instance together.
const BYTES: usize = 512 << 10;
const ALL_BYTES: usize = 8 << 20;
/// What an entry takes beside its body, about.
const ENTRY_BYTES: usize = 256;

/// How many bytes each of so many rings may keep.
pub(super) fn share(rings: usize) -> usize {
    BYTES.min(ALL_BYTES / rings.max(1))
}

/// See the module.
pub(super) struct Ring {
    /// All that stands behind this place, up to `end`, is in the ring.
    start: EntryId,
    end: EntryId,
    entries: VecDeque<Kept>,
    bytes: usize,
}

/// An entry.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) at: EntryId,
    pub(super) pointer: Option<Rc<Pointer>>,
    /// `None` for a body that nobody wanted when it came; of one that was read, what was there.
    pub(super) body: Option<Option<Rc<str>>>,
}

impl Kept {
    fn bytes(&self) -> usize {
        ENTRY_BYTES + self.body.iter().flatten().map(|body| body.len()).sum::<usize>()
    }
}

impl Ring {
    /// Nothing of what stands up to `end`.
    pub(super) fn new(end: EntryId) -> Self {
        Self { start: end, end, entries: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn start(&self) -> EntryId {
        self.start
    }

    pub(super) fn end(&self) -> EntryId {
        self.end
    }

    /// Puts an entry behind all others, and lets go the oldest of those that are more than `most` bytes. An entry that
    /// was there already is left out.
    pub(super) fn push(&mut self, entry: FeedEntry, body: Option<Option<Rc<str>>>, most: usize) {
        if entry.at <= self.end {
            return;
        }
        self.end = entry.at;
        let kept = Kept { at: entry.at, pointer: entry.pointer.map(Rc::new), body };
        self.bytes += kept.bytes();
        self.entries.push_back(kept);
        while self.entries.len() > ENTRIES || self.bytes > most {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.bytes();
            self.start = oldest.at;
        }
    }

    /// The entries behind `after`; `None` when the ring does not have them all.
    pub(super) fn behind(&self, after: EntryId) -> Option<impl Iterator<Item = &Kept>> {
        let first = self.entries.partition_point(|entry| entry.at <= after);
        (after >= self.start).then(|| self.entries.range(first..))
    }

    /// Keeps a body that was read later.
    pub(super) fn fill(&mut self, at: EntryId, body: &Option<Rc<str>>) {
        if let Ok(place) = self.entries.binary_search_by_key(&at, |entry| entry.at) {
            let entry = &mut self.entries[place];
            self.bytes -= entry.bytes();
            entry.body = Some(body.clone());
            self.bytes += entry.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> EntryId {
        EntryId { ms, seq: 0 }
    }

    fn entry(ms: u64) -> FeedEntry {
        FeedEntry { at: at(ms), pointer: None }
    }

    fn behind(ring: &Ring, ms: u64) -> Option<Vec<u64>> {
        ring.behind(at(ms)).map(|entries| entries.map(|entry| entry.at.ms).collect())
    }

    #[test]
    fn it_gives_what_is_behind_a_place_or_says_that_it_has_not_all() {
        let mut ring = Ring::new(at(10));
        for ms in [11, 13, 13, 12] {
            ring.push(entry(ms), None, BYTES);
        }
        assert_eq!(ring.end(), at(13));
        assert_eq!(behind(&ring, 9), None);
        assert_eq!(behind(&ring, 10), Some(vec![11, 13]));
        assert_eq!(behind(&ring, 12), Some(vec![13]));
        assert_eq!(behind(&ring, 20), Some(vec![]));
    }

    #[test]
    fn it_is_bounded_in_entries_and_in_bytes() {
        let mut ring = Ring::new(at(0));
        for ms in 1..=600 {
            ring.push(entry(ms), None, BYTES);
        }
        assert_eq!((ring.entries.len(), ring.start()), (512, at(88)));
        let large: Rc<str> = "x".repeat(100 << 10).into();
        for ms in 601..=610 {
            ring.push(entry(ms), Some(Some(large.clone())), BYTES);
        }
        assert_eq!(ring.entries.len(), 5);
        assert!(ring.bytes <= BYTES);
        ring.push(entry(700), Some(Some("x".repeat(BYTES).into())), BYTES);
        assert_eq!((ring.entries.len(), ring.bytes, ring.start()), (0, 0, at(700)), "too large for any ring");
        assert_eq!(share(0), BYTES);
        assert_eq!(share(64), ALL_BYTES / 64);
    }

    #[test]
    fn a_body_that_is_read_later_counts() {
        let mut ring = Ring::new(at(0));
        ring.push(entry(1), None, BYTES);
        let before = ring.bytes;
        ring.fill(at(1), &Some("four".into()));
        ring.fill(at(2), &Some("nowhere".into()));
        assert_eq!(ring.bytes, before + 4);
    }
}
