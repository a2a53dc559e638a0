//! Feeds: what readers get of them. A wait passes its whole time, unless an event comes meanwhile.

use std::future::pending;

use edgewire_contract::ids::{EntryId, OrganizationId, SessionId};
use edgewire_contract::keys::Pointer;
use futures::future::{FutureExt as _, LocalBoxFuture};

use super::FakeBus;
use crate::bus::feeds::{Feeds, Source};
use crate::bus::{Bus, BusError, FeedEntry};
use crate::env::fake::FakeEnv;

impl Source for FakeBus {
    type Bell = ();
    type Env = FakeEnv;

    fn feeds(&self) -> &Feeds<()> {
        &self.feeds
    }

    fn env(&self) -> &FakeEnv {
        &self.env
    }

    fn bell(&self) -> ((), LocalBoxFuture<'static, ()>) {
        // Tests have one reader at a time: it leads.
        ((), pending().boxed_local())
    }

    async fn news(
        &self,
        places: &[(OrganizationId, EntryId)],
        count: u32,
        wait_ms: u64,
    ) -> Result<Vec<(OrganizationId, Vec<FeedEntry>)>, BusError> {
        self.up()?;
        let ready = || -> Vec<_> {
            let read = |(organization, after): &(OrganizationId, EntryId)| {
                let entries = self.with(|state| state.feed_from(organization, after.next(), count));
                (organization.clone(), entries)
            };
            places.iter().map(read).filter(|(_, entries)| !entries.is_empty()).collect()
        };
        let news = ready();
        if !news.is_empty() {
            return Ok(news);
        }
        let came = self.with(|state| {
            let (pointer, stored) = state.later.pop_front()?;
            state.add_event(pointer, stored);
            Some(())
        });
        if came.is_none() {
            self.env.pass(wait_ms as i64);
        }
        Ok(ready())
    }

    async fn page(
        &self,
        organization: &OrganizationId,
        from: EntryId,
        count: u32,
    ) -> Result<Vec<FeedEntry>, BusError> {
        self.feed_from(organization, from, count).await
    }

    async fn end(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        self.feed_end(organization).await
    }

    async fn gone(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        self.feed_gone(organization).await
    }

    async fn bodies(&self, pointers: &[Pointer]) -> Result<Vec<Option<String>>, BusError> {
        Bus::bodies(self, pointers).await
    }

    async fn has_events(&self, session: &SessionId) -> Result<bool, BusError> {
        Ok(self.with(|state| state.bodies.keys().any(|(owner, _)| owner == session)))
    }
}
