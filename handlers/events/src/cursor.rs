//! From where on a caller wants events.
//!
//! An event's id says when the event was stored, not where it stands in the organization's feed: there it is a little
//! later, or a good deal, when nobody relayed for a while. So its pointer is looked for from that time on, as far as the
//! feed goes or until a later event of the same session shows that it has been dropped. A caller whose event is found goes
//! on right behind it: nothing is left out, nothing comes again. One whose event has been dropped begins with the oldest
//! that is kept, and is told of the gap. Only for an id that was never an event of this feed does reading begin at its
//! time.

use edgewire_contract::ids::{EntryId, EventId, OrganizationId};
use edgewire_contract::keys::Pointer;
use edgewire_edge::bus::{Bus, FeedEntry};
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::query::Query;
use edgewire_edge::{Call, Gateway, Problem};

/// How many pointers are read at once in search of an event: at first, and then. An event is mostly among the first.
const FIRST_SEARCH: u32 = 200;
const SEARCH: u32 = 2_000;

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
    let gone = async || gateway.bus.feed_gone(organization).await;
    match since {
        // Who asks for what is kept misses nothing of what is not.
        Since::Oldest => {
            Ok(Place { after: gone().await?.map_or_else(EntryId::default, |entry| entry.at), event: None })
        }
        Since::Now => {
            let end = gateway.bus.feed_end(organization).await?;
            Ok(end.map_or(Place { after: EntryId::default(), event: None }, |entry| Place {
                after: entry.at,
                event: entry.pointer.map(|pointer| pointer.event_id()),
            }))
        }
        Since::After(event) => {
            let after = after(gateway, organization, event, gone().await?).await?;
            Ok(Place { after, event: Some(event) })
        }
    }
}

/// The place behind `event` in the feed, whose last dropped entry is `gone`.
async fn after<B: Bus, E: Env>(
    gateway: &Gateway<B, E>,
    organization: &OrganizationId,
    event: EventId,
    gone: Option<FeedEntry>,
) -> Result<EntryId, Problem> {
    let is_it = |entry: &FeedEntry| entry.pointer.as_ref().is_some_and(|p| p.event_id() == event);
    if let Some(gone) = gone.as_ref().filter(|gone| is_it(gone)) {
        return Ok(gone.at);
    }
    let start = EntryId { ms: event.entry().ms, seq: 0 };
    // An event that the caller has read stands in the feed, and everything before it has been dropped or is there still.
    let (mut from, mut count) = (start.max(gone.map_or(start, |gone| gone.at.next())), FIRST_SEARCH);
    loop {
        let entries = gateway.bus.feed_from(organization, from, count).await?;
        if let Some(found) = entries.iter().find(|entry| is_it(entry)) {
            return Ok(found.at);
        }
        // The events of one session stand in the feed in their order.
        let is_later = |entry: &FeedEntry| {
            let later = |p: &Pointer| event.is_of(&p.session) && p.entry > event.entry();
            entry.pointer.as_ref().is_some_and(later)
        };
        match entries.last() {
            Some(last) if entries.len() == count as usize && !entries.iter().any(is_later) => {
                (from, count) = (last.at.next(), SEARCH);
            }
            _ => break,
        }
    }
    // Before its time, and not before the end: what happens from now on is told in any case.
    let end = gateway.bus.feed_end(organization).await?.map_or_else(EntryId::default, |entry| entry.at);
    Ok(before(start).min(end))
}

/// The last entry that there can be before the millisecond of `start`.
fn before(start: EntryId) -> EntryId {
    match start.ms.checked_sub(1) {
        Some(ms) => EntryId { ms, seq: u64::MAX },
        None => EntryId::default(),
    }
}
