//! How far a webhook is in its organization's feed.
//!
//! Chats are worked on side by side, so a cursor alone does not say it: behind it stand entries that are done and others
//! that are not. Those that are done already, and those that failed, have a *mark* each; the cursor follows the oldest
//! entry that is not done. What was not written by a crash is delivered again, never left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use edgewire_contract::ids::EntryId;

/// What stands before the entry in the mark of a dead letter that is on its way again.
const AGAIN: &str = "again:";
/// The text of [`Mark::Done`].
const DONE: &str = "done";

/// Where something to deliver stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// Among the dead letters on their way again (`keys::hook_again`).
    Again(EntryId),
    /// In the organization's feed.
    Feed(EntryId),
}

/// What is known of an entry behind the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Delivered or dead, while an older one is not.
    Done,
    /// Its receiver did not take it yet.
    Failed {
        /// How often.
        attempts: u32,
        /// When to try again, unix ms.
        next_at: i64,
    },
}

/// A webhook's place, as in `keys::hook`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    cursor: EntryId,
    /// The entries behind the cursor that were read, and whether they are done.
    ahead: BTreeMap<EntryId, bool>,
    marks: BTreeMap<At, Mark>,
    /// Marks that are not written as they are now.
    changed: BTreeSet<At>,
    /// Entries that the cursor passed since it was last written.
    unwritten: usize,
}

impl Place {
    /// At `cursor`, with nothing behind it.
    pub fn at(cursor: EntryId) -> Self {
        Self { cursor, ..Self::default() }
    }

    /// Reads the fields of `keys::hook`; `None` without a cursor that can be read. What is no mark is left out.
    pub fn read<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let (mut cursor, mut marks) = (None, BTreeMap::new());
        for (name, value) in fields {
            if name == "cursor" {
                cursor = Some(EntryId::parse(value).ok()?);
            } else if let (Some(at), Some(mark)) = (At::parse(name), Mark::parse(value)) {
                marks.insert(at, mark);
            }
        }
        Some(Self { cursor: cursor?, marks, ..Self::default() })
    }

    /// Everything up to here is done.
    #[cfg(test)]
    pub fn cursor(&self) -> EntryId {
        self.cursor
    }

    /// The last entry that was read.
    pub fn read_to(&self) -> EntryId {
        self.ahead.keys().next_back().copied().unwrap_or(self.cursor)
    }

    /// How many entries stand behind the cursor.
    pub fn ahead(&self) -> usize {
        self.ahead.len()
    }

    /// How many entries the cursor passed since it was last written.
    pub fn unwritten(&self) -> usize {
        self.unwritten
    }

    /// An entry was read. `false` when it is done already.
    pub fn saw(&mut self, entry: EntryId) -> bool {
        let done = self.marks.get(&At::Feed(entry)) == Some(&Mark::Done);
        self.ahead.insert(entry, done);
        self.follow();
        !done
    }

    /// An entry that was seen is not for this webhook. That need not be written: reading it again costs little.
    pub fn pass(&mut self, entry: EntryId) {
        self.ahead.insert(entry, true);
        self.follow();
    }

    /// What stands at `at` is delivered or dead.
    pub fn done(&mut self, at: At) {
        match at {
            At::Again(_) => self.unmark(at),
            At::Feed(entry) => {
                self.mark(at, Mark::Done);
                self.ahead.insert(entry, true);
                self.follow();
            }
        }
    }

    /// It failed.
    pub fn failed(&mut self, at: At, attempts: u32, next_at: i64) {
        self.mark(at, Mark::Failed { attempts, next_at });
    }

    /// How often it failed, and when to try it again.
    pub fn trouble(&self, at: At) -> (u32, i64) {
        match self.marks.get(&at) {
            Some(Mark::Failed { attempts, next_at }) => (*attempts, *next_at),
            _ => (0, 0),
        }
    }

    /// All that failed may be tried at once.
    pub fn hurry(&mut self) {
        for (at, mark) in &mut self.marks {
            if let Mark::Failed { next_at, .. } = mark {
                *next_at = 0;
                self.changed.insert(*at);
            }
        }
    }

    /// Forgets what was read, so that it is read again from the cursor on.
    pub fn rewind(&mut self) {
        self.ahead.clear();
    }

    /// The fields to set, with their values in turn, and those to delete. What is taken counts as written.
    pub fn take(&mut self) -> (Vec<String>, Vec<String>) {
        let (mut set, mut del) = (vec!["cursor".to_owned(), self.cursor.to_string()], Vec::new());
        for at in std::mem::take(&mut self.changed) {
            match self.marks.get(&at) {
                Some(mark) => set.extend([at.to_string(), mark.to_string()]),
                None => del.push(at.to_string()),
            }
        }
        self.unwritten = 0;
        (set, del)
    }

    fn mark(&mut self, at: At, mark: Mark) {
        self.marks.insert(at, mark);
        self.changed.insert(at);
    }

    fn unmark(&mut self, at: At) {
        if self.marks.remove(&at).is_some() {
            self.changed.insert(at);
        }
    }

    /// Lets the cursor follow what is done.
    fn follow(&mut self) {
        while let Some(first) = self.ahead.first_entry()
            && *first.get()
        {
            let (entry, _) = first.remove_entry();
            self.cursor = entry;
            self.unmark(At::Feed(entry));
            self.unwritten += 1;
        }
    }
}

impl At {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(AGAIN) {
            Some(entry) => EntryId::parse(entry).ok().map(Self::Again),
            None => EntryId::parse(text).ok().map(Self::Feed),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Again(entry) => write!(f, "{AGAIN}{entry}"),
            Self::Feed(entry) => entry.fmt(f),
        }
    }
}

impl Mark {
    fn parse(text: &str) -> Option<Self> {
        if text == DONE {
            return Some(Self::Done);
        }
        let (attempts, next_at) = text.split_once(' ')?;
        Some(Self::Failed { attempts: attempts.parse().ok()?, next_at: next_at.parse().ok()? })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str(DONE),
            Self::Failed { attempts, next_at } => write!(f, "{attempts} {next_at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ms: u64) -> EntryId {
        EntryId { ms, seq: 1 }
    }

    /// What Redis has after this write.
    fn written(place: &mut Place, redis: &mut BTreeMap<String, String>) {
        let (set, del) = place.take();
        redis.extend(set.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())));
        redis.retain(|name, _| !del.contains(name));
    }

    fn read(redis: &BTreeMap<String, String>) -> Place {
        Place::read(redis.iter().map(|(name, value)| (name.as_str(), value.as_str()))).unwrap()
    }

    #[test]
    fn the_cursor_follows_the_oldest_that_is_not_done() {
        let (mut place, mut redis) = (Place::at(id(1)), BTreeMap::new());
        for ms in 2..=5 {
            assert!(place.saw(id(ms)));
        }
        place.pass(id(3));
        place.done(At::Feed(id(4)));
        place.failed(At::Feed(id(2)), 3, 99);
        assert_eq!((place.cursor(), place.read_to(), place.ahead()), (id(1), id(5), 4));
        written(&mut place, &mut redis);

        // Another host goes on from there: it delivers 2 and 5, and not 4.
        let mut next = read(&redis);
        assert_eq!(next.trouble(At::Feed(id(2))), (3, 99));
        let seen: Vec<bool> = (2..=5).map(|ms| next.saw(id(ms))).collect();
        assert_eq!(seen, [true, true, false, true]);
        next.pass(id(3));
        next.done(At::Feed(id(2)));
        assert_eq!(next.cursor(), id(4));
        next.done(At::Feed(id(5)));
        assert_eq!((next.cursor(), next.ahead()), (id(5), 0));
        written(&mut next, &mut redis);
        assert_eq!(redis.into_iter().collect::<Vec<_>>(), [("cursor".to_owned(), "5-1".to_owned())]);
    }

    #[test]
    fn what_is_done_in_order_leaves_no_marks() {
        let mut place = Place::at(id(1));
        place.saw(id(2));
        place.done(At::Feed(id(2)));
        let (set, del) = place.take();
        assert_eq!((set, del), (vec!["cursor".to_owned(), "2-1".to_owned()], vec!["2-1".to_owned()]));
        assert_eq!(place.take().1, Vec::<String>::new());
    }

    #[test]
    fn what_goes_again_moves_no_cursor() {
        let (mut place, mut redis) = (Place::at(id(1)), BTreeMap::new());
        let at = At::Again(id(7));
        place.failed(at, 1, 5);
        written(&mut place, &mut redis);
        assert_eq!(redis["again:7-1"], "1 5");
        let mut next = read(&redis);
        assert_eq!(next.trouble(at), (1, 5));
        next.hurry();
        assert_eq!(next.trouble(at), (1, 0));
        next.done(at);
        written(&mut next, &mut redis);
        assert_eq!((redis.len(), next.cursor()), (1, id(1)));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let fields =
            [("cursor", "7-1"), ("entry", "8-1"), ("attempt", "3"), ("failures", "2"), ("9-1", "soon")];
        assert_eq!(Place::read(fields), Some(Place::at(id(7))));
        assert_eq!(Place::read([("8-1", "done")]), None);
        assert_eq!(Place::read([("cursor", "x")]), None);
    }
}
