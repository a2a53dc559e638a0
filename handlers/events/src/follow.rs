//! Reads on in an organization's feed: the pointers that a filter lets through, and the events that they lead to.

use edgewire_contract::event::with_id;
use edgewire_contract::ids::{EventId, OrganizationId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::{Bus, BusError, FeedEntry, FeedReader as _};

use crate::cursor::Place;
use crate::filter::Filter;

/// How many pointers are read at once. Their events may be some kB each.
const AT_ONCE: u32 = 100;

/// An event as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub id: EventId,
    /// Its kind.
    pub kind: String,
    /// All of it, its id included.
    pub json: String,
}

/// Follows one organization's feed.
pub struct Follower<B: Bus> {
    bus: B,
    feed: B::Feed,
    organization: OrganizationId,
    filter: Filter,
    /// How far it is.
    pub place: Place,
}

impl<B: Bus> Follower<B> {
    /// Begins at `place`.
    pub fn new(bus: B, organization: OrganizationId, filter: Filter, place: Place) -> Self {
        Self { feed: bus.feed(), bus, organization, filter, place }
    }

    /// The next events for the holder of `token`, after a wait of up to `wait_ms` when there are none. May be none all
    /// the same: those that came may not be his.
    ///
    /// # Errors
    /// When Redis fails; the place stays, and the next call tries again.
    pub async fn next(&mut self, token: &TokenRecord, wait_ms: u64) -> Result<Vec<Told>, BusError> {
        let entries = self.feed.read(&self.organization, self.place.after, AT_ONCE, wait_ms).await?;
        self.tell(entries, token).await
    }

    /// As [`Self::next`], without a wait.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn ready(&mut self, token: &TokenRecord) -> Result<Vec<Told>, BusError> {
        loop {
            let from = self.place.after.next();
            let entries = self.bus.feed_from(&self.organization, from, AT_ONCE).await?;
            let none = entries.is_empty();
            let told = self.tell(entries, token).await?;
            if none || !told.is_empty() {
                return Ok(told);
            }
        }
    }

    async fn tell(&mut self, entries: Vec<FeedEntry>, token: &TokenRecord) -> Result<Vec<Told>, BusError> {
        let Some(last) = entries.last() else { return Ok(Vec::new()) };
        let last_event = entries.iter().rev().find_map(|entry| entry.pointer.as_ref()).map(Pointer::event_id);
        let place = Place { after: last.at, event: last_event.or(self.place.event) };
        let pointers: Vec<Pointer> = entries
            .into_iter()
            .filter_map(|entry| entry.pointer)
            .filter(|pointer| self.filter.lets_through(pointer, token))
            .collect();
        let bodies = self.bus.bodies(&pointers).await?;
        self.place = place;
        let events = pointers.into_iter().zip(bodies);
        Ok(events.filter_map(|(pointer, body)| told(pointer, &body?)).collect())
    }
}

/// `None` for what is no event of ours: it is skipped, as one that has been dropped.
fn told(pointer: Pointer, stored: &str) -> Option<Told> {
    let id = pointer.event_id();
    Some(Told { id, kind: pointer.kind, json: with_id(stored, id)? })
}
