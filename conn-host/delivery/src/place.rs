//! How far a webhook is in its organization's feed.
//!
//! One event is in work at a time, so a cursor says it all: everything up to it is done. To work on several chats side
//! by side, keep here which entries above the cursor are done and let the cursor follow the oldest that is not; the
//! failure then belongs to the chat.

use edgewire_contract::ids::EntryId;

/// A webhook's place, as in `keys::hook`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The last entry that is done: delivered, dead or not wanted.
    pub cursor: EntryId,
    /// The entry after it that failed, if one did.
    pub trouble: Option<Trouble>,
    /// Entries that were passed over since the place was last written.
    pub unwritten: usize,
}

/// An entry that its receiver did not take yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// Which.
    pub entry: EntryId,
    /// How often it failed.
    pub attempts: u32,
    /// When to try again, unix ms.
    pub next_at: i64,
}

impl Place {
    /// At `cursor`, with nothing in work.
    pub fn at(cursor: EntryId) -> Self {
        Self { cursor, trouble: None, unwritten: 0 }
    }

    /// Reads the fields `cursor`, `entry`, `attempt`, `next_at`; `None` without a cursor that can be read.
    pub fn read(fields: [Option<String>; 4]) -> Option<Self> {
        let [cursor, entry, attempt, next_at] = fields;
        let trouble = || {
            Some(Trouble {
                entry: EntryId::parse(entry.as_deref()?).ok()?,
                attempts: attempt?.parse().ok()?,
                next_at: next_at?.parse().ok()?,
            })
        };
        Some(Self {
            cursor: EntryId::parse(cursor.as_deref()?).ok()?,
            trouble: trouble().filter(|t| t.attempts > 0),
            unwritten: 0,
        })
    }

    /// The fields and values to write.
    pub fn fields(&self) -> [String; 8] {
        let t = self.trouble.unwrap_or(Trouble { entry: EntryId::default(), attempts: 0, next_at: 0 });
        [
            "cursor".into(),
            self.cursor.to_string(),
            "entry".into(),
            t.entry.to_string(),
            "attempt".into(),
            t.attempts.to_string(),
            "next_at".into(),
            t.next_at.to_string(),
        ]
    }

    /// The entry is not for this webhook. That need not be written each time: reading it again costs little.
    pub fn pass(&mut self, entry: EntryId) {
        self.done(entry);
        self.unwritten += 1;
    }

    /// The entry is delivered or dead.
    pub fn done(&mut self, entry: EntryId) {
        self.cursor = entry;
        self.trouble = None;
    }

    /// What is known of the failures of `entry`.
    pub fn trouble_with(&self, entry: EntryId) -> Option<Trouble> {
        self.trouble.filter(|t| t.entry == entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ms: u64) -> EntryId {
        EntryId { ms, seq: 1 }
    }

    fn written(place: &Place) -> [Option<String>; 4] {
        let fields = place.fields();
        [1, 3, 5, 7].map(|i| Some(fields[i].clone()))
    }

    #[test]
    fn a_place_is_read_back() {
        let trouble = Some(Trouble { entry: id(8), attempts: 3, next_at: 99 });
        for place in [Place::at(id(7)), Place { trouble, ..Place::at(id(7)) }] {
            assert_eq!(Place::read(written(&place)), Some(place));
        }
        assert_eq!(Place::read([None, None, None, None]), None);
    }

    #[test]
    fn a_failure_is_of_one_entry() {
        let trouble = Trouble { entry: id(8), attempts: 3, next_at: 99 };
        let mut place = Place { trouble: Some(trouble), ..Place::at(id(7)) };
        assert_eq!(place.trouble_with(id(8)), Some(trouble));
        assert_eq!(place.trouble_with(id(9)), None);
        place.pass(id(8));
        assert_eq!((place.trouble, place.cursor), (None, id(8)));
    }
}
