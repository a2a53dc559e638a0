//! Synced app state of an account: the phone's key and, per collection, the patches in order.
//!
//! The server does not read patches; only the phone's first `critical_block` patch is made here, because a fresh client
//! expects that collection at version 1 with the account's push name.

use std::collections::BTreeMap;

use buffa::{Message, MessageField};
use serde::{Deserialize, Serialize};
use wacore_appstate::encode::encode_record;
use wacore_appstate::hash::{HashState, generate_patch_mac};
use wacore_appstate::keys::expand_app_state_keys;
use waproto::whatsapp as wa;

use super::blob::Blob;

/// The collection that holds the push name.
pub const CRITICAL_BLOCK: &str = "critical_block";

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
        let patch = state.push_name_patch(push_name, now);
        state.collections.entry(CRITICAL_BLOCK.to_owned()).or_default().patches.push(Blob(patch));
        state
    }

    fn push_name_patch(&self, push_name: &str, now: i64) -> Vec<u8> {
        let keys = expand_app_state_keys(&self.key.0);
        let value = wa::SyncActionValue {
            timestamp: Some(now * 1000),
            push_name_setting: MessageField::some(wa::sync_action_value::PushNameSetting {
                name: Some(push_name.to_owned()),
            }),
            ..Default::default()
        };
        let (mutation, _) = encode_record(
            wa::syncd_mutation::SyncdOperation::SET,
            br#"["setting_pushName"]"#,
            &value,
            &keys,
            &self.key_id.0,
            &rand::random(),
            1,
        );
        let mutations = vec![mutation];
        let mut hash = HashState::default();
        let (_, outcome) = hash.update_hash(&mutations, |_, _| Ok(None));
        outcome.expect("a SET without a previous value has nothing to look up");
        hash.version = 1;
        let mut patch = wa::SyncdPatch {
            version: MessageField::some(wa::SyncdVersion { version: Some(1) }),
            snapshot_mac: Some(hash.generate_snapshot_mac(CRITICAL_BLOCK, &keys.snapshot_mac)),
            key_id: MessageField::some(wa::KeyId { id: Some(self.key_id.0.clone()) }),
            mutations,
            ..Default::default()
        };
        patch.patch_mac = Some(generate_patch_mac(&patch, CRITICAL_BLOCK, &keys.patch_mac, 1));
        patch.encode_to_vec()
    }
}
