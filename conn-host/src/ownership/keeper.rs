//! The loop that keeps leases: heartbeat, renew, claim what is free up to the fair share, give back what is over it.
//!
//! A lease that could not be renewed for its whole TTL counts as lost, whatever the reason: the shard's sockets are
//! closed at once, and whoever claims it next gets a higher epoch, which fences anything of ours that is still on its
//! way to Redis.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use edgewire_contract::shard::Shard;
use edgewire_contract::{keys, script};
use edgewire_store::{Fence, StoreError};
use futures::future::join_all;
use rand::seq::SliceRandom as _;
use redis::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::shard::OwnedShard;
use super::share::adjust;
use crate::Host;

/// How many claims run at once: a start must not open hundreds of connections in one instant.
const CLAIMS_AT_ONCE: usize = 16;
/// How long a drain waits for running commands and open sockets. Kubernetes and systemd kill after 30 s and more.
const DRAIN: Duration = Duration::from_secs(9);
/// Hosts that have been silent for so long are forgotten.
const HOST_FORGOTTEN: Duration = Duration::from_secs(60);

/// Keeps leases until `shutdown`, then drains every shard and gives its lease back.
pub async fn keep(host: Host, shards: u16, shutdown: CancellationToken) {
    let mut keeper = Keeper { host, shards, owned: HashMap::new() };
    let mut ticks = tokio::time::interval(keeper.host.settings.lease_renewal);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            _ = ticks.tick() => keeper.tick().await,
        }
    }
    keeper.drain().await;
}

struct Lease {
    shard: OwnedShard,
    renewed: Instant,
}

struct Keeper {
    host: Host,
    shards: u16,
    owned: HashMap<Shard, Lease>,
}

impl Keeper {
    async fn tick(&mut self) {
        // Renewing comes first: a lease of ours is worth more than news of the others.
        self.renew().await;
        let hosts = match self.heartbeat().await {
            Ok(hosts) => hosts,
            Err(e) => {
                debug!(error = %e, "no heartbeat");
                return;
            }
        };
        self.reap();
        let staying = self.owned.values().filter(|lease| !lease.shard.is_draining()).count();
        let (claim, give_back) = adjust(staying, self.shards, hosts);
        if claim > 0 {
            self.claim(claim).await;
        }
        if give_back > 0 {
            self.give_back(give_back);
        }
        self.host
            .metrics
            .shards
            .store(i64::try_from(self.owned.len()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Says that this host is alive; answers how many are.
    async fn heartbeat(&self) -> Result<usize, StoreError> {
        let alive = Duration::from_millis(keys::HOST_ALIVE_MS.unsigned_abs());
        let there = self.host.redis.heartbeat(keys::hosts(), &self.host.id, alive, HOST_FORGOTTEN);
        Ok(there.await?.len())
    }

    async fn renew(&mut self) {
        let ttl = self.host.settings.lease_ttl;
        let redis = &self.host.redis;
        let asked = Instant::now();
        let answers = join_all(self.owned.iter().map(|(shard, lease)| async move {
            let args = [lease.shard.fence().epoch.to_string(), ttl.as_millis().to_string()];
            (*shard, redis.run(&script::RENEW, &[keys::lease(*shard)], &args).await)
        }))
        .await;
        for (shard, answer) in answers {
            let lost = match answer {
                Ok(Value::Int(1)) => {
                    if let Some(lease) = self.owned.get_mut(&shard) {
                        lease.renewed = asked;
                    }
                    false
                }
                Ok(_) => true,
                Err(_) => self.owned.get(&shard).is_some_and(|l| l.renewed.elapsed() >= ttl),
            };
            if lost
                && let Some(lease) = self.owned.remove(&shard)
                // A drained shard has given its lease back itself.
                && !lease.shard.is_draining()
            {
                warn!(%shard, epoch = lease.shard.fence().epoch, "a lease is lost; its sockets are closed");
                self.host.metrics.leases_lost.fetch_add(1, Ordering::Relaxed);
                lease.shard.abort();
            }
        }
    }

    /// Drops shards whose tasks have ended, whether given back or fenced.
    fn reap(&mut self) {
        self.owned.retain(|_, lease| !lease.shard.is_over());
    }

    async fn claim(&mut self, most: usize) {
        let mut free = match self.free().await {
            Ok(free) => free,
            Err(e) => return debug!(error = %e, "the leases could not be read"),
        };
        free.shuffle(&mut rand::rng());
        free.truncate(most);
        for batch in free.chunks(CLAIMS_AT_ONCE) {
            let asked = Instant::now();
            let (redis, id, ttl) = (&self.host.redis, &self.host.id, self.host.settings.lease_ttl);
            let answers = join_all(batch.iter().map(|shard| async move {
                let args = [id.to_string(), ttl.as_millis().to_string()];
                (*shard, redis.run(&script::CLAIM, &[keys::lease(*shard)], &args).await)
            }))
            .await;
            for (shard, answer) in answers {
                match answer {
                    Ok(Value::Int(epoch)) if epoch > 0 => {
                        let fence = Fence { shard, epoch: epoch.unsigned_abs() };
                        debug!(%shard, epoch, "a lease is ours");
                        self.host.metrics.leases_claimed.fetch_add(1, Ordering::Relaxed);
                        let shard_tasks = OwnedShard::start(self.host.clone(), fence);
                        self.owned.insert(shard, Lease { shard: shard_tasks, renewed: asked });
                    }
                    // Somebody else was faster.
                    Ok(_) => {}
                    // Of several servers another may answer, and what was claimed there is ours.
                    Err(e) => debug!(%shard, error = %e, "a claim failed"),
                }
            }
        }
    }

    /// The shards that somebody may claim now. All are looked at, at once: of many, the last one that is nobody's is as good
    /// as any other. In a cluster the clock is one node's for all: the claim itself goes by the right one.
    async fn free(&self) -> Result<Vec<Shard>, StoreError> {
        let redis = &self.host.redis;
        let others = Shard::all(self.shards).filter(|shard| !self.owned.contains_key(shard));
        let leases = others.map(|shard| async move {
            let mut read = redis::cmd("HMGET");
            read.arg(keys::lease(shard)).arg(&["owner", "until"]);
            Ok::<_, StoreError>((shard, redis.query::<Holding>(&read).await?))
        });
        let time = redis::cmd("TIME");
        let (time, leases) = tokio::join!(redis.query::<(i64, i64)>(&time), join_all(leases));
        let (seconds, micros) = time?;
        let now = seconds * 1000 + micros / 1000;
        // Of several servers one may be away: its shards are not free, and the others' are no less so.
        Ok(leases
            .into_iter()
            .filter_map(Result::ok)
            .filter(|(_, lease)| is_free(lease, &self.host.id, now))
            .map(|(shard, _)| shard)
            .collect())
    }

    /// Drains up to `most` shards in the background; each releases its lease when it is done.
    fn give_back(&mut self, most: usize) {
        for lease in self.owned.values().filter(|lease| !lease.shard.is_draining()).take(most) {
            lease.shard.drain();
        }
        info!(shards = most, "giving shards back: another host has its share to take");
    }

    async fn drain(mut self) {
        for lease in self.owned.values() {
            lease.shard.drain();
        }
        let until = Instant::now() + DRAIN;
        let mut renewals = tokio::time::interval(self.host.settings.lease_renewal);
        // The leases must hold while the last writes are under way.
        while !self.owned.is_empty() && Instant::now() < until {
            let over = async {
                join_all(self.owned.values().map(|l| l.shard.over())).await;
            };
            tokio::select! {
                () = over => break,
                () = tokio::time::sleep_until(until) => break,
                _ = renewals.tick() => {}
            }
            self.renew().await;
            self.reap();
        }
        for lease in self.owned.values() {
            lease.shard.abort();
        }
        let mut gone = redis::Cmd::new();
        gone.arg("ZREM").arg(keys::hosts()).arg(&*self.host.id);
        let _left_to_expire = self.host.redis.query::<Value>(&gone).await;
    }
}

/// Who has a shard, and until when (unix ms, by Redis's clock).
type Holding = (Option<String>, Option<i64>);

/// Whether `host` gets the shard if it claims it. One of its own name that it does not know of was left by a process before
/// it.
fn is_free((owner, until): &Holding, host: &str, now: i64) -> bool {
    let owner = owner.as_deref().unwrap_or_default();
    owner.is_empty() || owner == host || until.is_none_or(|until| until <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_free_as_the_script_says() {
        let lease = |owner: &str, until| (Some(owner.to_owned()), Some(until));
        assert!(is_free(&(None, None), "a", 5), "never claimed");
        assert!(is_free(&lease("", 0), "a", 5), "given back");
        assert!(is_free(&lease("b", 5), "a", 5), "over");
        assert!(!is_free(&lease("b", 6), "a", 5));
        assert!(is_free(&lease("a", 6), "a", 5));
    }
}
