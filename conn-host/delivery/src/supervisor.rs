//! The role: keeps the list of the organizations that this host delivers for, and a task for each.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use edgewire_contract::ids::OrganizationId;
use edgewire_contract::shard::DEFAULT_SHARDS;
use edgewire_store::{Redis, StoreError};
use futures::future::join_all;
use tokio::task::{Id, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::feeds::Feeds;
use crate::ledger::Ledger;
use crate::organization::Organization;
use crate::outside::Outside;
use crate::roster::Roster;
use crate::settings::Settings;
use crate::share::preferred;

/// Leases that are asked for at the same time.
const CLAIMS_AT_ONCE: usize = 64;
/// An organization that belongs to another host is handed over after so many looks: a host that is gone for a moment
/// should not make all of them move twice.
const LOOKS_BEFORE_HANDOVER: u32 = 2;
/// What a shutdown may take beyond the attempts in flight: writing places and giving leases back.
const GRACE: Duration = Duration::from_secs(2);

/// The role's state.
pub struct Supervisor {
    roster: Roster,
    settings: Arc<Settings>,
    outside: Outside,
    feeds: Arc<Feeds>,
    shards: u16,
    owned: HashMap<OrganizationId, Owned>,
    tasks: JoinSet<()>,
    swept: Option<Instant>,
}

/// An organization whose lease this host has.
struct Owned {
    task: Id,
    stop: CancellationToken,
    /// In how many looks in a row it was another host's to have.
    others: u32,
}

impl Supervisor {
    pub fn new(redis: Redis, settings: Settings, host: String, outside: Outside) -> Self {
        Self {
            feeds: Arc::new(Feeds::new(redis.clone())),
            roster: Roster { redis, host },
            settings: Arc::new(settings),
            outside,
            shards: 0,
            owned: HashMap::new(),
            tasks: JoinSet::new(),
            swept: None,
        }
    }

    /// Works until `shutdown`, then ends everything in order.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(self.settings.renewal);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut said = false;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(ended) = self.tasks.join_next_with_id() => {
                    let task = match ended {
                        Ok((task, ())) => task,
                        Err(error) => {
                            error!(%error, "an organization's webhooks ended by themselves");
                            error.id()
                        }
                    };
                    self.owned.retain(|_, owned| owned.task != task);
                }
                _ = tick.tick() => match self.look(&shutdown).await {
                    Ok(()) => said = false,
                    Err(error) if !said => {
                        said = true;
                        warn!(%error, "cannot look for organizations with webhooks; trying again");
                    }
                    Err(_) => {}
                },
            }
        }
        self.drain().await;
    }

    /// Looks at who is there and what there is to do, and takes or hands over organizations.
    async fn look(&mut self, shutdown: &CancellationToken) -> Result<(), StoreError> {
        if self.shards == 0 {
            self.shards = self.roster.redis.layout(DEFAULT_SHARDS).await?;
        }
        let hosts = self.roster.beat(self.settings.lease_ttl).await?;
        let mine = |name: &str| preferred(&hosts, name) == Some(self.roster.host.as_str());
        let sweeping = self.swept.is_none_or(|at| at.elapsed() >= self.settings.sweep);
        if sweeping {
            self.swept = Some(Instant::now());
            if mine("") {
                self.roster.sweep().await?;
            }
        }
        let organizations: HashSet<_> = self.roster.organizations().await?.into_iter().collect();
        for (organization, owned) in &mut self.owned {
            owned.others = if mine(organization.as_str()) { 0 } else { owned.others + 1 };
            if owned.others >= LOOKS_BEFORE_HANDOVER || !organizations.contains(organization) {
                owned.stop.cancel();
            }
        }
        // At each sweep a host also tries what is another's, in case that one beats but does not take it.
        let wanted: Vec<_> = organizations
            .into_iter()
            .filter(|id| !self.owned.contains_key(id) && (sweeping || mine(id.as_str())))
            .collect();
        for chunk in wanted.chunks(CLAIMS_AT_ONCE) {
            let asked = Instant::now();
            let epochs =
                join_all(chunk.iter().map(|id| self.roster.claim(id, self.settings.lease_ttl))).await;
            for (organization, epoch) in chunk.iter().zip(epochs) {
                if let Some(epoch) = epoch? {
                    self.start(organization.clone(), epoch, asked, shutdown.child_token());
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, organization: OrganizationId, epoch: u64, asked: Instant, stop: CancellationToken) {
        let ledger = Ledger {
            redis: self.roster.redis.clone(),
            organization: organization.clone(),
            epoch,
            shards: self.shards,
        };
        let serving = Organization::new(ledger, Arc::clone(&self.settings), self.outside.clone(), asked);
        let task = self.tasks.spawn(serving.serve(Arc::clone(&self.feeds), stop.clone()));
        self.owned.insert(organization, Owned { task: task.id(), stop, others: 0 });
        self.outside.counters.takeovers.fetch_add(1, Relaxed);
    }

    /// Waits, within a bound, until what is in flight has ended and everything is given back.
    async fn drain(mut self) {
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.settings.drain + GRACE, ended).await.is_err() {
            warn!("webhooks did not end in time; what was in flight may be delivered again");
        }
        let _left = self.roster.leave().await;
        info!("webhooks have drained");
    }
}
