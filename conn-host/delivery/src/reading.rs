//! What there is to deliver, read into lanes: from the feed, and from the dead letters that are to go again.

use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use edgewire_contract::ids::EntryId;
use edgewire_contract::keys::Pointer;

use crate::hook::{Ended, Hook, Round};
use crate::lanes::Item;
use crate::ledger::{Again, Item as Entry};
use crate::place::At;
use crate::post::Failure;

/// Entries that are read at once, with their bodies.
const BATCH: usize = 64;
/// Events that wait in lanes: beyond this, and beyond so many bytes of them, nothing more is read.
const WAITING: usize = 128;
const WAITING_BYTES: usize = 4 << 20;
/// How far ahead of an event that nobody takes the others may be: so many entries at most are read again by the next host.
const AHEAD: usize = 1_000;

impl Hook {
    /// Reads as much as there is room for.
    pub async fn read(&mut self, round: &mut Round) -> Result<(), Ended> {
        while round.more.1 && round.has_room() {
            // A webhook that sleeps keeps what is to go again for later.
            let after = round.again_to;
            let letters = match round.record.active {
                true => self.insist(|| self.ledger.again(&round.record, after, BATCH)).await?,
                false => Vec::new(),
            };
            round.more.1 = letters.len() == BATCH;
            self.take_letters(round, letters).await?;
        }
        while round.more.0 && round.has_room() && round.place.ahead() < AHEAD {
            self.feed.borrow_and_update();
            let after = round.place.read_to();
            let (gone, entries) = self.insist(|| self.ledger.feed(after, BATCH)).await?;
            if let Some(gone) = gone.filter(|gone| gone.entry > after) {
                self.bury_gone(round, after, gone);
            }
            round.more.0 = entries.len() == BATCH;
            self.take_entries(round, entries).await?;
        }
        Ok(())
    }

    async fn take_letters(&self, round: &mut Round, letters: Vec<Again>) -> Result<(), Ended> {
        let mut wanted = Vec::with_capacity(letters.len());
        for Again { entry, letter } in letters {
            round.again_to = entry;
            match letter.and_then(|letter| Some((Pointer::parse(&letter.pointer)?, letter.pointer))) {
                Some((pointer, text)) => wanted.push((At::Again(entry), pointer, text)),
                // Another version's, or nonsense: it would be read for ever.
                None => round.left.over.push(entry),
            }
        }
        self.take_wanted(round, wanted).await
    }

    async fn take_entries(&self, round: &mut Round, entries: Vec<Entry>) -> Result<(), Ended> {
        let mut wanted = Vec::new();
        for Entry { entry, text, pointer } in entries {
            if !round.place.saw(entry) {
                continue;
            }
            match pointer.filter(|p| round.record.wants(p.session.as_str(), &p.kind)) {
                Some(pointer) => wanted.push((At::Feed(entry), pointer, text)),
                None => round.place.pass(entry),
            }
        }
        self.take_wanted(round, wanted).await
    }

    async fn take_wanted(&self, round: &mut Round, wanted: Vec<(At, Pointer, String)>) -> Result<(), Ended> {
        let pointers: Vec<&Pointer> = wanted.iter().map(|(_, pointer, _)| pointer).collect();
        let bodies = self.insist(|| self.ledger.bodies(&pointers)).await?;
        for ((at, pointer, text), body) in wanted.into_iter().zip(bodies) {
            let there = body.is_some();
            let item = Item { at, pointer, text, body: Bytes::from(body.unwrap_or_default()) };
            if there {
                round.lanes.push(item);
            } else {
                self.bury_missing(round, &item);
            }
        }
        Ok(())
    }

    /// The feed keeps no longer what stood behind `after`, up to `gone`: one dead letter tells of them all.
    fn bury_gone(&self, round: &mut Round, after: EntryId, gone: Entry) {
        let Entry { entry, text, pointer } = gone;
        let Some(pointer) = pointer.filter(|_| round.place.saw(entry)) else { return };
        let reason = format!(
            "this event and all since {} (unix ms) were dropped before their turn came: the webhook is further behind than \
             events are kept",
            after.ms
        );
        self.bury_kept_no_longer(
            round,
            &Item { at: At::Feed(entry), pointer, text, body: Bytes::new() },
            reason,
        );
    }

    /// An event whose body was trimmed, or went with its session, before its turn came.
    fn bury_missing(&self, round: &mut Round, item: &Item) {
        self.bury_kept_no_longer(round, item, "the event was no longer kept when its turn came".to_owned());
    }

    fn bury_kept_no_longer(&self, round: &mut Round, item: &Item, reason: String) {
        self.outside.counters.missing.fetch_add(1, Relaxed);
        let failure = Failure { reason, answer: None, again: false, refused: false };
        let attempts = round.place.trouble(item.at).0;
        round.bury(item, &failure, None, attempts, self.outside.clock.now_ms());
    }
}

impl Round {
    fn has_room(&self) -> bool {
        self.lanes.len() < WAITING && self.lanes.bytes() < WAITING_BYTES
    }
}
