//! From where on a caller wants events.
//!
//! An event's id says when the event was stored, not where it stands in the organization's feed: there it is a little
//! later. So its pointer is looked for from that time on. When it is not found, because it has been dropped or lies too
//! far, reading begins at that time: some events may come again, none is left out.

use edgewire_contract::ids::{EntryId, EventId, OrganizationId};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::query::Query;
use edgewire_edge::{Call, Gateway, Problem};

/// How many pointers are read at once in search of an event, and how often.
const SEARCH_COUNT: u32 = 500;
const SEARCH_ROUNDS: usize = 20;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// With what happens next.
    Now,
    /// With the oldest that is kept.
    Oldest,
    /// Behind this event.
    After(EventId),
}

impl Since {
    /// Reads the header `Last-Event-ID`, which a browser sends when it comes back, else the query's `since`.
    pub fn read<I>(call: &Call<I>, query: &Query, checks: &mut Checks) -> Self {
        let header = call.header("last-event-id").filter(|id| !id.is_empty());
        let (field, text) = match header {
            Some(text) => ("header.Last-Event-ID", text),
            None => match query.get("since") {
                Some(text) => ("query.since", text),
                None => return Self::Now,
            },
        };
        if text == "0" {
            return Self::Oldest;
        }
        match EventId::parse(text) {
            Ok(id) => Self::After(id),
            Err(_) => {
                checks.note(field, "must be an event's id (evt_ and a ULID) or 0", text);
                Self::Now
            }
        }
    }
}

/// A place in a feed: what is behind `after` is still to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The last feed entry that is done with.
    pub after: EntryId,
    /// Its event, as far as it is known: what a caller can come back with.
    pub event: Option<EventId>,
}

/// Finds the place in the organization's feed.
///
/// # Errors
/// When Redis cannot be asked.
pub async fn find<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    since: Since,
) -> Result<Place, Problem> {
    match since {
        Since::Oldest => Ok(Place { after: EntryId::default(), event: None }),
        Since::Now => {
            let end = gateway.bus.feed_end(organization).await?;
            Ok(end.map_or(Place { after: EntryId::default(), event: None }, |entry| Place {
                after: entry.at,
                event: entry.pointer.map(|pointer| pointer.event_id()),
            }))
        }
        Since::After(event) => after(gateway, organization, event).await,
    }
}

async fn after<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    event: EventId,
) -> Result<Place, Problem> {
    let start = EntryId { ms: event.entry().ms, seq: 0 };
    let mut from = start;
    for _ in 0..SEARCH_ROUNDS {
        let entries = gateway.bus.feed_from(organization, from, SEARCH_COUNT).await?;
        let is_it = |pointer: &edgewire_contract::keys::Pointer| pointer.event_id() == event;
        if let Some(found) = entries.iter().find(|entry| entry.pointer.as_ref().is_some_and(is_it)) {
            return Ok(Place { after: found.at, event: Some(event) });
        }
        match entries.last() {
            Some(last) if entries.len() == SEARCH_COUNT as usize => from = last.at.next(),
            _ => break,
        }
    }
    Ok(Place { after: before(start), event: Some(event) })
}

/// The last entry that there can be before the millisecond of `start`.
fn before(start: EntryId) -> EntryId {
    match start.ms.checked_sub(1) {
        Some(ms) => EntryId { ms, seq: u64::MAX },
        None => EntryId::default(),
    }
}
