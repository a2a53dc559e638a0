//! What becomes of an attempt: the event is done, waits for the next one, or is given up.

use std::sync::atomic::Ordering::Relaxed;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::webhook::{Cause, DeadLetter, Delivery, Ending};
use tracing::{debug, info, warn};

use crate::backoff;
use crate::breaker;
use crate::counters::Counters;
use crate::hook::{Over, Round};
use crate::lanes::Item;
use crate::outside::Outside;
use crate::place::At;
use crate::post::{Failure, Verdict};

/// What is counted once it is written down.
#[derive(Debug, Default)]
pub struct Tally {
    delivered: u64,
    dead: u64,
}

impl Tally {
    /// Counts it, once.
    pub fn count(&mut self, counters: &Counters) {
        let Self { delivered, dead } = std::mem::take(self);
        counters.delivered.fetch_add(delivered, Relaxed);
        counters.dead.fetch_add(dead, Relaxed);
    }
}

impl Round {
    /// Takes in what became of an attempt.
    pub fn take(&mut self, over: Over, outside: &Outside) {
        let Over { lane, item, attempt } = over;
        let now = outside.clock.now_ms();
        if let At::Feed(entry) = item.at {
            let entered = i64::try_from(entry.ms).unwrap_or(i64::MAX);
            outside.counters.lag_ms.store(now - entered, Relaxed);
        }
        let attempts = self.place.trouble(item.at).0.saturating_add(1);
        let (ending, failure) = match &attempt.verdict {
            Verdict::Delivered => {
                breaker::succeeded(&mut self.breaker);
                self.tally.delivered += 1;
                self.settled(&item);
                self.lanes.finish(&lane);
                (Ending::Delivered, None)
            }
            Verdict::Failed(failure) => {
                outside.counters.failed.fetch_add(1, Relaxed);
                outside.counters.refused.fetch_add(failure.refused.into(), Relaxed);
                if breaker::failed(&mut self.breaker, &self.settings, now, outside.chance.next()) {
                    let failures = self.breaker.failures;
                    info!(webhook.id = %self.record.id, failures, "a webhook's receiver is left alone for a while");
                }
                let dead = !failure.again || attempts >= self.settings.attempts;
                if dead {
                    self.bury(&item, failure, attempt.status, attempts, now);
                    self.lanes.finish(&lane);
                } else {
                    self.try_again(&item, failure, attempts, now, outside);
                    self.lanes.again(&lane);
                }
                (if dead { Ending::Dead } else { Ending::Failed }, Some(failure))
            }
        };
        self.left.log.push(Delivery {
            v: CONTRACT_VERSION,
            event_id: item.pointer.event_id().to_string(),
            event: item.pointer.kind.clone(),
            session: item.pointer.session.to_string(),
            cause: if matches!(item.at, At::Again(_)) { Cause::Replay } else { Cause::Event },
            attempt: attempts,
            ending,
            status: attempt.status,
            latency_ms: attempt.latency_ms,
            reason: failure.map(|failure| failure.reason.clone()),
            answer: failure.and_then(|failure| failure.answer.clone()),
            at: now,
        });
    }

    /// Gives an event up.
    pub fn bury(&mut self, item: &Item, failure: &Failure, status: Option<u16>, attempts: u32, now: i64) {
        let dead = DeadLetter {
            v: CONTRACT_VERSION,
            event_id: item.pointer.event_id().to_string(),
            pointer: item.text.clone(),
            reason: failure.reason.clone(),
            status,
            attempts,
            at: now,
        };
        warn!(
            webhook.id = %self.record.id, event.id = %dead.event_id, attempts, reason = %dead.reason,
            "an event became a webhook's dead letter"
        );
        self.left.dead.push(dead);
        self.tally.dead += 1;
        self.settled(item);
    }

    fn settled(&mut self, item: &Item) {
        self.place.done(item.at);
        if let At::Again(entry) = item.at {
            self.left.over.push(entry);
        }
    }

    fn try_again(&mut self, item: &Item, failure: &Failure, attempts: u32, now: i64, outside: &Outside) {
        debug!(
            webhook.id = %self.record.id, event.id = %item.pointer.event_id(), attempts, reason = %failure.reason,
            "a webhook's receiver did not take an event; trying again"
        );
        let pause = backoff::pause(&self.settings, attempts, outside.chance.next());
        let next_at = now.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        self.place.failed(item.at, attempts, next_at);
    }
}
