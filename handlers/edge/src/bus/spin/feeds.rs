//! Feeds: where the readers of an instance get them from.

use edgewire_contract::ids::{EntryId, OrganizationId, SessionId};
use edgewire_contract::keys::{self, Pointer};
use futures::future::LocalBoxFuture;
use spin_sdk::wasip3::wit_bindgen::StreamWriter;

use super::SpinBus;
use super::link::args;
use crate::bus::feeds::{Feeds, Source};
use crate::bus::flat::Flat;
use crate::bus::{Bus as _, BusError, FeedEntry, flat, replies};
use crate::env::spin::SpinEnv;

impl Source for SpinBus {
    type Bell = StreamWriter<u8>;
    type Env = SpinEnv;

    fn feeds(&self) -> &Feeds<StreamWriter<u8>> {
        &self.0.feeds
    }

    fn env(&self) -> &SpinEnv {
        &SpinEnv
    }

    fn bell(&self) -> (StreamWriter<u8>, LocalBoxFuture<'static, ()>) {
        replies::Source::bell(self)
    }

    async fn news(
        &self,
        places: &[(OrganizationId, EntryId)],
        count: u32,
        wait_ms: u64,
    ) -> Result<Vec<(OrganizationId, Vec<FeedEntry>)>, BusError> {
        let wait_ms = wait_ms.max(1); // 0 would be for ever
        let feeds: Vec<_> = places.iter().map(|(organization, _)| keys::feed(organization)).collect();
        let mut args = args!["COUNT", count, "BLOCK", wait_ms, "STREAMS"];
        args.extend(feeds.iter().map(|feed| feed.clone().into_bytes()));
        args.extend(places.iter().map(|(_, after)| after.to_string().into_bytes()));
        let answer = self.0.following.blocking("XREAD", args, wait_ms).await?;
        let streams = flat::read(&answer)?.into_iter();
        Ok(streams
            .filter_map(|(name, entries)| {
                let place = feeds.iter().position(|feed| feed == name)?;
                Some((places[place].0.clone(), entries))
            })
            .collect())
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
        // The bus's own, which has the same name.
        crate::bus::Bus::bodies(self, pointers).await
    }

    async fn has_events(&self, session: &SessionId) -> Result<bool, BusError> {
        let key = keys::events(self.shard_of(session).await?, session);
        Ok(self.link().call("EXISTS", args![key]).await?.first().and_then(Flat::number) == Some(1))
    }
}
