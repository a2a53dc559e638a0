//! Keys, versions and MACs of the account's app state: the library's `AppSyncStore`.

use std::collections::HashMap;

use async_trait::async_trait;
use wacore::store::error::Result;
use wacore::store::traits::{AppStateSyncKey, AppSyncStore};
use wacore_appstate::hash::HashState;
use wacore_appstate::processor::AppStateMutationMAC;

use super::record::{AppState, SyncKey};
use super::{DROP_PREFIX, DeviceStore, table};
use crate::seal::corrupt;

/// The field of [`table::SYNC_KEY`] that holds the id of the key that was set last.
const LATEST: &[u8] = b"latest";

/// The field of a sync key: no id can make it [`LATEST`].
fn key_field(id: &[u8]) -> Vec<u8> {
    [b"k", id].concat()
}

/// How the fields of a collection's MACs begin: its length and its name, so that no name is another's beginning.
fn mac_prefix(collection: &str) -> Vec<u8> {
    let length = u32::try_from(collection.len()).unwrap_or(u32::MAX).to_be_bytes();
    // The names that exist are short; one byte of length serves them, and the others stay apart all the same.
    match length {
        [0, 0, 0, short] if short < u8::MAX => [&[short], collection.as_bytes()].concat(),
        long => [&[u8::MAX], long.as_slice(), collection.as_bytes()].concat(),
    }
}

fn mac_field(collection: &str, index_mac: &[u8]) -> Vec<u8> {
    [&mac_prefix(collection), index_mac].concat()
}

#[async_trait]
impl AppSyncStore for DeviceStore {
    async fn get_sync_key(&self, key_id: &[u8]) -> Result<Option<AppStateSyncKey>> {
        Ok(self.get_record::<SyncKey>(table::SYNC_KEY, key_field(key_id)).await?.map(Into::into))
    }

    async fn set_sync_key(&self, key_id: &[u8], key: AppStateSyncKey) -> Result<()> {
        let rows = vec![
            self.record(table::SYNC_KEY, key_field(key_id), &SyncKey::from(key))?,
            self.row(table::SYNC_KEY, LATEST, key_id)?,
        ];
        Ok(self.commit(self.writes().hset_owned(self.table(table::SYNC_KEY), rows)).await?)
    }

    async fn get_version(&self, name: &str) -> Result<HashState> {
        match self.get_record::<AppState>(table::APP_STATE, name).await? {
            Some(state) => Ok(state.into_library().ok_or_else(|| corrupt(table::APP_STATE, name))?),
            None => Ok(HashState::default()),
        }
    }

    async fn set_version(&self, name: &str, state: HashState) -> Result<()> {
        let row = self.record(table::APP_STATE, name, &AppState::from(state))?;
        Ok(self.commit(self.writes().hset_owned(self.table(table::APP_STATE), vec![row])).await?)
    }

    /// The version is not kept: nobody asks for it.
    async fn put_mutation_macs(
        &self,
        name: &str,
        _version: u64,
        mutations: &[AppStateMutationMAC],
    ) -> Result<()> {
        let row =
            |mac: &AppStateMutationMAC| self.row(table::MAC, mac_field(name, &mac.index_mac), &mac.value_mac);
        let rows = mutations.iter().map(row).collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(self.commit(self.writes().hset_owned(self.table(table::MAC), rows)).await?)
    }

    async fn get_mutation_mac(&self, name: &str, index_mac: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.get(table::MAC, mac_field(name, index_mac)).await?)
    }

    async fn get_mutation_macs(
        &self,
        name: &str,
        index_macs: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Vec<u8>>> {
        let fields: Vec<_> = index_macs.iter().map(|mac| mac_field(name, mac)).collect();
        let values = self.get_many(table::MAC, &fields).await?;
        Ok(index_macs.iter().zip(values).filter_map(|(index, value)| Some((*index, value?))).collect())
    }

    async fn delete_mutation_macs(&self, name: &str, index_macs: &[Vec<u8>]) -> Result<()> {
        let fields: Vec<_> = index_macs.iter().map(|mac| mac_field(name, mac)).collect();
        Ok(self.delete(table::MAC, &fields).await?)
    }

    async fn clear_mutation_macs(&self, name: &str) -> Result<()> {
        self.run(&DROP_PREFIX, table::MAC, vec![mac_prefix(name)]).await?;
        Ok(())
    }

    async fn get_latest_sync_key_id(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.get(table::SYNC_KEY, LATEST).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_collection_is_anothers_beginning() {
        assert!(!mac_field("regular_high", b"x").starts_with(&mac_prefix("regular")));
        assert!(mac_field("regular", b"x").starts_with(&mac_prefix("regular")));
        let long = "x".repeat(300);
        assert!(mac_field(&long, b"").starts_with(&mac_prefix(&long)));
        assert_ne!(key_field(b"atest"), LATEST);
    }
}
