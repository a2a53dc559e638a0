//! Feeds: where the readers of an instance get them from.

use edgewire_contract::ids::{EntryId, OrganizationId, SessionId};
use edgewire_contract::keys::{self, Pointer};
use futures::future::LocalBoxFuture;
use spin_sdk::wasip3::wit_bindgen::StreamWriter;

use super::SpinBus;
use super::link::{Args, args};
use crate::bus::feeds::{Feeds, Source};
use crate::bus::flat::Flat;
use crate::bus::{Bus as _, BusError, FeedEntry, flat, replies, together};
use crate::env::Env as _;
use crate::env::spin::SpinEnv;

/// In a cluster, the pause between two looks at all feeds, ms; a millisecond longer for each of them.
const LOOKS_MS: u64 = 50;

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
        let following = &self.0.following;
        if places.len() > 1 && following.is_cluster() {
            return self.news_in_turn(places, count, wait_ms).await;
        }
        let answer = following.blocking("XREAD", read(places, count, Some(wait_ms)), wait_ms).await;
        match answer {
            Ok(answer) => found(places, &answer),
            // Now it is known.
            Err(_) if places.len() > 1 && following.is_cluster() => {
                self.news_in_turn(places, count, wait_ms).await
            }
            Err(error) => Err(error),
        }
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

impl SpinBus {
    /// News in feeds of several slots, which no one command reads: looked at in turn until there are some.
    async fn news_in_turn(
        &self,
        places: &[(OrganizationId, EntryId)],
        count: u32,
        wait_ms: u64,
    ) -> Result<Vec<(OrganizationId, Vec<FeedEntry>)>, BusError> {
        let pause_ms = LOOKS_MS + places.len() as u64;
        let until = SpinEnv.now_ms() + i64::try_from(wait_ms).unwrap_or(i64::MAX / 2);
        loop {
            let looks = places
                .chunks(1)
                .map(|place| async move { self.0.following.call("XREAD", read(place, count, None)).await });
            let (mut news, mut failed) = (Vec::new(), Vec::new());
            for answer in together(looks).await {
                match answer {
                    Ok(answer) => news.extend(found(places, &answer)?),
                    Err(error) => failed.push(error),
                }
            }
            // A node that is away holds up the feeds that it has, and no others.
            if failed.len() == places.len()
                && let Some(error) = failed.pop()
            {
                return Err(error);
            }
            if !news.is_empty() || SpinEnv.now_ms() >= until {
                return Ok(news);
            }
            SpinEnv.sleep(pause_ms).await;
        }
    }
}

/// The arguments of an `XREAD` behind `places`.
fn read(places: &[(OrganizationId, EntryId)], count: u32, wait_ms: Option<u64>) -> Args {
    let mut args = args!["COUNT", count];
    if let Some(wait_ms) = wait_ms {
        args.extend(args!["BLOCK", wait_ms]);
    }
    args.extend(args!["STREAMS"]);
    args.extend(places.iter().map(|(organization, _)| keys::feed(organization).into_bytes()));
    args.extend(places.iter().map(|(_, after)| after.to_string().into_bytes()));
    args
}

/// What it found.
fn found(
    places: &[(OrganizationId, EntryId)],
    answer: &[Flat],
) -> Result<Vec<(OrganizationId, Vec<FeedEntry>)>, BusError> {
    let streams = flat::read(answer)?.into_iter();
    Ok(streams
        .filter_map(|(name, entries)| {
            let (organization, _) =
                places.iter().find(|(organization, _)| keys::feed(organization) == name)?;
            Some((organization.clone(), entries))
        })
        .collect())
}
