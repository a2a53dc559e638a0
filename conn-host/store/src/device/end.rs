//! How a device ends: forgotten at once, or set aside for a while, since a first logout may be a mistake.
//!
//! Both can be done without opening the store: a session whose keys cannot be opened (a lost master key) must still
//! be possible to delete or to pair anew.

use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use redis::Value;
use tokio::sync::RwLockWriteGuard;

use super::{DeviceStore, SET_ASIDE, now_seconds, table};
use crate::connection::Redis;
use crate::error::StoreError;
use crate::fence::Fence;
use crate::write::Writes;

/// How long a device's tables are kept after its first logout, seconds: 7 days.
pub const QUARANTINE_SECONDS: u64 = 7 * 24 * 3600;

impl DeviceStore {
    /// Deletes the device with all its keys; what was set aside before stays until it expires. This store is of no
    /// more use after it ([`StoreError::Gone`]); another one may be opened, and begins anew. One round trip.
    pub async fn forget(&self) -> Result<(), StoreError> {
        let mut gone = self.begin_end().await?;
        self.watch(Self::forget_unopened(&self.redis, self.fence, &self.session).await)?;
        *gone = true;
        Ok(())
    }

    /// Sets the device aside: its tables are renamed to `q<unix seconds>:<table>` and expire after `seconds`
    /// ([`QUARANTINE_SECONDS`] after a logout). As after [`Self::forget`], another store may be opened at once.
    /// Answers the name under which it lies, `None` when there was nothing. One round trip.
    pub async fn quarantine(&self, seconds: u64) -> Result<Option<String>, StoreError> {
        let mut gone = self.begin_end().await?;
        let name =
            self.watch(Self::quarantine_unopened(&self.redis, self.fence, &self.session, seconds).await)?;
        *gone = true;
        Ok(name)
    }

    /// As [`Self::forget`], of a session whose store is not open, or cannot be opened.
    pub async fn forget_unopened(redis: &Redis, fence: Fence, session: &SessionId) -> Result<(), StoreError> {
        table::all()
            .fold(Writes::new(fence), |writes, name| writes.del(keys::device(fence.shard, session, name)))
            .commit(redis)
            .await
    }

    /// As [`Self::quarantine`], of a session whose store is not open, or cannot be opened.
    pub async fn quarantine_unopened(
        redis: &Redis,
        fence: Fence,
        session: &SessionId,
        seconds: u64,
    ) -> Result<Option<String>, StoreError> {
        let name = format!("q{}", now_seconds());
        let mut names = vec![fence.lease_key()];
        for table in table::all() {
            names.push(keys::device(fence.shard, session, table));
            names.push(keys::device(fence.shard, session, &format!("{name}:{table}")));
        }
        let args = [fence.epoch.to_string(), seconds.max(1).to_string()];
        let tables = redis.run(&SET_ASIDE, &names, &args).await?;
        Ok((tables != Value::Int(0)).then_some(name))
    }

    /// Waits until no write is on its way, and keeps new ones from starting.
    async fn begin_end(&self) -> Result<RwLockWriteGuard<'_, bool>, StoreError> {
        let gone = self.gone.write().await;
        if *gone { Err(StoreError::Gone) } else { Ok(gone) }
    }
}
