//! Which devices of a group have our sender key: one record per group, since a row per device would be mostly overhead
//! (a group may have 2,000 devices). Writing looks first, so it is two round trips, under the session's lock.

use super::record::SenderKeyDevices;
use super::{DeviceStore, table};
use crate::error::StoreError;

const TABLE: &str = table::SENDER_KEY_DEVICE;

impl DeviceStore {
    pub(super) async fn sender_key_devices(&self, group: &str) -> Result<Vec<(String, bool)>, StoreError> {
        let devices: Option<SenderKeyDevices> = self.get_record(TABLE, group).await?;
        Ok(devices.unwrap_or_default().into_iter().collect())
    }

    pub(super) async fn set_sender_key_devices(
        &self,
        group: &str,
        entries: &[(&str, bool)],
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let _lock = self.look_and_write.lock().await;
        let before: SenderKeyDevices = self.get_record(TABLE, group).await?.unwrap_or_default();
        let mut devices = before.clone();
        devices.extend(entries.iter().map(|(device, has)| ((*device).to_owned(), *has)));
        if devices == before {
            return Ok(());
        }
        let row = self.record(TABLE, group, &devices)?;
        self.commit(self.writes().hset_owned(self.table(TABLE), vec![row])).await
    }

    pub(super) async fn clear_sender_key_group(&self, group: &str) -> Result<(), StoreError> {
        let _lock = self.look_and_write.lock().await;
        self.delete(TABLE, &[group]).await
    }

    pub(super) async fn clear_sender_key_groups(&self) -> Result<(), StoreError> {
        let _lock = self.look_and_write.lock().await;
        self.commit(self.writes().del(self.table(TABLE))).await
    }

    /// Removes devices from every group that names them.
    pub(super) async fn forget_sender_key_devices(&self, gone: &[&str]) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        let _lock = self.look_and_write.lock().await;
        let mut writes = self.writes();
        for (group, mut devices) in self.get_all_records::<SenderKeyDevices>(TABLE).await? {
            let before = devices.len();
            devices.retain(|device, _| !gone.contains(&device.as_str()));
            if devices.is_empty() {
                writes = writes.hdel(self.table(TABLE), &[group]);
            } else if devices.len() < before {
                writes = writes.hset_owned(self.table(TABLE), vec![self.record(TABLE, group, &devices)?]);
            }
        }
        self.commit(writes).await
    }
}
