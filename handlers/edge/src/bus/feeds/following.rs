//! One reader of a feed on its way.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use edgewire_contract::ids::{EntryId, OrganizationId};
use edgewire_contract::keys::Pointer;
use futures::future::join;

use super::ring::Kept;
use super::{
    AT_ONCE, BATCH_BYTES, BODIES_AT_ONCE, Batch, Feeds, JOIN_MS, Read, SHORTEST_MS, SLICE_MS, Source, Wants,
    read_bodies,
};
use crate::bus::{BusError, FeedEntry, Follow};
use crate::env::Env as _;

/// Follows one organization's feed.
pub struct Following<S: Source> {
    source: S,
    organization: OrganizationId,
    wants: Wants,
    after: EntryId,
    number: u64,
    /// The last that was told is a gap: it goes on until there is an event.
    in_gap: bool,
}

impl<S: Source> Following<S> {
    /// Begins behind `after`.
    pub fn new(source: S, organization: OrganizationId, after: EntryId, wants: Wants) -> Self {
        let number = source.feeds().enter(&organization, wants.clone());
        Self { source, organization, wants, after, number, in_gap: false }
    }

    /// What is behind the place in the ring. `None` when there is nothing, or the ring does not reach back so far.
    async fn next_in_ring(&mut self) -> Result<Option<Batch>, BusError> {
        let kept: Option<Vec<Kept>> = self
            .source
            .feeds()
            .ring(&self.organization, |ring| {
                ring.behind(self.after).map(|entries| entries.take(AT_ONCE as usize).cloned().collect())
            })
            .flatten();
        let Some(mut kept) = kept.filter(|kept| !kept.is_empty()) else { return Ok(None) };
        // What nobody wanted when it came.
        let unread = |entry: &&Kept| {
            entry.body.is_none() && entry.pointer.as_ref().is_some_and(|pointer| (self.wants)(pointer))
        };
        let unread: Vec<_> = kept.iter().filter(unread).take(BODIES_AT_ONCE + 1).collect();
        let stop = unread.get(BODIES_AT_ONCE).map(|entry| entry.at);
        let unread: Vec<_> = unread
            .iter()
            .take(BODIES_AT_ONCE)
            .map(|entry| FeedEntry { at: entry.at, pointer: entry.pointer.as_deref().cloned() })
            .collect();
        for (at, body) in read_bodies(&self.source, &unread, |_| true).await? {
            self.source.feeds().ring(&self.organization, |ring| ring.fill(at, &body));
            if let Some(entry) = kept.iter_mut().find(|entry| entry.at == at) {
                entry.body = Some(body);
            }
        }
        kept.retain(|entry| stop.is_none_or(|stop| entry.at < stop));
        Ok(Some(self.take(kept, None)))
    }

    /// What is behind the place in Redis. `None` when there is nothing.
    async fn next_in_redis(&mut self) -> Result<Option<Batch>, BusError> {
        let (source, organization) = (&self.source, &self.organization);
        let start = source.feeds().ring(organization, |ring| ring.start());
        // In this order: what is dropped between the two has been read.
        let (entries, gone) =
            join(source.page(organization, self.after.next(), AT_ONCE), source.gone(organization)).await;
        let (mut entries, gone) = (entries?, gone?);
        let first = entries.first().map(|entry| entry.at);
        let lost = gone.filter(|gone| self.after < gone.at && first.is_none_or(|first| gone.at < first));
        let Some(first) = first else {
            let Some(lost) = lost else {
                // All that is before the ring has been read.
                self.after = self.after.max(start.unwrap_or_default());
                return Ok(None);
            };
            self.after = lost.at;
            let last = lost.pointer.map(|pointer| pointer.event_id());
            return Ok(Some(Batch { gap: Some(source.env().now_ms()), last, events: Vec::new() }));
        };
        let wanted = |entry: &FeedEntry| entry.pointer.as_ref().is_some_and(|pointer| (self.wants)(pointer));
        // The rest is read when these are told.
        let more = entries.iter().enumerate().filter(|(_, entry)| wanted(entry)).nth(BODIES_AT_ONCE);
        entries.truncate(more.map_or(entries.len(), |(place, _)| place));
        let read = read_bodies(source, &entries, |pointer| (self.wants)(pointer)).await?;
        let hole = self.hole(&entries, &read).await?;
        let mut read = read.into_iter().peekable();
        let kept = entries.into_iter().map(|entry| {
            let body = read.next_if(|(at, _)| *at == entry.at).map(|(_, body)| body);
            Kept { at: entry.at, pointer: entry.pointer.map(Rc::new), body }
        });
        let kept = kept.collect();
        let gap = hole.or(lost.map(|_| first)).map(|from| i64::try_from(from.ms).unwrap_or(i64::MAX));
        Ok(Some(self.take(kept, gap)))
    }

    /// Where the events go on whose bodies have been dropped before, though their session is there: it had more of them
    /// than a session keeps.
    async fn hole(&self, entries: &[FeedEntry], read: &[Read]) -> Result<Option<EntryId>, BusError> {
        let Some(last) = read.iter().rposition(|(_, body)| body.is_none()) else { return Ok(None) };
        let missing = |entry: &&FeedEntry| read.iter().any(|(at, body)| *at == entry.at && body.is_none());
        let pointers = entries.iter().filter(missing).filter_map(|entry| entry.pointer.as_ref());
        let sessions: BTreeSet<_> = pointers.map(|pointer| &pointer.session).collect();
        for session in sessions {
            if self.source.has_events(session).await? {
                return Ok(read.get(last + 1).or(read.get(last)).map(|(at, _)| *at));
            }
        }
        Ok(None)
    }

    /// Moves on over `kept`, as far as the bytes of a batch go.
    fn take(&mut self, kept: Vec<Kept>, gap: Option<i64>) -> Batch {
        let mut batch = Batch { gap: gap.filter(|_| !self.in_gap), ..Batch::default() };
        let mut bytes = 0;
        for entry in kept {
            let wanted: Option<&Rc<Pointer>> = entry.pointer.as_ref().filter(|pointer| (self.wants)(pointer));
            let told = wanted.cloned().zip(entry.body.flatten());
            let size = told.as_ref().map_or(0, |(_, body)| body.len());
            if bytes > 0 && bytes + size > BATCH_BYTES {
                break;
            }
            bytes += size;
            self.after = entry.at;
            batch.last = entry.pointer.map(|pointer| pointer.event_id()).or(batch.last);
            batch.events.extend(told);
        }
        self.in_gap = batch.events.is_empty() && (self.in_gap || gap.is_some());
        batch
    }

    /// Whether all that comes behind the place comes by way of the ring.
    fn is_inside(&self) -> bool {
        self.source.feeds().ring(&self.organization, |ring| self.after >= ring.start()).unwrap_or(false)
    }

    /// Waits for news of all followed feeds, and hands them on.
    async fn lead(&self, wait_ms: u64) -> Result<(), BusError> {
        let feeds = self.source.feeds();
        let news = self.source.news(&feeds.places(), AT_ONCE, wait_ms).await?;
        for (organization, entries) in news {
            for some in entries.chunks(BODIES_AT_ONCE) {
                let wanted = |pointer: &Pointer| feeds.is_wanted(&organization, pointer);
                let read = read_bodies(&self.source, some, wanted).await?;
                feeds.deliver(&organization, some.to_vec(), read);
            }
        }
        Ok(())
    }
}

impl<S: Source> Follow for Following<S> {
    async fn next(&mut self, wait_ms: u64) -> Result<Batch, BusError> {
        let source = self.source.clone();
        let (feeds, env) = (source.feeds(), source.env());
        let until = env.now_ms() + i64::try_from(wait_ms).unwrap_or(i64::MAX);
        let turn = Turn::begin(feeds, self.number, until);
        loop {
            if let Some(error) = feeds.reader(self.number, |reader| reader.failed.take()) {
                return Err(error);
            }
            if let Some(batch) = self.next_in_ring().await? {
                return Ok(batch);
            }
            let has_ring = feeds.ring(&self.organization, |_| ()).is_some();
            if !self.is_inside() {
                if let Some(batch) = self.next_in_redis().await? {
                    return Ok(batch);
                }
                if has_ring {
                    // It may have got more meanwhile.
                    continue;
                }
            }
            let left = until - env.now_ms();
            if left <= 0 {
                return Ok(Batch::default());
            }
            if !has_ring {
                let end = source.end(&self.organization).await?;
                feeds.begin(&self.organization, end.map_or_else(EntryId::default, |entry| entry.at));
            } else if turn.lead() {
                let slice = (feeds.next_due() - env.now_ms()).clamp(SHORTEST_MS, SLICE_MS);
                let led = self.lead(slice as u64).await;
                feeds.wake_due(env.now_ms());
                if let Err(error) = led {
                    feeds.fail(&error);
                    return Err(error);
                }
            } else if !turn.is_read(&self.organization) {
                env.sleep(left.min(JOIN_MS) as u64).await;
                if let Some(batch) = self.next_in_redis().await? {
                    return Ok(batch);
                }
            } else {
                let (bell, rung) = source.bell();
                feeds.reader(self.number, |reader| reader.bell = Some(bell));
                rung.await;
            }
        }
    }
}

impl<S: Source> Drop for Following<S> {
    fn drop(&mut self) {
        self.source.feeds().leave(self.number);
    }
}

/// A reader's wait. Its end passes the lead on.
struct Turn<'a, Bell> {
    feeds: &'a Feeds<Bell>,
    number: u64,
    leads: Cell<bool>,
}

impl<'a, Bell> Turn<'a, Bell> {
    fn begin(feeds: &'a Feeds<Bell>, number: u64, until: i64) -> Self {
        feeds.reader(number, |reader| (reader.due, reader.failed) = (until, None));
        Self { feeds, number, leads: Cell::new(false) }
    }

    /// Takes the lead, if nobody has it; tells whether it is ours.
    fn lead(&self) -> bool {
        let mut state = self.feeds.0.borrow_mut();
        if !state.led {
            state.led = true;
            self.leads.set(true);
        }
        self.leads.get()
    }

    /// Whether the leader is reading this feed, too.
    fn is_read(&self, organization: &OrganizationId) -> bool {
        self.feeds.0.borrow().reading.contains(organization)
    }
}

impl<Bell> Drop for Turn<'_, Bell> {
    fn drop(&mut self) {
        let mut state = self.feeds.0.borrow_mut();
        if let Some(own) = state.readers.iter_mut().find(|reader| reader.number == self.number) {
            (own.due, own.bell) = (0, None);
        }
        if self.leads.get() {
            state.led = false;
            state.reading.clear();
        }
        // Also one that did not lead may leave a lead that was passed to it and not yet taken.
        if state.led {
            return;
        }
        if let Some(next) = state.readers.iter_mut().rev().find(|reader| reader.bell.is_some()) {
            next.bell = None;
        }
    }
}
