//! Lets all readers of feeds of an instance share one blocking connection, and what it brings.
//!
//! * this file: who reads for whom; [`ring`]: what is kept of a feed; [`following`]: one reader on its way.
//!
//! Of the readers that wait, one *leads*: it waits for news in all followed feeds at once, in slices of at most a second,
//! reads the bodies that somebody wants, puts both into the feeds' rings and wakes their readers. Each takes from the ring
//! what is behind its own place. A reader whose place is before the ring (it has just come, or is slow) reads by itself,
//! without waiting, until it is inside. So an idle reader costs its place and what it wants, and neither a connection nor
//! a timer: the leader's slices are the clock of all the others.
//!
//! A leader that has something to tell its own client goes, since that may take long, and wakes another to lead. Nothing
//! is taken off a feed, so a read that was broken off is made again by the next leader. As in
//! [`replies`](super::replies), the requests of an instance cannot wake one another but by a [bell](Source::Bell).

mod following;
mod ring;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use edgewire_contract::ids::{EntryId, EventId, OrganizationId, SessionId};
use edgewire_contract::keys::Pointer;
use futures::future::LocalBoxFuture;

pub use self::following::Following;
use self::ring::Ring;
use super::{BusError, FeedEntry};
use crate::env::Env;

/// How many entries are read at once.
const AT_ONCE: u32 = 100;
/// How many bodies are read at once.
const BODIES_AT_ONCE: usize = 32;
/// How many bytes of bodies a reader gets at once; one that is larger comes alone.
const BATCH_BYTES: usize = 64 << 10;
/// The longest wait of a leader, ms: how late the others may learn that their time is over.
const SLICE_MS: i64 = 1_000;
/// The shortest, ms: 0 would be for ever.
const SHORTEST_MS: i64 = 10;
/// How often a reader looks by itself, ms, while a leader is at a read that does not have its feed.
const JOIN_MS: i64 = 100;

/// Whether a reader wants the event at a pointer.
pub type Wants = Rc<dyn Fn(&Pointer) -> bool>;

/// Where feeds come from.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Source: Clone + 'static {
    /// Rings when it is dropped.
    type Bell: 'static;
    /// The clock.
    type Env: Env;
    /// See [`Feeds`].
    fn feeds(&self) -> &Feeds<Self::Bell>;
    /// The clock.
    fn env(&self) -> &Self::Env;
    /// A bell, and a future that ends when it rings.
    fn bell(&self) -> (Self::Bell, LocalBoxFuture<'static, ()>);
    /// Up to `count` entries of each feed behind its place; when none has any, waits up to `wait_ms` for the first.
    async fn news(
        &self,
        places: &[(OrganizationId, EntryId)],
        count: u32,
        wait_ms: u64,
    ) -> Result<Vec<(OrganizationId, Vec<FeedEntry>)>, BusError>;
    /// Up to `count` entries from `from` on, itself included.
    async fn page(
        &self,
        organization: &OrganizationId,
        from: EntryId,
        count: u32,
    ) -> Result<Vec<FeedEntry>, BusError>;
    /// The newest entry.
    async fn end(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError>;
    /// The last entry that has been dropped.
    async fn gone(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError>;
    /// The events that `pointers` lead to.
    async fn bodies(&self, pointers: &[Pointer]) -> Result<Vec<Option<String>>, BusError>;
    /// Whether the session has any events. One that was deleted has none.
    async fn has_events(&self, session: &SessionId) -> Result<bool, BusError>;
}

/// What a reader gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Events behind the reader's place have been dropped; they are there from this time on (unix ms).
    pub gap: Option<i64>,
    /// The last event that was passed, wanted or not.
    pub last: Option<EventId>,
    /// The events that it wants, in order. One whose body is gone is left out: a session that was deleted leaves no gap.
    pub events: Vec<(Rc<Pointer>, Rc<str>)>,
}

/// The feeds that one instance follows, and its readers.
pub struct Feeds<Bell>(RefCell<State<Bell>>);

struct State<Bell> {
    led: bool,
    /// The feeds that the leader's read has.
    reading: Vec<OrganizationId>,
    next: u64,
    rings: BTreeMap<OrganizationId, Ring>,
    readers: Vec<Reader<Bell>>,
}

struct Reader<Bell> {
    number: u64,
    organization: OrganizationId,
    wants: Wants,
    /// Until when it waits.
    due: i64,
    /// The leader's read failed.
    failed: Option<BusError>,
    /// There while it sleeps.
    bell: Option<Bell>,
}

impl<Bell> Default for Feeds<Bell> {
    fn default() -> Self {
        Self(RefCell::new(State {
            led: false,
            reading: Vec::new(),
            next: 0,
            rings: BTreeMap::new(),
            readers: Vec::new(),
        }))
    }
}

impl<Bell> Feeds<Bell> {
    /// Enters a reader, and gives its number.
    fn enter(&self, organization: &OrganizationId, wants: Wants) -> u64 {
        let mut state = self.0.borrow_mut();
        let number = state.next;
        state.next += 1;
        let organization = organization.clone();
        state.readers.push(Reader { number, organization, wants, due: 0, failed: None, bell: None });
        number
    }

    /// A reader goes. A feed that nobody follows any more is forgotten.
    fn leave(&self, number: u64) {
        let state = &mut *self.0.borrow_mut();
        state.readers.retain(|reader| reader.number != number);
        let readers = &state.readers;
        state.rings.retain(|organization, _| readers.iter().any(|r| r.organization == *organization));
    }

    fn reader<T>(&self, number: u64, f: impl FnOnce(&mut Reader<Bell>) -> T) -> T {
        let mut state = self.0.borrow_mut();
        let own = state.readers.iter_mut().find(|reader| reader.number == number);
        f(own.expect("is there until it is dropped"))
    }

    /// Looks at a feed's ring, if there is one.
    fn ring<T>(&self, organization: &OrganizationId, f: impl FnOnce(&mut Ring) -> T) -> Option<T> {
        self.0.borrow_mut().rings.get_mut(organization).map(f)
    }

    /// From now on the feed is followed, from `end` on. If it is already, that stands.
    fn begin(&self, organization: &OrganizationId, end: EntryId) {
        self.0.borrow_mut().rings.entry(organization.clone()).or_insert_with(|| Ring::new(end));
    }

    /// What a leader has to read: every followed feed, from the end of its ring on.
    fn places(&self) -> Vec<(OrganizationId, EntryId)> {
        let mut state = self.0.borrow_mut();
        let places: Vec<_> = state.rings.iter().map(|(name, ring)| (name.clone(), ring.end())).collect();
        state.reading = places.iter().map(|(name, _)| name.clone()).collect();
        places
    }

    /// When the first of those who wait wants to be woken.
    fn next_due(&self) -> i64 {
        let state = self.0.borrow();
        state.readers.iter().map(|reader| reader.due).filter(|due| *due > 0).min().unwrap_or(i64::MAX)
    }

    fn is_wanted(&self, organization: &OrganizationId, pointer: &Pointer) -> bool {
        let state = self.0.borrow();
        state.readers.iter().any(|r| r.organization == *organization && (r.wants)(pointer))
    }

    /// Puts entries into the ring of their feed, the bodies of `read` with them, and wakes its readers.
    fn deliver(&self, organization: &OrganizationId, entries: Vec<FeedEntry>, read: Vec<Read>) {
        let state = &mut *self.0.borrow_mut();
        let share = ring::share(state.rings.len());
        let Some(ring) = state.rings.get_mut(organization) else { return };
        let mut read = read.into_iter().peekable();
        for entry in entries {
            let body = read.next_if(|(at, _)| *at == entry.at).map(|(_, body)| body);
            ring.push(entry, body, share);
        }
        state.readers.iter_mut().filter(|r| r.organization == *organization).for_each(|r| r.bell = None);
    }

    /// Tells all who sleep that the leader's read failed.
    fn fail(&self, error: &BusError) {
        let mut state = self.0.borrow_mut();
        for reader in state.readers.iter_mut().filter(|reader| reader.bell.is_some()) {
            reader.failed = Some(error.clone());
            reader.bell = None;
        }
    }

    fn wake_due(&self, now: i64) {
        let mut state = self.0.borrow_mut();
        state.readers.iter_mut().filter(|r| r.due <= now).for_each(|r| r.bell = None);
    }
}

/// The body that was read for the entry at a place; `None` when there is none any more.
type Read = (EntryId, Option<Rc<str>>);

/// Reads the bodies of those `entries` that are `wanted`, which are some dozens at most.
async fn read_bodies<S: Source>(
    source: &S,
    entries: &[FeedEntry],
    wanted: impl Fn(&Pointer) -> bool,
) -> Result<Vec<Read>, BusError> {
    let wanted = entries.iter().filter_map(|entry| {
        let pointer = entry.pointer.as_ref().filter(|pointer| wanted(pointer))?;
        Some((entry.at, pointer.clone()))
    });
    let (places, pointers): (Vec<_>, Vec<_>) = wanted.unzip();
    if pointers.is_empty() {
        return Ok(Vec::new());
    }
    let bodies = source.bodies(&pointers).await?;
    Ok(places.into_iter().zip(bodies.into_iter().map(|body| body.map(Rc::from))).collect())
}
