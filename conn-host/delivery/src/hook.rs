//! One webhook: a task that goes through its organization's feed, chats side by side, the events of each in order.
//!
//! A *round* is as long as the webhook's record stays as it is: [`Hook::round`] reads what is to be delivered (`reading.rs`)
//! into lanes, starts attempts as far as lanes and breaker allow, and writes down what came of them. All that it decides
//! by is in `place.rs`, `lanes.rs` and `breaker.rs`, which know neither Redis nor the network.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::ids::EntryId;
use edgewire_contract::webhook::{Breaker, Webhook};
use edgewire_outbound::Limits;
use edgewire_store::StoreError;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::breaker::{self, May};
use crate::counters::OpenBreaker;
use crate::lanes::{Item, Lanes, Name, Next};
use crate::ledger::{Caps, Ledger, Left};
use crate::outcome::Tally;
use crate::outside::Outside;
use crate::place::Place;
use crate::post::{Attempt, post};
use crate::settings::Settings;

/// So many entries that were not for this webhook may be forgotten by a crash, and be looked at again.
const UNWRITTEN: usize = 200;
/// A look at what there is without having been woken: insurance, not a mechanism.
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
    /// Rung when dead letters are to go again.
    pub again: Arc<Notify>,
    /// Ends the task after the attempts in flight.
    pub stop: CancellationToken,
}

/// An attempt that has ended.
pub struct Over {
    pub lane: Name,
    pub item: Item,
    pub attempt: Attempt,
}

/// What one round works on.
pub struct Round {
    pub record: Arc<Webhook>,
    /// The host's, with the webhook's own where it has some.
    pub settings: Settings,
    pub place: Place,
    pub breaker: Breaker,
    pub lanes: Lanes,
    /// What is to be written with the place.
    pub left: Left,
    /// What is to be counted once it is written.
    pub tally: Tally,
    /// The breaker in the metrics.
    pub shown: OpenBreaker,
    /// The last dead letter on its way again that was read.
    pub again_to: EntryId,
    /// There may be more to read: in the feed, among the dead letters on their way again.
    pub more: (bool, bool),
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
        let mut shown = OpenBreaker::new(Arc::clone(&self.outside.counters));
        let record = self.record.borrow().clone();
        let (mut place, mut breaker) = self.insist(|| self.ledger.place(&record)).await?;
        let mut changed = false;
        loop {
            let record = self.record.borrow_and_update().clone();
            let mut round = Round {
                settings: self.settings.of(&record),
                record,
                place,
                breaker,
                lanes: Lanes::default(),
                left: Left::default(),
                tally: Tally::default(),
                shown,
                again_to: EntryId::default(),
                more: (true, true),
            };
            round.shown.set(round.breaker.opened > 0);
            if changed {
                // Perhaps it works now, whatever was changed.
                round.breaker = Breaker::default();
                round.place.rewind();
                round.place.hurry();
                self.write(&mut round).await?;
            }
            self.round(&mut round).await?;
            (place, breaker, shown, changed) = (round.place, round.breaker, round.shown, true);
        }
    }

    /// Delivers until the record changes. What is under way is waited for.
    async fn round(&mut self, round: &mut Round) -> Result<(), Ended> {
        let mut attempts: JoinSet<Over> = JoinSet::new();
        loop {
            // Also while attempts end so fast that the wait below never comes to it.
            round.more.0 |= self.feed.has_changed().unwrap_or(false);
            self.read(round).await?;
            if round.has_something_to_write() {
                self.write(round).await?;
            }
            let wait_until = self.start(round, &mut attempts);
            let pause = wait_until.map(|at| self.pause(&round.settings, at));
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    self.finish(round, attempts).await?;
                    return Err(Ended::Stopped);
                }
                changed = self.record.changed() => {
                    self.record.mark_changed();
                    self.finish(round, attempts).await?;
                    return changed.map_err(|_| Ended::Stopped);
                }
                Some(over) = attempts.join_next(), if !attempts.is_empty() => {
                    self.take(round, over);
                    while let Some(over) = attempts.try_join_next() {
                        self.take(round, over);
                    }
                    self.write(round).await?;
                }
                () = self.again.notified() => round.more.1 = true,
                grown = self.feed.changed(), if !round.more.0 => {
                    grown.map_err(|_| Ended::Stopped)?;
                    round.more.0 = true;
                }
                () = sleep(&self.outside, pause) => {}
                () = tokio::time::sleep(LOOK) => round.more = (true, true),
            }
        }
    }

    /// Starts as many attempts as may be. Says when to look again, if time alone will let more start.
    fn start(&self, round: &mut Round, attempts: &mut JoinSet<Over>) -> Option<i64> {
        let longest = longest(&round.settings);
        while attempts.len() < round.settings.side_by_side.max(1) {
            let now = self.outside.clock.now_ms();
            let name = match round.lanes.next(&round.place, now, longest) {
                Next::Start(name) => name,
                Next::At(at) => return Some(at),
                Next::Nothing => return None,
            };
            match breaker::may(&round.breaker, &round.settings, now, attempts.len()) {
                May::Start => {}
                May::Wait(until) => return Some(until),
                May::Probing => return None,
            }
            let item = round.lanes.start(&name)?;
            attempts.spawn(self.attempt(round, name, item, now));
        }
        None
    }

    fn attempt(
        &self,
        round: &Round,
        lane: Name,
        item: Item,
        now: i64,
    ) -> impl Future<Output = Over> + Send + 'static {
        let (client, record) = (self.outside.client.clone(), Arc::clone(&round.record));
        let limits = Limits { total: round.settings.timeout, ..Limits::WEBHOOK };
        async move {
            let id = item.pointer.event_id().to_string();
            let attempt = post(&client, &record, &id, item.body.clone(), now, limits).await;
            Over { lane, item, attempt }
        }
    }

    /// Takes in what became of an attempt.
    fn take(&self, round: &mut Round, over: Result<Over, tokio::task::JoinError>) {
        match over {
            Ok(over) => round.take(over, &self.outside),
            // Its lane stays busy: it would fail again and again.
            Err(error) => error!(%error, "an attempt to deliver ended by itself"),
        }
    }

    /// Waits, within the drain time, for what is under way, and writes what became of it. The receivers of the others may
    /// have their events. The last write also clears up after a webhook that was deleted.
    async fn finish(&self, round: &mut Round, mut attempts: JoinSet<Over>) -> Result<(), Ended> {
        let stopped = async {
            self.stop.cancelled().await;
            tokio::time::sleep(self.settings.drain).await;
        };
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                biased;
                over = attempts.join_next() => match over {
                    Some(over) => self.take(round, over),
                    None => break,
                },
                () = &mut stopped => break,
            }
        }
        self.write(round).await
    }

    /// Writes the place and what was left behind, however long Redis is away.
    async fn write(&self, round: &mut Round) -> Result<(), Ended> {
        let (mut set, del) = round.place.take();
        for (name, value) in Breaker::FIELDS.into_iter().zip(round.breaker.values()) {
            set.extend([name.to_owned(), value]);
        }
        let left = std::mem::take(&mut round.left);
        let caps = Caps { dead: round.settings.dead_kept, log: round.settings.log_kept };
        let written =
            self.insist(|| self.ledger.write(&round.record, (set.clone(), del.clone()), &left, caps)).await;
        let there = written?;
        round.tally.count(&self.outside.counters);
        round.shown.set(round.breaker.opened > 0);
        if there { Ok(()) } else { Err(Ended::Gone) }
    }

    /// How long until `at`. A clock that jumped must not keep a receiver waiting for days.
    fn pause(&self, settings: &Settings, at: i64) -> Duration {
        let left = (at - self.outside.clock.now_ms()).clamp(0, longest(settings));
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
    }

    /// Asks Redis until it answers. Once the task is to stop, asks no more than once.
    pub async fn insist<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Ended>
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

impl Round {
    fn has_something_to_write(&self) -> bool {
        self.place.unwritten() >= UNWRITTEN || !self.left.dead.is_empty() || !self.left.over.is_empty()
    }
}

/// Waits; for ever without a pause.
async fn sleep(outside: &Outside, pause: Option<Duration>) {
    match pause {
        Some(pause) => outside.clock.sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// The longest that anything waits to be tried again, ms.
fn longest(settings: &Settings) -> i64 {
    let longest = settings.max_delay.max(settings.breaker_longest) * 2;
    i64::try_from(longest.as_millis()).unwrap_or(i64::MAX)
}
