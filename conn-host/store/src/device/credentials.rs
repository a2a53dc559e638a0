//! The device itself, with its own keys: the library's `DeviceStore`.

use std::sync::Arc;

use async_trait::async_trait;
use wacore::stats::StorageResourceReport;
use wacore::store::Device;
use wacore::store::device::DEVICE_PROPS;
use wacore::store::error::{Result, StoreError as LibraryError};
use wacore::store::traits;
use zeroize::Zeroizing;

use super::{DeviceStore, table};

/// The one device of a store, by the number that the library wants for it.
const DEVICE_ID: i32 = 1;

fn encode(device: &Device) -> Result<Zeroizing<Vec<u8>>> {
    serde_json::to_vec(device)
        .map(Zeroizing::new)
        .map_err(|error| LibraryError::Serialization(Box::new(error)))
}

#[async_trait]
impl traits::DeviceStore for DeviceStore {
    async fn save(&self, device: &Device) -> Result<()> {
        let row = self.row(table::DEVICE, table::DEVICE, &encode(device)?)?;
        Ok(self.commit_durable(self.writes().hset_owned(self.table(table::DEVICE), vec![row])).await?)
    }

    async fn load(&self) -> Result<Option<Device>> {
        let Some(json) = self.get(table::DEVICE, table::DEVICE).await?.map(Zeroizing::new) else {
            return Ok(None);
        };
        let mut device: Device =
            serde_json::from_slice(&json).map_err(|_| self.damage(table::DEVICE, table::DEVICE))?;
        // Not stored by the library; a new device has these, and the host sets its own at each start.
        device.device_props = Arc::new(DEVICE_PROPS.clone());
        Ok(Some(device))
    }

    async fn exists(&self) -> Result<bool> {
        self.check_there().await?;
        Ok(self.exists_device().await?)
    }

    /// Makes a device, unless there is one.
    async fn create(&self) -> Result<i32> {
        let (field, value) = self.row(table::DEVICE, table::DEVICE, &encode(&Device::new())?)?;
        self.commit_durable(self.writes().hset_nx(self.table(table::DEVICE), field, value)).await?;
        Ok(DEVICE_ID)
    }

    /// The records are in Redis; what is kept of them here is some kilobytes.
    async fn resource_report(&self) -> StorageResourceReport {
        StorageResourceReport { memory_bytes: Some(0), ..Default::default() }
    }
}
