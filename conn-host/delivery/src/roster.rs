//! What the hosts share: who is there, which organizations have webhooks, and their leases.

use std::collections::HashSet;
use std::time::Duration;

use edgewire_contract::ids::OrganizationId;
use edgewire_contract::{keys, script};
use edgewire_store::{Redis, StoreError};
use redis::{Cmd, Pipeline};

/// How many organizations one round trip of the sweep looks at.
const SWEEP_CHUNK: usize = 500;

/// One host's view of it.
#[derive(Debug, Clone)]
pub struct Roster {
    pub redis: Redis,
    pub host: String,
}

impl Roster {
    /// Says that this host is there and answers who else is: all that said so within `alive`, by Redis's clock.
    pub async fn beat(&self, alive: Duration) -> Result<Vec<String>, StoreError> {
        self.redis.heartbeat(keys::hook_hosts(), &self.host, alive, alive).await
    }

    /// Says that this host goes.
    pub async fn leave(&self) -> Result<(), StoreError> {
        self.redis.query(&Cmd::zrem(keys::hook_hosts(), &self.host)).await
    }

    /// The organizations that are known to have webhooks.
    pub async fn organizations(&self) -> Result<Vec<OrganizationId>, StoreError> {
        self.members(&keys::hook_organizations()).await
    }

    /// Mends the index: adds organizations that have webhooks and takes out those that have none. One host does it for
    /// all. Who adds a webhook meanwhile may be taken out by it, and is back after the next sweep.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let indexed: HashSet<_> = self.organizations().await?.into_iter().collect();
        let mut all: HashSet<_> = self.members(&keys::organizations()).await?.into_iter().collect();
        all.extend(indexed.iter().cloned());
        let all: Vec<_> = all.into_iter().collect();
        for chunk in all.chunks(SWEEP_CHUNK) {
            let mut count = Pipeline::new();
            for organization in chunk {
                count.hlen(keys::webhooks(organization));
            }
            let counts: Vec<u64> = self.redis.pipeline(&count).await?;
            let mut mend = Pipeline::new();
            for (organization, count) in chunk.iter().zip(counts) {
                match (count > 0, indexed.contains(organization)) {
                    (true, false) => mend.sadd(keys::hook_organizations(), organization.as_str()).ignore(),
                    (false, true) => mend.srem(keys::hook_organizations(), organization.as_str()).ignore(),
                    _ => continue,
                };
            }
            if !mend.is_empty() {
                self.redis.pipeline::<()>(&mend).await?;
            }
        }
        Ok(())
    }

    /// Takes the organization's lease, if it is free: answers its epoch.
    pub async fn claim(
        &self,
        organization: &OrganizationId,
        ttl: Duration,
    ) -> Result<Option<u64>, StoreError> {
        let lease = [keys::hooks_lease(organization)];
        let args = [self.host.clone(), ttl.as_millis().to_string()];
        let answer = self.redis.run(&script::CLAIM, &lease, &args).await?;
        match answer {
            redis::Value::Int(epoch) if epoch > 0 => Ok(u64::try_from(epoch).ok()),
            _ => Ok(None),
        }
    }

    /// A set's members; what is no id of an organization is left out.
    async fn members(&self, key: &str) -> Result<Vec<OrganizationId>, StoreError> {
        let ids: Vec<String> = self.redis.query(&Cmd::smembers(key)).await?;
        Ok(ids.iter().filter_map(|id| OrganizationId::parse(id).ok()).collect())
    }
}
