//! One organization that this host has the lease of: keeps the lease, and one task per webhook.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use edgewire_contract::ids::{EntryId, WebhookId};
use edgewire_contract::webhook::Webhook;
use edgewire_contract::webhook::ask::Wish;
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::counters::Present;
use crate::feeds::Feeds;
use crate::hook::{Ended, Hook};
use crate::ledger::Ledger;
use crate::outside::Outside;
use crate::settings::Settings;
use crate::trial::tried;

/// The organization and its tasks. Dropping it ends them at once.
pub struct Organization {
    ledger: Arc<Ledger>,
    settings: Arc<Settings>,
    outside: Outside,
    /// Until when the lease is ours without doubt.
    sure_until: Instant,
    hooks: HashMap<WebhookId, Running>,
    tasks: JoinSet<Ended>,
    /// Test deliveries. They end with the organization.
    trials: JoinSet<()>,
}

/// A webhook's task.
struct Running {
    task: Id,
    record: watch::Sender<Arc<Webhook>>,
    again: Arc<Notify>,
    stop: CancellationToken,
}

/// The lease is not ours any more, or may not be.
struct Lost;

impl Organization {
    /// An organization whose lease was asked for at `claimed_at`.
    pub fn new(ledger: Ledger, settings: Arc<Settings>, outside: Outside, claimed_at: Instant) -> Self {
        Self {
            ledger: Arc::new(ledger),
            sure_until: claimed_at + settings.lease_ttl,
            settings,
            outside,
            hooks: HashMap::new(),
            tasks: JoinSet::new(),
            trials: JoinSet::new(),
        }
    }

    /// Delivers until `stop`, then finishes what is in flight and gives the lease back; or until the lease is lost,
    /// when everything ends at once.
    pub async fn serve(mut self, feeds: Arc<Feeds>, stop: CancellationToken) {
        let outside = self.outside.clone();
        let _present = Present::on(&outside.counters.organizations);
        if self.deliver(&feeds, &stop).await.is_err() {
            warn!(organization = %self.ledger.organization, "lost the lease of an organization's webhooks");
            return;
        }
        if let Err(error) = self.ledger.release().await {
            debug!(%error, "a lease was not given back; it ends by itself");
        }
    }

    async fn deliver(&mut self, feeds: &Feeds, stop: &CancellationToken) -> Result<(), Lost> {
        let mut feed = None;
        let mut tick = tokio::time::interval(self.settings.renewal);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => self.bury(ended)?,
                Some(_ended) = self.trials.join_next() => {}
                _ = tick.tick() => {
                    self.renew().await?;
                    if feed.is_none()
                        && let Ok(newest) = self.ledger.newest().await
                    {
                        feed = Some(feeds.follow(&self.ledger.organization, newest));
                    }
                    if let Some(feed) = &feed
                        && !stop.is_cancelled()
                    {
                        self.refresh(feed, stop).await;
                        self.hear().await;
                    }
                }
                () = stop.cancelled(), if self.tasks.is_empty() => {}
            }
            if stop.is_cancelled() && self.tasks.is_empty() {
                return Ok(());
            }
        }
    }

    /// Prolongs the lease. While Redis does not answer, what was promised holds.
    async fn renew(&mut self) -> Result<(), Lost> {
        let asked = Instant::now();
        match self.ledger.renew(self.settings.lease_ttl).await {
            Ok(true) => self.sure_until = asked + self.settings.lease_ttl,
            Ok(false) => return Err(Lost),
            Err(_) if Instant::now() >= self.sure_until => return Err(Lost),
            Err(_) => {}
        }
        Ok(())
    }

    /// Starts, changes and stops tasks, so that they are as the records say.
    async fn refresh(&mut self, feed: &watch::Receiver<EntryId>, stop: &CancellationToken) {
        // Without an answer all stays as it is.
        let Ok(records) = self.ledger.webhooks().await else { return };
        for (id, hook) in &self.hooks {
            if !records.iter().any(|record| record.id == *id) {
                hook.stop.cancel();
            }
        }
        for record in records {
            match self.hooks.get(&record.id) {
                // One that is just stopping is started again by the next look.
                Some(hook) => {
                    hook.record.send_if_modified(|now| {
                        let changed = **now != record;
                        if changed {
                            *now = Arc::new(record);
                        }
                        changed
                    });
                }
                None => self.start(record, feed.clone(), stop.child_token()),
            }
        }
    }

    /// Does what is asked of the organization's webhooks.
    async fn hear(&mut self) {
        // What cannot be heard now is heard by the next look.
        let Ok(asks) = self.ledger.asks().await else { return };
        for ask in asks {
            let Some(hook) = self.hooks.get(&ask.webhook) else { continue };
            match ask.what {
                Wish::Replay => hook.again.notify_one(),
                Wish::Test if ask.deadline <= self.outside.clock.now_ms() => {}
                Wish::Test => {
                    let (ledger, settings) = (Arc::clone(&self.ledger), Arc::clone(&self.settings));
                    let (outside, webhook) = (self.outside.clone(), hook.record.borrow().clone());
                    self.trials.spawn(async move {
                        if let Err(error) = tried(&ledger, &settings, &outside, &webhook, &ask).await {
                            debug!(%error, webhook.id = %webhook.id, "nobody learns what became of a test delivery");
                        }
                    });
                }
            }
        }
    }

    fn start(&mut self, record: Webhook, feed: watch::Receiver<EntryId>, stop: CancellationToken) {
        let id = record.id.clone();
        let (sender, receiver) = watch::channel(Arc::new(record));
        let again = Arc::<Notify>::default();
        let hook = Hook {
            ledger: Arc::clone(&self.ledger),
            settings: Arc::clone(&self.settings),
            outside: self.outside.clone(),
            record: receiver,
            feed,
            again: Arc::clone(&again),
            stop: stop.clone(),
        };
        let counters = Arc::clone(&self.outside.counters);
        let task = self.tasks.spawn(async move {
            let _present = Present::on(&counters.webhooks);
            hook.run().await
        });
        self.hooks.insert(id, Running { task: task.id(), record: sender, again, stop });
    }

    /// Forgets a task that ended; one that panicked is started again by the next look.
    fn bury(&mut self, ended: Result<(Id, Ended), JoinError>) -> Result<(), Lost> {
        let (task, ended) = match ended {
            Ok((task, ended)) => (task, Some(ended)),
            Err(error) => {
                error!(%error, "a webhook's task ended by itself");
                (error.id(), None)
            }
        };
        self.hooks.retain(|_, hook| hook.task != task);
        if ended == Some(Ended::Fenced) { Err(Lost) } else { Ok(()) }
    }
}
