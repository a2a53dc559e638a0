//! Identities, ratchets, pre-keys and sender keys: the library's `SignalStore`.
//!
//! The library keeps ratchets in memory and flushes them in batches; a send waits for the flush when it needs a new
//! lease of message keys. Those flushes, and pre-keys before their upload, are on disk when the call returns.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use redis::Pipeline;
use tracing::error;
use wacore::store::error::Result;
use wacore::store::traits::SignalStore;

use super::{DeviceStore, prekey, table};
use crate::error::StoreError;
use crate::seal::corrupt;

/// The users that have a session or an identity, as hashes: 8 bytes each. A user stays in it when its last state is
/// deleted, and two may share a hash; both only cost the library a look that finds nothing.
#[derive(Default)]
pub(super) struct Peers {
    users: HashSet<u64>,
    hasher: RandomState,
}

impl Peers {
    /// Takes in the user of an address `user@server` or `user:device@server`.
    fn add(&mut self, address: &str) {
        let user = address.split(['@', ':']).next().unwrap_or(address);
        self.users.insert(self.hasher.hash_one(user));
    }

    fn has(&self, user: &str) -> bool {
        self.users.contains(&self.hasher.hash_one(user))
    }
}

impl DeviceStore {
    /// Notes users that have state now. After the write, so that a first look that happens meanwhile finds them in
    /// Redis or here.
    async fn note_peers<'a>(&self, addresses: impl Iterator<Item = &'a str>) {
        if let Some(peers) = self.peers.lock().await.as_mut() {
            addresses.for_each(|address| peers.add(address));
        }
    }

    /// Writes Signal records of several addresses; ratchets are on disk when it returns. One round trip.
    async fn put_addressed<V: AsRef<[u8]>>(
        &self,
        table: &'static str,
        rows: &[(Arc<str>, V)],
    ) -> std::result::Result<(), StoreError> {
        let sealed: std::result::Result<Vec<_>, _> =
            rows.iter().map(|(address, value)| self.row(table, address.as_bytes(), value.as_ref())).collect();
        let writes = self.writes().hset_owned(self.table(table), sealed?);
        let result = match table {
            // An identity is no counter: it may be learnt again.
            table::IDENTITY => self.commit(writes).await,
            _ => self.commit_durable(writes).await,
        };
        if table != table::SENDER_KEY {
            self.note_peers(rows.iter().map(|(address, _)| &**address)).await;
        }
        result
    }

    /// Writes pre-keys, durably. One round trip.
    async fn put_prekeys(&self, keys: Vec<(u32, Bytes)>) -> std::result::Result<(), StoreError> {
        let ids: Vec<_> = keys.iter().map(|(id, _)| *id).collect();
        let stored = prekey::work(keys, |(id, record)| prekey::shorten(*id, record)).await;
        let mut rows: [Vec<_>; table::PREKEYS.len()] = Default::default();
        for (id, stored) in ids.into_iter().zip(stored) {
            let row = self.row(prekey::table_of(id), prekey::field(id), &stored)?;
            if let Some(rows) = rows.get_mut(id as usize % table::PREKEYS.len()) {
                rows.push(row);
            }
        }
        let writes = table::PREKEYS
            .into_iter()
            .zip(rows)
            .fold(self.writes(), |writes, (name, rows)| writes.hset_owned(self.table(name), rows));
        self.commit_durable(writes).await
    }

    /// Reads pre-keys, those that exist. One round trip.
    async fn get_prekeys(&self, ids: &[u32]) -> std::result::Result<Vec<(u32, Bytes)>, StoreError> {
        self.check_there().await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::new();
        for id in ids {
            pipeline.hget(self.table(prekey::table_of(*id)), prekey::field(*id));
        }
        let sealed: Vec<Option<Vec<u8>>> = self.read_all(&pipeline).await?;
        let mut stored = Vec::with_capacity(ids.len());
        for (id, sealed) in ids.iter().zip(sealed) {
            if let Some(sealed) = sealed {
                let opened = self.open_sealed(prekey::table_of(*id), &prekey::field(*id), &sealed)?;
                stored.push((*id, zeroize::Zeroizing::new(opened.plain)));
            }
        }
        prekey::work(stored, |(id, stored)| {
            let record = prekey::restore(*id, stored);
            record
                .map(|record| (*id, record))
                .ok_or_else(|| corrupt(prekey::table_of(*id), prekey::field(*id)))
        })
        .await
        .into_iter()
        .collect()
    }

    /// Reads what is kept under another device's address. What is damaged is as good as lost: it is set up anew, where the
    /// library would leave the device out of all it encrypts.
    async fn get_peers(
        &self,
        table: &'static str,
        address: &str,
    ) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        match self.get(table, address).await {
            Err(StoreError::Corrupt { .. }) => {
                error!(session = %self.session, table, "a record of another device is damaged; it is set up anew");
                Ok(None)
            }
            result => result,
        }
    }

    /// Whether `user` has, or had, a session or an identity. The first call reads all addresses, in one round trip;
    /// the others none.
    async fn has_peer(&self, user: &str) -> std::result::Result<bool, StoreError> {
        self.check_there().await?;
        let mut peers = self.peers.lock().await;
        if let Some(peers) = peers.as_ref() {
            return Ok(peers.has(user));
        }
        let mut pipeline = Pipeline::new();
        pipeline.hkeys(self.table(table::SESSION)).hkeys(self.table(table::IDENTITY));
        let (sessions, identities): (Vec<String>, Vec<String>) = self.read_all(&pipeline).await?;
        let mut read = Peers::default();
        sessions.iter().chain(&identities).for_each(|address| read.add(address));
        Ok(peers.insert(read).has(user))
    }
}

/// A number that is a field's name.
fn number(table: &'static str, field: &str) -> std::result::Result<u32, StoreError> {
    field.parse().map_err(|_| corrupt(table, field))
}

#[async_trait]
impl SignalStore for DeviceStore {
    async fn put_identity(&self, address: &str, key: [u8; 32]) -> Result<()> {
        Ok(self.put_addressed(table::IDENTITY, &[(address.into(), key)]).await?)
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> Result<()> {
        Ok(self.put_addressed(table::IDENTITY, identities).await?)
    }

    async fn load_identity(&self, address: &str) -> Result<Option<[u8; 32]>> {
        let key = self.get_peers(table::IDENTITY, address).await?;
        let key = key.map(|key| <[u8; 32]>::try_from(key).map_err(|_| corrupt(table::IDENTITY, address)));
        Ok(key.transpose()?)
    }

    async fn delete_identity(&self, address: &str) -> Result<()> {
        Ok(self.delete(table::IDENTITY, &[address]).await?)
    }

    async fn get_session(&self, address: &str) -> Result<Option<Bytes>> {
        Ok(self.get_peers(table::SESSION, address).await?.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> Result<()> {
        Ok(self.put_addressed(table::SESSION, &[(address.into(), session)]).await?)
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> Result<()> {
        Ok(self.put_addressed(table::SESSION, sessions).await?)
    }

    async fn delete_session(&self, address: &str) -> Result<()> {
        Ok(self.delete(table::SESSION, &[address]).await?)
    }

    async fn has_session(&self, address: &str) -> Result<bool> {
        // One that is there and cannot be opened is none.
        Ok(self.get_peers(table::SESSION, address).await?.is_some())
    }

    async fn has_signal_state_for_user(&self, user: &str) -> Result<bool> {
        Ok(self.has_peer(user).await?)
    }

    async fn store_prekey(&self, id: u32, record: &[u8], _uploaded: bool) -> Result<()> {
        Ok(self.put_prekeys(vec![(id, Bytes::copy_from_slice(record))]).await?)
    }

    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], _uploaded: bool) -> Result<()> {
        Ok(self.put_prekeys(keys.to_vec()).await?)
    }

    async fn load_prekey(&self, id: u32) -> Result<Option<Bytes>> {
        Ok(self.get_prekeys(&[id]).await?.pop().map(|(_, record)| record))
    }

    async fn load_prekeys_batch(&self, ids: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        Ok(self.get_prekeys(ids).await?)
    }

    /// Nothing: whether a pre-key was uploaded is nowhere asked of the store (the device's own watermark says it), so
    /// it is not kept, and a pre-key that was used up meanwhile cannot come back by this.
    async fn mark_prekeys_uploaded(&self, _ids: &[u32]) -> Result<()> {
        Ok(())
    }

    async fn remove_prekey(&self, id: u32) -> Result<()> {
        Ok(self.delete(prekey::table_of(id), &[prekey::field(id)]).await?)
    }

    async fn get_max_prekey_id(&self) -> Result<u32> {
        self.check_there().await?;
        let mut pipeline = Pipeline::new();
        for name in table::PREKEYS {
            pipeline.hkeys(self.table(name));
        }
        let names: Vec<Vec<String>> = self.read_all(&pipeline).await?;
        let mut highest = 0;
        for (table, names) in table::PREKEYS.into_iter().zip(names) {
            for name in names {
                highest = highest.max(number(table, &name)?);
            }
        }
        Ok(highest)
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> Result<()> {
        let row = self.row(table::SIGNED_PREKEY, id.to_string(), record)?;
        let writes = self.writes().hset_owned(self.table(table::SIGNED_PREKEY), vec![row]);
        Ok(self.commit_durable(writes).await?)
    }

    async fn load_signed_prekey(&self, id: u32) -> Result<Option<Vec<u8>>> {
        Ok(self.get(table::SIGNED_PREKEY, id.to_string()).await?)
    }

    async fn load_all_signed_prekeys(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let rows = self.get_all(table::SIGNED_PREKEY).await?;
        let id = |field: &[u8]| number(table::SIGNED_PREKEY, &String::from_utf8_lossy(field));
        Ok(rows
            .into_iter()
            .map(|(field, record)| Ok((id(&field)?, record)))
            .collect::<std::result::Result<_, StoreError>>()?)
    }

    async fn remove_signed_prekey(&self, id: u32) -> Result<()> {
        Ok(self.delete(table::SIGNED_PREKEY, &[id.to_string()]).await?)
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> Result<()> {
        Ok(self.put_addressed(table::SENDER_KEY, &[(address.into(), record)]).await?)
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> Result<()> {
        Ok(self.put_addressed(table::SENDER_KEY, sender_keys).await?)
    }

    async fn get_sender_key(&self, address: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.get_peers(table::SENDER_KEY, address).await?)
    }

    async fn delete_sender_key(&self, address: &str) -> Result<()> {
        Ok(self.delete(table::SENDER_KEY, &[address]).await?)
    }
}
