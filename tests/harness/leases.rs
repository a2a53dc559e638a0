//! Who owns which shard.

use std::collections::HashMap;

use edgewire_contract::keys;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};

use crate::wait::wait_until;
use crate::world::World;

impl World {
    /// How many shards each host owns, by its id.
    ///
    /// # Panics
    /// When Redis cannot be read.
    pub async fn owners(&self) -> HashMap<String, u16> {
        let mut redis = self.redis().await;
        let mut leases = redis::pipe();
        for shard in Shard::all(DEFAULT_SHARDS) {
            leases.hget(keys::lease(shard), "owner");
        }
        let found: Vec<Option<String>> = leases.query_async(&mut redis).await.expect("the leases");
        let mut owners = HashMap::new();
        for owner in found.into_iter().flatten().filter(|owner| !owner.is_empty()) {
            *owners.entry(owner).or_default() += 1;
        }
        owners
    }

    /// Waits until `hosts` hosts have shared the shards among them: no session moves then until one more comes or goes.
    ///
    /// # Panics
    /// When they have not in time.
    pub async fn balanced(&self, hosts: u16) {
        let share = DEFAULT_SHARDS.div_ceil(hosts);
        wait_until("the hosts to have their shares", || async {
            let owners = self.owners().await;
            let all: u16 = owners.values().sum();
            let fair = owners.len() == usize::from(hosts) && owners.values().all(|owned| *owned <= share);
            if fair && all == DEFAULT_SHARDS { Ok(()) } else { Err(format!("{owners:?}")) }
        })
        .await;
    }
}
