//! Synced app state of an account: the phone's key and, per collection, the patches in order.
//!
//! The server does not read patches. The phone has the key: it writes some of its own - the first one is in
//! `critical_block`, because a fresh client expects that collection at version 1 with the account's push name - and
//! reads what its companions write.

use std::collections::{BTreeMap, HashMap};

use buffa::{Message, MessageField};
use serde::{Deserialize, Serialize};
use wacore_appstate::decode::decode_record;
use wacore_appstate::encode::encode_record;
use wacore_appstate::hash::{HashState, generate_patch_mac};
use wacore_appstate::keys::expand_app_state_keys;
use wacore_appstate::schemas::{self, Schema};
use waproto::whatsapp as wa;
use waproto::whatsapp::syncd_mutation::SyncdOperation;

use super::blob::Blob;

/// Key and collections.
#[derive(Serialize, Deserialize)]
pub struct AppState {
    /// Names the key, 6 bytes.
    pub key_id: Blob,
    /// The key, 32 bytes.
    pub key: Blob,
    /// When the phone made it, unix milliseconds.
    pub key_time: i64,
    /// By name; a missing collection is at version 0.
    pub collections: BTreeMap<String, Collection>,
}

/// The patches of a collection; patch n has version n.
#[derive(Default, Serialize, Deserialize)]
pub struct Collection {
    /// Encoded `SyncdPatch`es, each with its version set.
    pub patches: Vec<Blob>,
}

impl Collection {
    /// The current version.
    pub fn version(&self) -> u64 {
        self.patches.len() as u64
    }
}

impl AppState {
    /// A new key and `critical_block` at version 1 with this push name.
    pub fn new(push_name: &str, now: i64) -> Self {
        let key: [u8; 32] = rand::random();
        let tail: [u8; 4] = rand::random();
        let key_id = [&[0, 0][..], &tail[..]].concat();
        let mut state = AppState {
            key_id: Blob(key_id),
            key: Blob(key.to_vec()),
            key_time: now * 1000,
            collections: BTreeMap::new(),
        };
        let value = push_name_setting(push_name, now);
        state.append(&schemas::SETTING_PUSH_NAME, &[], &value);
        state
    }

    /// The phone changes a setting: one more patch, with the one mutation. Returns the collection and its new version.
    pub fn append(
        &mut self,
        action: &Schema,
        index: &[&str],
        value: &wa::SyncActionValue,
    ) -> (&'static str, u64) {
        let name = action.collection.as_str();
        let index: Vec<&str> = std::iter::once(action.name).chain(index.iter().copied()).collect();
        let index = serde_json::to_vec(&index).unwrap_or_default();
        let keys = expand_app_state_keys(&self.key.0);
        let (mutation, _) = encode_record(
            SyncdOperation::SET,
            &index,
            value,
            &keys,
            &self.key_id.0,
            &rand::random(),
            i32::try_from(action.version).unwrap_or_default(),
        );
        let mutations = vec![mutation];
        let mut sum = self.sum_of(name);
        sum.add(&mutations);
        sum.hash.version += 1;
        let version = sum.hash.version;
        let mut patch = wa::SyncdPatch {
            version: MessageField::some(wa::SyncdVersion { version: Some(version) }),
            snapshot_mac: Some(sum.hash.generate_snapshot_mac(name, &keys.snapshot_mac)),
            key_id: MessageField::some(wa::KeyId { id: Some(self.key_id.0.clone()) }),
            mutations,
            ..Default::default()
        };
        patch.patch_mac = Some(generate_patch_mac(&patch, name, &keys.patch_mac, version));
        let collection = self.collections.entry(name.to_owned()).or_default();
        collection.patches.push(Blob(patch.encode_to_vec()));
        (name, version)
    }

    fn patches_of(&self, name: &str) -> Vec<wa::SyncdPatch> {
        let collection = self.collections.get(name);
        let patches = collection.map(|collection| collection.patches.as_slice()).unwrap_or_default();
        patches.iter().filter_map(|p| wa::SyncdPatch::decode_from_slice(p.0.as_slice()).ok()).collect()
    }

    fn sum_of(&self, name: &str) -> Sum {
        let mut sum = Sum::default();
        for patch in self.patches_of(name) {
            sum.add(&patch.mutations);
            sum.hash.version += 1;
        }
        sum
    }

    /// What a collection says now, by index: the phone has the key, so it can read what its companions wrote.
    pub fn entries(&self, name: &str) -> Vec<(Vec<String>, wa::SyncActionValue)> {
        let keys = expand_app_state_keys(&self.key.0);
        let mut entries: Vec<(Vec<String>, wa::SyncActionValue)> = Vec::new();
        for patch in self.patches_of(name) {
            for mutation in &patch.mutations {
                let operation = operation_of(mutation);
                let Some(record) = mutation.record.as_option() else { continue };
                let Ok((read, _)) = decode_record(operation, record, &keys, &self.key_id.0, false) else {
                    continue;
                };
                entries.retain(|(index, _)| *index != read.index);
                if operation == SyncdOperation::SET {
                    entries.push((read.index, read.action_value.unwrap_or_default()));
                }
            }
        }
        entries
    }
}

fn operation_of(mutation: &wa::SyncdMutation) -> SyncdOperation {
    mutation.operation.and_then(|operation| operation.as_known()).unwrap_or(SyncdOperation::SET)
}

/// The value that names the account.
pub fn push_name_setting(push_name: &str, now: i64) -> wa::SyncActionValue {
    wa::SyncActionValue {
        timestamp: Some(now * 1000),
        push_name_setting: MessageField::some(wa::sync_action_value::PushNameSetting {
            name: Some(push_name.to_owned()),
        }),
        ..Default::default()
    }
}

/// What a collection's patches add up to.
#[derive(Default)]
struct Sum {
    hash: HashState,
    values: HashMap<Vec<u8>, Vec<u8>>,
}

impl Sum {
    /// Adds a patch's mutations. The last 32 bytes of a value are what is summed.
    fn add(&mut self, mutations: &[wa::SyncdMutation]) {
        let known = &self.values;
        let (_, outcome) = self.hash.update_hash(mutations, |index, _| Ok(known.get(index).cloned()));
        if let Err(error) = outcome {
            tracing::warn!("a patch that nobody understands: {error:#}");
        }
        for mutation in mutations {
            let record = mutation.record.as_option();
            let index = record.and_then(|record| record.index.as_option()?.blob.clone());
            let value = record.and_then(|record| record.value.as_option()?.blob.clone());
            let (Some(index), Some(value)) = (index, value) else { continue };
            match operation_of(mutation) {
                SyncdOperation::SET => {
                    self.values.insert(index, value[value.len().saturating_sub(32)..].to_vec());
                }
                _ => {
                    self.values.remove(&index);
                }
            }
        }
    }
}
