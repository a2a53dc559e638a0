//! `SignalStore`.

use std::sync::Arc;

use bytes::Bytes;
use wacore::libsignal::protocol::KeyPair;
use wacore::libsignal::store::record_helpers::encode_pre_key_record_to;
use wacore::store::traits::Backend;

const ALICE: &str = "15550000001@s.whatsapp.net.0";
const ALICE_2: &str = "15550000001:2@s.whatsapp.net.0";
const BOB: &str = "155500000011@s.whatsapp.net.0";

pub async fn identities(store: &dyn Backend) {
    assert_eq!(store.load_identity(ALICE).await.unwrap(), None);
    store.put_identity(ALICE, [1; 32]).await.unwrap();
    store.put_identity(ALICE, [2; 32]).await.unwrap();
    assert_eq!(store.load_identity(ALICE).await.unwrap(), Some([2; 32]));
    let batch: Vec<(Arc<str>, [u8; 32])> = vec![(ALICE.into(), [3; 32]), (BOB.into(), [4; 32])];
    store.put_identities_batch(&batch).await.unwrap();
    store.put_identities_batch(&[]).await.unwrap();
    assert_eq!(store.load_identity(ALICE).await.unwrap(), Some([3; 32]));
    store.delete_identity(ALICE).await.unwrap();
    store.delete_identity(ALICE).await.unwrap();
    assert_eq!(store.load_identity(ALICE).await.unwrap(), None);
    assert_eq!(store.load_identity(BOB).await.unwrap(), Some([4; 32]));
}

pub async fn sessions(store: &dyn Backend) {
    assert_eq!(store.get_session(ALICE).await.unwrap(), None);
    assert!(!store.has_session(ALICE).await.unwrap());
    store.put_session(ALICE, b"one").await.unwrap();
    assert!(store.has_session(ALICE).await.unwrap());
    let batch: Vec<(Arc<str>, Bytes)> =
        vec![(ALICE.into(), Bytes::from_static(b"two")), (BOB.into(), Bytes::new())];
    store.put_sessions_batch(&batch).await.unwrap();
    store.put_sessions_batch(&[]).await.unwrap();
    assert_eq!(store.get_session(ALICE).await.unwrap().unwrap(), "two");
    assert_eq!(store.get_session(BOB).await.unwrap().unwrap(), "", "empty is not absent");
    store.delete_session(ALICE).await.unwrap();
    assert!(!store.has_session(ALICE).await.unwrap());
    assert_eq!(store.get_session(ALICE).await.unwrap(), None);
}

pub async fn a_user_has_signal_state(store: &dyn Backend) {
    assert!(!store.has_signal_state_for_user("15550000001").await.unwrap());
    store.put_session(ALICE_2, b"x").await.unwrap();
    assert!(store.has_signal_state_for_user("15550000001").await.unwrap());
    assert!(!store.has_signal_state_for_user("1555000000").await.unwrap(), "the beginning of a user is none");
    assert!(!store.has_signal_state_for_user("155500000011").await.unwrap());
    store.put_identity(BOB, [1; 32]).await.unwrap();
    assert!(store.has_signal_state_for_user("155500000011").await.unwrap());
    store.put_sessions_batch(&[("1@lid.0".into(), Bytes::from_static(b"x"))]).await.unwrap();
    assert!(store.has_signal_state_for_user("1").await.unwrap());
    store.put_identities_batch(&[("2:9@lid.0".into(), [1; 32])]).await.unwrap();
    assert!(store.has_signal_state_for_user("2").await.unwrap());
    store.put_sender_key("3@lid.0", b"x").await.unwrap();
    assert!(!store.has_signal_state_for_user("3").await.unwrap());
}

pub async fn prekeys(store: &dyn Backend) {
    assert_eq!(store.get_max_prekey_id().await.unwrap(), 0);
    assert_eq!(store.load_prekey(1).await.unwrap(), None);
    store.store_prekey(1, b"any bytes", false).await.unwrap();
    assert_eq!(store.load_prekey(1).await.unwrap().unwrap(), "any bytes");
    store.store_prekey(1, b"", true).await.unwrap();
    assert_eq!(store.load_prekey(1).await.unwrap().unwrap(), "");
    store.store_prekey(0xff_ffff, b"last", false).await.unwrap();
    assert_eq!(store.get_max_prekey_id().await.unwrap(), 0xff_ffff);
    store.remove_prekey(0xff_ffff).await.unwrap();
    assert_eq!(store.get_max_prekey_id().await.unwrap(), 1);
    store.mark_prekeys_uploaded(&[1, 2, 0xff_ffff]).await.unwrap();
    assert_eq!(store.load_prekey(0xff_ffff).await.unwrap(), None, "marking revives nothing");
    assert_eq!(store.load_prekey(2).await.unwrap(), None);
    store.mark_prekeys_uploaded(&[]).await.unwrap();
    store.remove_prekey(77).await.unwrap();
}

pub async fn many_prekeys(store: &dyn Backend) {
    let mut rng = rand::make_rng::<rand::rngs::StdRng>();
    let mut keys = Vec::new();
    for id in 1..=120_u32 {
        let mut record = Vec::new();
        encode_pre_key_record_to(id, &KeyPair::generate(&mut rng), &mut record);
        keys.push((id, Bytes::from(record)));
    }
    store.store_prekeys_batch(&keys, false).await.unwrap();
    store.store_prekeys_batch(&[], false).await.unwrap();
    assert_eq!(store.get_max_prekey_id().await.unwrap(), 120);
    let ids: Vec<u32> = (1..=130).collect();
    let mut loaded = store.load_prekeys_batch(&ids).await.unwrap();
    loaded.sort_unstable_by_key(|(id, _)| *id);
    assert_eq!(loaded, keys, "only those that exist, byte for byte");
    assert_eq!(store.load_prekeys_batch(&[]).await.unwrap(), []);
    store.remove_prekey(7).await.unwrap();
    assert_eq!(store.load_prekeys_batch(&[6, 7, 8]).await.unwrap().len(), 2);
    assert_eq!(store.load_prekey(8).await.unwrap().unwrap(), keys[7].1);
}

pub async fn signed_prekeys(store: &dyn Backend) {
    assert!(store.load_all_signed_prekeys().await.unwrap().is_empty());
    store.store_signed_prekey(1, b"one").await.unwrap();
    store.store_signed_prekey(2, b"two").await.unwrap();
    store.store_signed_prekey(2, b"deux").await.unwrap();
    assert_eq!(store.load_signed_prekey(2).await.unwrap().unwrap(), b"deux");
    let mut all = store.load_all_signed_prekeys().await.unwrap();
    all.sort_unstable();
    assert_eq!(all, [(1, b"one".to_vec()), (2, b"deux".to_vec())]);
    store.remove_signed_prekey(1).await.unwrap();
    assert_eq!(store.load_signed_prekey(1).await.unwrap(), None);
}

pub async fn sender_keys(store: &dyn Backend) {
    const NAME: &str = "120363000000000001@g.us:15550000001.0";
    assert_eq!(store.get_sender_key(NAME).await.unwrap(), None);
    store.put_sender_key(NAME, b"one").await.unwrap();
    let batch: Vec<(Arc<str>, Bytes)> =
        vec![(NAME.into(), Bytes::from_static(b"two")), ("other".into(), Bytes::from_static(b"x"))];
    store.put_sender_keys_batch(&batch).await.unwrap();
    store.put_sender_keys_batch(&[]).await.unwrap();
    assert_eq!(store.get_sender_key(NAME).await.unwrap().unwrap(), b"two");
    assert_eq!(store.get_sender_key("other").await.unwrap().unwrap(), b"x");
    store.delete_sender_key(NAME).await.unwrap();
    assert_eq!(store.get_sender_key(NAME).await.unwrap(), None);
}
