//! The stored form of every structured value: a byte that names the form, then postcard.
//!
//! These are our own types, not the library's, so that a new version of the library cannot change what is stored
//! without the compiler saying so. To change one: give it a new form byte, and go on reading the old.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wacore::store::traits::{AppStateSyncKey, DeviceInfo, DeviceListRecord, LidPnMappingEntry, TcTokenEntry};
use wacore_appstate::hash::HashState;

use crate::error::StoreError;

/// The form that is written now.
const FORM: u8 = 1;

/// Writes a value in its stored form.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(value, vec![FORM])
        .map_err(|error| StoreError::Refused(format!("a record cannot be written: {error}")))
}

/// Reads a stored form; `None` when it is none that is known.
pub(crate) fn decode<T: DeserializeOwned>(stored: &[u8]) -> Option<T> {
    match stored.split_first()? {
        (&FORM, rest) => {
            postcard::take_from_bytes(rest).ok().filter(|(_, left)| left.is_empty()).map(|it| it.0)
        }
        _ => None,
    }
}

macro_rules! stored {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub(crate) struct $name { $(pub(crate) $field: $type),* }
    };
}

stored! {
    /// An app state sync key.
    SyncKey { key_data: Vec<u8>, fingerprint: Vec<u8>, timestamp: i64 }
}
stored! {
    /// An app state collection's version and hash.
    AppState { version: u64, hash: Vec<u8>, index_value_map: BTreeMap<String, Vec<u8>>, mac_mismatch_fatal: bool }
}
stored! {
    /// One end of a LID and phone number mapping: the other end is the field.
    LidRow { other: String, created_at: i64, updated_at: i64, learning_source: String }
}
stored! {
    /// A user's devices.
    DeviceList { devices: Vec<(u32, Option<u32>, bool)>, timestamp: i64, phash: Option<String>, raw_id: Option<u32> }
}
stored! {
    /// A contact's privacy token.
    TcToken { token: Vec<u8>, token_timestamp: i64, sender_timestamp: Option<i64> }
}
stored! {
    /// A message's secret; its deadline is the stamp.
    MsgSecret { secret: [u8; 32], message_ts: i64 }
}

/// Which devices of a group have our sender key.
pub(crate) type SenderKeyDevices = BTreeMap<String, bool>;

impl From<AppStateSyncKey> for SyncKey {
    fn from(key: AppStateSyncKey) -> Self {
        let AppStateSyncKey { key_data, fingerprint, timestamp } = key;
        Self { key_data, fingerprint, timestamp }
    }
}

impl From<SyncKey> for AppStateSyncKey {
    fn from(key: SyncKey) -> Self {
        let SyncKey { key_data, fingerprint, timestamp } = key;
        Self { key_data, fingerprint, timestamp }
    }
}

impl From<HashState> for AppState {
    fn from(state: HashState) -> Self {
        let HashState { version, hash, index_value_map, mac_mismatch_fatal } = state;
        let index_value_map = index_value_map.into_iter().collect();
        Self { version, hash: hash.to_vec(), index_value_map, mac_mismatch_fatal }
    }
}

impl AppState {
    /// Back to the library's type; `None` when the hash has not its length.
    pub(crate) fn into_library(self) -> Option<HashState> {
        let Self { version, hash, index_value_map, mac_mismatch_fatal } = self;
        let index_value_map = index_value_map.into_iter().collect();
        Some(HashState { version, hash: hash.try_into().ok()?, index_value_map, mac_mismatch_fatal })
    }
}

impl LidRow {
    /// The row under the LID.
    pub(crate) fn of_lid(entry: &LidPnMappingEntry) -> Self {
        Self::new(&entry.phone_number, entry)
    }

    /// The row under the phone number.
    pub(crate) fn of_pn(entry: &LidPnMappingEntry) -> Self {
        Self::new(&entry.lid, entry)
    }

    fn new(other: &str, entry: &LidPnMappingEntry) -> Self {
        Self {
            other: other.to_owned(),
            created_at: entry.created_at,
            updated_at: entry.updated_at,
            learning_source: entry.learning_source.clone(),
        }
    }

    /// The mapping of `lid`, whose row this is.
    pub(crate) fn into_mapping_of_lid(self, lid: String) -> LidPnMappingEntry {
        let Self { other, created_at, updated_at, learning_source } = self;
        LidPnMappingEntry { lid, phone_number: other, created_at, updated_at, learning_source }
    }

    /// The mapping of `phone_number`, whose row this is.
    pub(crate) fn into_mapping_of_pn(self, phone_number: String) -> LidPnMappingEntry {
        let Self { other, created_at, updated_at, learning_source } = self;
        LidPnMappingEntry { lid: other, phone_number, created_at, updated_at, learning_source }
    }
}

impl DeviceList {
    pub(crate) fn new(record: &DeviceListRecord) -> Self {
        Self {
            devices: record.devices.iter().map(|d| (d.device_id, d.key_index, d.is_hosted)).collect(),
            timestamp: record.timestamp,
            phash: record.phash.clone(),
            raw_id: record.raw_id,
        }
    }

    /// Back to the library's type, of `user`.
    pub(crate) fn into_library(self, user: &str) -> DeviceListRecord {
        let Self { devices, timestamp, phash, raw_id } = self;
        let devices = devices
            .into_iter()
            .map(|(id, key_index, hosted)| DeviceInfo::new(id, key_index).with_hosting(hosted))
            .collect();
        DeviceListRecord { user: user.to_owned(), devices, timestamp, phash, raw_id }
    }
}

impl From<TcTokenEntry> for TcToken {
    fn from(entry: TcTokenEntry) -> Self {
        let TcTokenEntry { token, token_timestamp, sender_timestamp } = entry;
        Self { token, token_timestamp, sender_timestamp }
    }
}

impl From<TcToken> for TcTokenEntry {
    fn from(token: TcToken) -> Self {
        let TcToken { token, token_timestamp, sender_timestamp } = token;
        Self { token, token_timestamp, sender_timestamp }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
        let stored = encode(value).unwrap();
        assert_eq!(stored[0], FORM);
        assert_eq!(decode::<T>(&stored).as_ref(), Some(value));
        assert_eq!(decode::<T>(&stored[..stored.len() - 1]), None, "cut short");
        assert_eq!(decode::<T>(&[&stored[..], &[0]].concat()), None, "too long");
    }

    proptest! {
        #[test]
        fn rows_are_read_back(
            text in ".{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..300),
            a in any::<i64>(), b in any::<i64>(), n in any::<u64>(), id in any::<u32>(),
            flag in any::<bool>(), secret in any::<[u8; 32]>(), time in any::<Option<i64>>(),
        ) {
            same(&SyncKey { key_data: bytes.clone(), fingerprint: bytes.clone(), timestamp: a });
            let index_value_map = BTreeMap::from([(text.clone(), bytes.clone())]);
            same(&AppState { version: n, hash: vec![7; 128], index_value_map, mac_mismatch_fatal: flag });
            same(&LidRow { other: text.clone(), created_at: a, updated_at: b, learning_source: text.clone() });
            let devices = vec![(id, None, flag), (id, Some(id), !flag)];
            same(&DeviceList { devices, timestamp: a, phash: Some(text.clone()), raw_id: Some(id) });
            same(&TcToken { token: bytes, token_timestamp: a, sender_timestamp: time });
            same(&MsgSecret { secret, message_ts: b });
            same(&SenderKeyDevices::from([(text, flag)]));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (decode::<SyncKey>(&bytes), decode::<AppState>(&bytes), decode::<LidRow>(&bytes));
            let _ = (decode::<DeviceList>(&bytes), decode::<TcToken>(&bytes), decode::<MsgSecret>(&bytes));
            let _ = decode::<SenderKeyDevices>(&bytes);
        }
    }

    #[test]
    fn a_form_of_the_future_is_not_guessed_at() {
        let mut stored = encode(&MsgSecret { secret: [1; 32], message_ts: 1 }).unwrap();
        stored[0] = FORM + 1;
        assert_eq!(decode::<MsgSecret>(&stored), None);
    }
}
