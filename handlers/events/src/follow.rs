//! Reads on in an organization's feed: the events that a filter lets through.

use std::cell::RefCell;
use std::rc::Rc;

use edgewire_contract::event::with_id;
use edgewire_contract::ids::{EventId, OrganizationId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::token::TokenRecord;
use edgewire_edge::bus::{Bus, BusError, Follow as _};

use crate::cursor::Place;
use crate::filter::Filter;

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

/// What comes next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Before these events there were others, which have been dropped: events are there from this time on, unix ms.
    pub gap: Option<i64>,
    /// The events, perhaps none.
    pub events: Vec<Told>,
}

/// Follows one organization's feed for the holder of a token.
pub struct Follower<B: Bus> {
    feed: B::Follow,
    token: Rc<RefCell<TokenRecord>>,
    /// The last event that was passed, told or not: what a caller can come back with.
    pub last: Option<EventId>,
}

impl<B: Bus> Follower<B> {
    /// Begins at `place`.
    pub fn new(
        bus: &B,
        organization: &OrganizationId,
        filter: Filter,
        token: TokenRecord,
        place: Place,
    ) -> Self {
        let token = Rc::new(RefCell::new(token));
        let own = token.clone();
        let wants = Rc::new(move |pointer: &Pointer| filter.lets_through(pointer, &own.borrow()));
        Self { feed: bus.follow(organization, place.after, wants), token, last: place.event }
    }

    /// From now on it is followed for the holder of this token.
    pub fn hold(&self, token: TokenRecord) {
        *self.token.borrow_mut() = token;
    }

    /// The next events, after a wait of up to `wait_ms` when there are none. May be none all the same: those that came may
    /// not be his.
    ///
    /// # Errors
    /// When Redis fails; the place stays, and the next call tries again.
    pub async fn next(&mut self, wait_ms: u64) -> Result<News, BusError> {
        let batch = self.feed.next(wait_ms).await?;
        self.last = batch.last.or(self.last);
        let events = batch.events.iter().filter_map(|(pointer, body)| told(pointer, body)).collect();
        Ok(News { gap: batch.gap, events })
    }

    /// What is there already, without a wait: up to the first events that are his, or to the end.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn ready(&mut self) -> Result<News, BusError> {
        let mut gap = None;
        loop {
            let before = self.last;
            let news = self.next(0).await?;
            gap = gap.or(news.gap);
            if !news.events.is_empty() || self.last == before {
                return Ok(News { gap, ..news });
            }
        }
    }
}

/// `None` for what is no event of ours: it is skipped, as one that has been dropped.
fn told(pointer: &Pointer, stored: &str) -> Option<Told> {
    let id = pointer.event_id();
    Some(Told { id, kind: pointer.kind.clone(), json: with_id(stored, id)? })
}
