//! `ProtocolStore`, but for mappings and messages.

use wacore::store::traits::{Backend, DeviceInfo, DeviceListRecord, TcTokenEntry};

const GROUP: &str = "120363000000000001@g.us";
const OTHER: &str = "120363000000000002@g.us";

async fn devices(store: &dyn Backend, group: &str) -> Vec<(String, bool)> {
    let mut devices = store.get_sender_key_devices(group).await.unwrap();
    devices.sort_unstable();
    devices
}

fn named(entries: &[(&str, bool)]) -> Vec<(String, bool)> {
    entries.iter().map(|(name, has)| ((*name).to_owned(), *has)).collect()
}

pub async fn sender_key_devices(store: &dyn Backend) {
    assert!(devices(store, GROUP).await.is_empty());
    store.set_sender_key_status(GROUP, &[("a:1@lid", true), ("b@lid", true)]).await.unwrap();
    store.set_sender_key_status(GROUP, &[("b@lid", false), ("c@lid", false)]).await.unwrap();
    store.set_sender_key_status(GROUP, &[]).await.unwrap();
    store.set_sender_key_status(OTHER, &[("b@lid", true), ("d@lid", true)]).await.unwrap();
    assert_eq!(devices(store, GROUP).await, named(&[("a:1@lid", true), ("b@lid", false), ("c@lid", false)]));
    store.delete_sender_key_device_rows(&["b@lid", "x@lid"]).await.unwrap();
    store.delete_sender_key_device_rows(&[]).await.unwrap();
    assert_eq!(devices(store, GROUP).await, named(&[("a:1@lid", true), ("c@lid", false)]));
    assert_eq!(devices(store, OTHER).await, named(&[("d@lid", true)]));
    store.delete_sender_key_device_rows(&["d@lid"]).await.unwrap();
    assert!(devices(store, OTHER).await.is_empty());
    store.set_sender_key_status(OTHER, &[("e@lid", true)]).await.unwrap();
    store.clear_sender_key_devices(GROUP).await.unwrap();
    assert!(devices(store, GROUP).await.is_empty());
    assert_eq!(devices(store, OTHER).await.len(), 1);
    store.clear_all_sender_key_devices().await.unwrap();
    assert!(devices(store, OTHER).await.is_empty());
}

pub async fn base_keys(store: &dyn Backend) {
    assert!(!store.has_same_base_key("addr", "M1", b"key").await.unwrap());
    store.save_base_key("addr", "M1", b"key").await.unwrap();
    assert!(store.has_same_base_key("addr", "M1", b"key").await.unwrap());
    assert!(!store.has_same_base_key("addr", "M1", b"other").await.unwrap());
    assert!(!store.has_same_base_key("addr", "M2", b"key").await.unwrap());
    assert!(!store.has_same_base_key("add", "rM1", b"key").await.unwrap());
    store.save_base_key("addr", "M1", b"other").await.unwrap();
    assert!(store.has_same_base_key("addr", "M1", b"other").await.unwrap());
    store.delete_base_key("addr", "M1").await.unwrap();
    assert!(!store.has_same_base_key("addr", "M1", b"other").await.unwrap());
}

pub async fn device_lists(store: &dyn Backend) {
    let record = |user: &str, devices: Vec<DeviceInfo>| DeviceListRecord {
        user: user.to_owned(),
        devices,
        timestamp: 1_700_000_000,
        phash: Some("2:abc".to_owned()),
        raw_id: Some(5),
    };
    assert!(store.get_devices("alice").await.unwrap().is_none());
    store.update_device_list(record("alice", vec![DeviceInfo::new(0, None)])).await.unwrap();
    let two = vec![DeviceInfo::new(0, None), DeviceInfo::new(99, Some(3)).with_hosting(true)];
    store.update_device_lists(vec![record("alice", two), record("bob", Vec::new())]).await.unwrap();
    store.update_device_lists(Vec::new()).await.unwrap();
    let alice = store.get_devices("alice").await.unwrap().unwrap();
    let listed: Vec<_> = alice.devices.iter().map(|d| (d.device_id, d.key_index, d.is_hosted)).collect();
    assert_eq!(listed, [(0, None, false), (99, Some(3), true)]);
    assert_eq!(
        (alice.user.as_str(), alice.timestamp, alice.phash.as_deref(), alice.raw_id),
        ("alice", 1_700_000_000, Some("2:abc"), Some(5))
    );
    assert!(store.get_devices("bob").await.unwrap().unwrap().devices.is_empty());
    store.delete_devices("alice").await.unwrap();
    assert!(store.get_devices("alice").await.unwrap().is_none());
}

pub async fn group_metadata(store: &dyn Backend) {
    assert_eq!(store.get_group_metadata(GROUP).await.unwrap(), None);
    store.put_group_metadata(GROUP, b"one").await.unwrap();
    store.put_group_metadata(GROUP, &[0, 255]).await.unwrap();
    assert_eq!(store.get_group_metadata(GROUP).await.unwrap().unwrap(), [0, 255]);
    store.delete_group_metadata(GROUP).await.unwrap();
    assert_eq!(store.get_group_metadata(GROUP).await.unwrap(), None);
}

async fn token(store: &dyn Backend, jid: &str) -> Option<(Vec<u8>, i64, Option<i64>)> {
    let entry = store.get_tc_token(jid).await.unwrap()?;
    Some((entry.token, entry.token_timestamp, entry.sender_timestamp))
}

fn entry(token: &[u8], token_timestamp: i64, sender_timestamp: Option<i64>) -> TcTokenEntry {
    TcTokenEntry { token: token.to_vec(), token_timestamp, sender_timestamp }
}

pub async fn tc_tokens(store: &dyn Backend) {
    assert_eq!(token(store, "a@lid").await, None);
    store.put_tc_token("a@lid", &entry(b"one", 100, Some(50))).await.unwrap();
    assert_eq!(token(store, "a@lid").await, Some((b"one".to_vec(), 100, Some(50))));
    // What is received: the newer one wins, the other part stays.
    store.store_received_tc_token("a@lid", b"old", 99).await.unwrap();
    assert_eq!(token(store, "a@lid").await, Some((b"one".to_vec(), 100, Some(50))));
    store.store_received_tc_token("a@lid", b"same age", 100).await.unwrap();
    store.store_received_tc_token("b@lid", b"first", 1).await.unwrap();
    assert_eq!(token(store, "a@lid").await, Some((b"same age".to_vec(), 100, Some(50))));
    assert_eq!(token(store, "b@lid").await, Some((b"first".to_vec(), 1, None)));
    // When we sent ours: forward only; a place-holder blocks nothing.
    store.touch_tc_token_sender_timestamp("a@lid", 60).await.unwrap();
    store.touch_tc_token_sender_timestamp("a@lid", 55).await.unwrap();
    assert_eq!(token(store, "a@lid").await, Some((b"same age".to_vec(), 100, Some(60))));
    store.touch_tc_token_sender_timestamp("c@lid", 900).await.unwrap();
    assert_eq!(token(store, "c@lid").await, Some((Vec::new(), 900, Some(900))));
    store.store_received_tc_token("c@lid", b"real", 600).await.unwrap();
    assert_eq!(token(store, "c@lid").await, Some((b"real".to_vec(), 600, Some(900))));
    let mut jids = store.get_all_tc_token_jids().await.unwrap();
    jids.sort_unstable();
    assert_eq!(jids, ["a@lid", "b@lid", "c@lid"]);
    store.delete_tc_token("b@lid").await.unwrap();
    assert_eq!(token(store, "b@lid").await, None);
}

pub async fn tc_tokens_expire(store: &dyn Backend) {
    for (jid, it) in [
        ("live", entry(b"t", 5_000, None)),
        ("over", entry(b"t", 1, None)),
        ("over, sent lately", entry(b"t", 1, Some(2_500))),
        ("over, sent long ago", entry(b"t", 1, Some(1_500))),
        ("nothing received, sent lately", entry(b"", 9_000, Some(2_000))),
        ("nothing at all", entry(b"", 9_000, None)),
        ("at the limit", entry(b"t", 1_000, None)),
    ] {
        store.put_tc_token(jid, &it).await.unwrap();
    }
    assert_eq!(store.delete_expired_tc_tokens(1_000, 2_000).await.unwrap(), 3);
    let mut left = store.get_all_tc_token_jids().await.unwrap();
    left.sort_unstable();
    assert_eq!(left, ["at the limit", "live", "nothing received, sent lately", "over, sent lately"]);
    assert_eq!(store.delete_expired_tc_tokens(1_000, 2_000).await.unwrap(), 0);
}
