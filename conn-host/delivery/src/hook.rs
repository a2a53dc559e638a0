//! One webhook: a task that goes through its organization's feed, one event at a time.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::ids::EntryId;
use edgewire_contract::webhook::{DeadLetter, Webhook};
use edgewire_outbound::Limits;
use edgewire_store::StoreError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::backoff;
use crate::ledger::{Item, Ledger};
use crate::outside::Outside;
use crate::place::{Place, Trouble};
use crate::post::{Failure, Verdict, post};
use crate::settings::Settings;

/// Entries that are read at once, with their bodies.
const BATCH: usize = 32;
/// So many entries that were not for this webhook may be forgotten by a crash, and be looked at again.
const UNWRITTEN: usize = 200;
/// A look at the feed without having been woken: insurance, not a mechanism.
const LOOK: Duration = Duration::from_secs(10);
/// The pause before Redis is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Why a webhook's task came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// The webhook was deleted.
    Gone,
    /// The organization's lease is another host's.
    Fenced,
}

/// What the task works with.
pub struct Hook {
    pub ledger: Arc<Ledger>,
    pub settings: Arc<Settings>,
    pub outside: Outside,
    /// The webhook's record, as it is now.
    pub record: watch::Receiver<Arc<Webhook>>,
    /// The feed's newest entry.
    pub feed: watch::Receiver<EntryId>,
    /// Ends the task after the attempt in flight.
    pub stop: CancellationToken,
}

impl Hook {
    /// Delivers until something ends it.
    pub async fn run(mut self) -> Ended {
        match self.follow().await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn follow(&mut self) -> Result<Infallible, Ended> {
        let record = self.record.borrow().clone();
        let mut place = self.insist(|| self.ledger.place(&record)).await?;
        loop {
            self.feed.borrow_and_update();
            let record = self.record.borrow_and_update().clone();
            let items = self.insist(|| self.ledger.feed(place.cursor, BATCH)).await?;
            let worked = if items.is_empty() {
                self.idle().await
            } else {
                self.work(&record, &mut place, &items).await
            };
            // The last write also clears up after a webhook that was deleted.
            if place.unwritten >= UNWRITTEN || worked == Err(Ended::Stopped) {
                self.write(&record, &mut place, None).await?;
            }
            worked?;
        }
    }

    /// Waits for the feed to grow.
    async fn idle(&mut self) -> Result<(), Ended> {
        tokio::select! {
            () = self.stop.cancelled() => Err(Ended::Stopped),
            grown = self.feed.changed() => grown.map_err(|_| Ended::Stopped),
            () = tokio::time::sleep(LOOK) => Ok(()),
        }
    }

    /// Goes through `items` in order. Returns early when the record changes: the cursor says where to go on.
    async fn work(&mut self, record: &Webhook, place: &mut Place, items: &[Item]) -> Result<(), Ended> {
        let wanted =
            |item: &&Item| item.pointer.as_ref().is_some_and(|p| record.wants(p.session.as_str(), &p.kind));
        let pointers: Vec<_> = items.iter().filter(wanted).filter_map(|item| item.pointer.as_ref()).collect();
        let mut bodies = self.insist(|| self.ledger.bodies(&pointers)).await?.into_iter();
        for item in items {
            match self.record.has_changed() {
                _ if self.stop.is_cancelled() => return Err(Ended::Stopped),
                Err(_) => return Err(Ended::Stopped),
                Ok(true) => return Ok(()),
                Ok(false) => {}
            }
            if !wanted(&item) {
                place.pass(item.entry);
                continue;
            }
            match bodies.next().flatten() {
                Some(body) => self.deliver(record, place, item, body).await?,
                None => self.bury_missing(record, place, item).await?,
            }
        }
        Ok(())
    }

    /// Tries until the receiver has the event, or it is dead. Returns with neither when the record changes meanwhile.
    async fn deliver(
        &mut self,
        record: &Webhook,
        place: &mut Place,
        item: &Item,
        body: String,
    ) -> Result<(), Ended> {
        let id = item.pointer.as_ref().map(|p| p.event_id().to_string()).unwrap_or_default();
        let body = bytes::Bytes::from(body);
        loop {
            if let Some(trouble) = place.trouble_with(item.entry)
                && !self.pause_until(trouble.next_at).await?
            {
                place.trouble = Some(Trouble { next_at: 0, ..trouble });
                return Ok(());
            }
            let verdict = self.attempt(record, &id, body.clone()).await?;
            let counters = &self.outside.counters;
            counters.lag_ms.store(self.outside.clock.now_ms() - entered(item.entry), Relaxed);
            let failure = match verdict {
                Verdict::Delivered => {
                    place.done(item.entry);
                    let written = self.write(record, place, None).await;
                    counters.delivered.fetch_add(1, Relaxed);
                    return written;
                }
                Verdict::Failed(failure) => failure,
            };
            counters.failed.fetch_add(1, Relaxed);
            counters.refused.fetch_add(failure.refused.into(), Relaxed);
            let attempts = place.trouble_with(item.entry).map_or(0, |t| t.attempts) + 1;
            if !failure.again || attempts >= self.settings.attempts {
                return self.bury(record, place, item, &failure, attempts).await;
            }
            debug!(
                webhook.id = %record.id, event.id = %id, attempts, reason = %failure.reason,
                "a webhook's receiver did not take an event; trying again"
            );
            let pause = backoff::pause(&self.settings, attempts, self.outside.chance.next());
            let next_at = self.outside.clock.now_ms() + i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
            place.trouble = Some(Trouble { entry: item.entry, attempts, next_at });
            self.write(record, place, None).await?;
        }
    }

    /// One attempt. When the task is to stop, it may still end within the drain time; its receiver may have the event.
    async fn attempt(&self, record: &Webhook, id: &str, body: bytes::Bytes) -> Result<Verdict, Ended> {
        let limits = Limits { total: self.settings.timeout, ..Limits::WEBHOOK };
        let now = self.outside.clock.now_ms();
        let drained = async {
            self.stop.cancelled().await;
            tokio::time::sleep(self.settings.drain).await;
        };
        tokio::select! {
            verdict = post(&self.outside.client, record, id, body, now, limits) => Ok(verdict),
            () = drained => Err(Ended::Stopped),
        }
    }

    /// Waits for the next attempt. `false` when the record changed: perhaps its new URL works at once.
    async fn pause_until(&mut self, next_at: i64) -> Result<bool, Ended> {
        let left = u64::try_from(next_at - self.outside.clock.now_ms()).unwrap_or(0);
        let longest =
            u64::try_from(self.settings.max_delay.as_millis()).unwrap_or(u64::MAX).saturating_mul(2);
        // A clock that jumped must not keep a receiver waiting for days.
        let pause = self.outside.clock.sleep(Duration::from_millis(left.min(longest)));
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Ended::Stopped),
            changed = self.record.changed() => {
                changed.map_err(|_| Ended::Stopped)?;
                self.record.mark_changed();
                Ok(false)
            }
            () = pause => Ok(true),
        }
    }

    /// An event whose body was trimmed, or went with its session, before its turn came.
    async fn bury_missing(&self, record: &Webhook, place: &mut Place, item: &Item) -> Result<(), Ended> {
        self.outside.counters.missing.fetch_add(1, Relaxed);
        let reason = "the event was no longer kept when its turn came".to_owned();
        let failure = Failure { reason, status: None, again: false, refused: false };
        let attempts = place.trouble_with(item.entry).map_or(0, |t| t.attempts);
        self.bury(record, place, item, &failure, attempts).await
    }

    async fn bury(
        &self,
        record: &Webhook,
        place: &mut Place,
        item: &Item,
        failure: &Failure,
        attempts: u32,
    ) -> Result<(), Ended> {
        let dead = DeadLetter {
            v: CONTRACT_VERSION,
            event_id: item.pointer.as_ref().map(|p| p.event_id().to_string()).unwrap_or_default(),
            pointer: item.text.clone(),
            reason: failure.reason.clone(),
            status: failure.status,
            attempts,
            at: self.outside.clock.now_ms(),
        };
        place.done(item.entry);
        self.write(record, place, Some(&dead)).await?;
        self.outside.counters.dead.fetch_add(1, Relaxed);
        warn!(
            webhook.id = %record.id, event.id = %dead.event_id, attempts, reason = %dead.reason,
            "an event became a webhook's dead letter"
        );
        Ok(())
    }

    /// Writes the place, however long Redis is away.
    async fn write(
        &self,
        record: &Webhook,
        place: &mut Place,
        dead: Option<&DeadLetter>,
    ) -> Result<(), Ended> {
        let now = place.clone();
        let there = self.insist(|| self.ledger.write(record, &now, dead, self.settings.dead_kept)).await?;
        place.unwritten = 0;
        if there { Ok(()) } else { Err(Ended::Gone) }
    }

    /// Asks Redis until it answers. Once the task is to stop, asks no more than once.
    async fn insist<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Ended>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut said = false;
        loop {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(StoreError::Fenced) => return Err(Ended::Fenced),
                Err(error) if !said => warn!(%error, "webhooks cannot be read or written; trying again"),
                Err(_) => {}
            }
            said = true;
            tokio::select! {
                () = self.stop.cancelled() => return Err(Ended::Stopped),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
}

/// When the entry came into the feed, unix ms.
fn entered(entry: EntryId) -> i64 {
    i64::try_from(entry.ms).unwrap_or(i64::MAX)
}
