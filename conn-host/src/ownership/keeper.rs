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
const HOST_FORGOTTEN_MS: i64 = 60_000;

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
        let now = self.host.clock.now_ms();
        let mut pipe = redis::pipe();
        pipe.zadd(keys::hosts(), &*self.host.id, now).ignore();
        pipe.zrembyscore(keys::hosts(), "-inf", now - HOST_FORGOTTEN_MS).ignore();
        pipe.zcount(keys::hosts(), now - keys::HOST_ALIVE_MS, "+inf");
        match self.host.redis.pipeline::<(usize,)>(&pipe).await {
            Ok((alive,)) => Ok(alive),
            // A full Redis takes no heartbeat, but tells of the others' last ones.
            Err(e) => {
                let alive = redis::Cmd::zcount(keys::hosts(), now - keys::HOST_ALIVE_MS, "+inf");
                let alive = self.host.redis.query::<usize>(&alive).await.map_err(|_| e)?;
                Ok(alive.max(1))
            }
        }
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
        let mut free: Vec<Shard> = Shard::all(self.shards).filter(|s| !self.owned.contains_key(s)).collect();
        free.shuffle(&mut rand::rng());
        let (mut left, mut untried) = (most, free.as_slice());
        let begun = Instant::now();
        loop {
            let (batch, rest) = next_claims(untried, left);
            // What is ours must be renewed in time: a slow Redis is asked for a few at each turn.
            if batch.is_empty() || begun.elapsed() > self.host.settings.lease_renewal / 2 {
                return;
            }
            untried = rest;
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
                        left -= 1;
                    }
                    Ok(_) => {}
                    Err(e) => {
                        debug!(%shard, error = %e, "a claim failed");
                        return;
                    }
                }
            }
        }
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

/// The shards to claim at once, of those that were not tried yet, for a host that wants `left` more; and the others.
/// Most are somebody's: all are tried before the host waits for its next turn.
fn next_claims(untried: &[Shard], left: usize) -> (&[Shard], &[Shard]) {
    untried.split_at(untried.len().min(left).min(CLAIMS_AT_ONCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With one shard of many free, it would be found by chance some day if not all were tried.
    #[test]
    fn whoever_wants_one_more_tries_all() {
        let all: Vec<Shard> = Shard::all(64).collect();
        for left in [1, 2, 31, 64, 100] {
            let (mut tried, mut untried) = (Vec::new(), all.as_slice());
            while !untried.is_empty() {
                let (batch, rest) = next_claims(untried, left);
                assert!((1..=left.min(CLAIMS_AT_ONCE)).contains(&batch.len()));
                tried.extend_from_slice(batch);
                untried = rest;
            }
            assert_eq!(tried, all, "{left} wanted");
        }
        assert!(next_claims(&all, 0).0.is_empty(), "who has his share claims none");
    }
}
