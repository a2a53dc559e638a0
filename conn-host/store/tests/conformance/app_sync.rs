//! `AppSyncStore`.

use std::collections::HashMap;

use wacore::store::traits::{AppStateSyncKey, Backend};
use wacore_appstate::hash::HashState;
use wacore_appstate::processor::AppStateMutationMAC;

fn mac(index: u8, value: u8) -> AppStateMutationMAC {
    AppStateMutationMAC { index_mac: vec![index; 32], value_mac: vec![value; 32] }
}

pub async fn sync_keys(store: &dyn Backend) {
    assert!(store.get_sync_key(b"id").await.unwrap().is_none());
    assert_eq!(store.get_latest_sync_key_id().await.unwrap(), None);
    let key =
        |byte| AppStateSyncKey { key_data: vec![byte; 32], fingerprint: vec![byte, 0, 255], timestamp: 7 };
    // Ids are bytes, not text; this one is not even that.
    store.set_sync_key(&[0, 255, 1], key(1)).await.unwrap();
    store.set_sync_key(b"latest", key(2)).await.unwrap();
    let stored = store.get_sync_key(&[0, 255, 1]).await.unwrap().unwrap();
    assert_eq!((stored.key_data, stored.fingerprint, stored.timestamp), (vec![1; 32], vec![1, 0, 255], 7));
    assert_eq!(store.get_latest_sync_key_id().await.unwrap().unwrap(), b"latest");
    store.set_sync_key(&[0, 255, 1], key(3)).await.unwrap();
    assert_eq!(store.get_latest_sync_key_id().await.unwrap().unwrap(), [0, 255, 1]);
    assert_eq!(store.get_sync_key(&[0, 255, 1]).await.unwrap().unwrap().key_data, [3; 32]);
}

pub async fn versions(store: &dyn Backend) {
    let none = store.get_version("regular").await.unwrap();
    assert_eq!((none.version, none.hash, none.mac_mismatch_fatal), (0, [0; 128], false));
    let state = HashState {
        version: 42,
        hash: [9; 128],
        index_value_map: HashMap::from([("index".to_owned(), vec![1, 2]), (String::new(), Vec::new())]),
        mac_mismatch_fatal: true,
    };
    store.set_version("regular", state.clone()).await.unwrap();
    let stored = store.get_version("regular").await.unwrap();
    assert_eq!((stored.version, stored.hash, stored.mac_mismatch_fatal), (42, [9; 128], true));
    assert_eq!(stored.index_value_map, state.index_value_map);
    assert_eq!(store.get_version("regular_high").await.unwrap().version, 0);
}

pub async fn mutation_macs(store: &dyn Backend) {
    store.put_mutation_macs("regular", 1, &[mac(1, 10), mac(2, 20), mac(3, 30)]).await.unwrap();
    store.put_mutation_macs("regular_high", 1, &[mac(1, 11)]).await.unwrap();
    store.put_mutation_macs("regular", 2, &[mac(2, 21)]).await.unwrap();
    store.put_mutation_macs("regular", 2, &[]).await.unwrap();
    assert_eq!(store.get_mutation_mac("regular", &[2; 32]).await.unwrap().unwrap(), [21; 32]);
    assert_eq!(store.get_mutation_mac("regular", &[9; 32]).await.unwrap(), None);
    let found = store.get_mutation_macs("regular", &[[1; 32], [9; 32], [3; 32]]).await.unwrap();
    assert_eq!(found, HashMap::from([([1; 32], vec![10; 32]), ([3; 32], vec![30; 32])]));
    assert!(store.get_mutation_macs("regular", &[]).await.unwrap().is_empty());
    store.delete_mutation_macs("regular", &[vec![1; 32], vec![9; 32]]).await.unwrap();
    store.delete_mutation_macs("regular", &[]).await.unwrap();
    assert_eq!(store.get_mutation_mac("regular", &[1; 32]).await.unwrap(), None);
    store.clear_mutation_macs("regular").await.unwrap();
    assert_eq!(store.get_mutation_mac("regular", &[3; 32]).await.unwrap(), None);
    assert_eq!(
        store.get_mutation_mac("regular_high", &[1; 32]).await.unwrap().unwrap(),
        [11; 32],
        "another collection stays"
    );
    store.clear_mutation_macs("nothing").await.unwrap();
}
