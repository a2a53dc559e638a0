//! A host that lost its lease changes nothing.

use std::time::Duration;

use edgewire_contract::keys;
use edgewire_store::{DeviceStore, StoreError, Writes};
use redis::{Cmd, Value};
use wacore::store::Device;
use wacore::store::error::Result;
use wacore::store::traits::{
    AppStateSyncKey, Backend, DeviceListRecord, DeviceStore as _, LidPnMappingEntry, MsgSecretEntry,
    PendingInboundKey, PendingInboundRow, SignalStore, TcTokenEntry,
};
use wacore_appstate::hash::HashState;
use wacore_appstate::processor::AppStateMutationMAC;

use crate::support::{Server, claim, masters, open, session, shard};
use crate::{dump, usurp};

/// How many kinds of writes [`write`] knows, and of removals [`remove`].
const WRITES: usize = 20;
const REMOVALS: usize = 21;

/// Writes something; the kinds together reach every table. `mark` tells one call from the next.
async fn write(store: &dyn Backend, kind: usize, mark: u8) -> Result<()> {
    let m = [mark; 32];
    let entry = |phone: &str| LidPnMappingEntry {
        lid: "L".into(),
        phone_number: phone.into(),
        created_at: 1,
        updated_at: mark.into(),
        learning_source: "test".into(),
    };
    let list = DeviceListRecord {
        user: "u".into(),
        devices: Vec::new(),
        timestamp: mark.into(),
        phash: None,
        raw_id: None,
    };
    let key = AppStateSyncKey { key_data: m.to_vec(), fingerprint: Vec::new(), timestamp: 1 };
    let state = HashState { version: mark.into(), ..Default::default() };
    let mac = AppStateMutationMAC { index_mac: vec![1; 32], value_mac: m.to_vec() };
    let token = TcTokenEntry { token: m.to_vec(), token_timestamp: mark.into(), sender_timestamp: None };
    let (chat, sender, msg_id) = ("c".into(), "s".into(), "M".into());
    let secret = MsgSecretEntry {
        chat,
        sender,
        msg_id,
        secret: m,
        expires_at: 9_999_999_999,
        message_ts: mark.into(),
    };
    let row = PendingInboundRow { chat: "c", sender: "s", id: "M", message: &m };
    match kind {
        0 => store.save(&Device::new()).await,
        1 => store.put_identity("a@s.0", m).await,
        2 => store.put_session("a@s.0", &m).await,
        3 => store.put_sessions_batch(&[("b@s.0".into(), m.to_vec().into())]).await,
        4 => store.store_prekey(1, &m, false).await,
        5 => store.store_prekeys_batch(&[(2, m.to_vec().into())], false).await,
        6 => store.store_signed_prekey(1, &m).await,
        7 => store.put_sender_key("g:a", &m).await,
        8 => store.set_sync_key(&[mark], key).await,
        9 => store.set_version("regular", state).await,
        10 => store.put_mutation_macs("regular", 1, &[mac]).await,
        11 => store.set_sender_key_status("g", &[("d", mark.is_multiple_of(2))]).await,
        12 => store.put_lid_mapping(&entry(&format!("P{mark}"))).await,
        13 => store.save_base_key("a", "M", &m).await,
        14 => store.update_device_list(list).await,
        15 => store.put_group_metadata("g", &m).await,
        16 => store.put_tc_token("t", &token).await,
        17 => store.store_sent_message("c", "M", &m).await,
        18 => store.store_pending_inbound_batch(&[row]).await,
        _ => store.put_msg_secrets(vec![secret]).await.map(|_| ()),
    }
}

/// Removes something; the kinds together are whatever can remove.
async fn remove(store: &dyn Backend, kind: usize) -> Result<()> {
    let pending = PendingInboundKey { chat: "c", sender: "s", id: "M" };
    match kind {
        0 => store.delete_identity("a@s.0").await,
        1 => store.delete_session("a@s.0").await,
        2 => store.remove_prekey(1).await,
        3 => store.remove_signed_prekey(1).await,
        4 => store.delete_sender_key("g:a").await,
        5 => store.delete_mutation_macs("regular", &[vec![1; 32]]).await,
        6 => store.clear_mutation_macs("regular").await,
        7 => store.delete_sender_key_device_rows(&["d"]).await,
        8 => store.clear_sender_key_devices("g").await,
        9 => store.clear_all_sender_key_devices().await,
        10 => store.delete_base_key("a", "M").await,
        11 => store.delete_devices("u").await,
        12 => store.delete_group_metadata("g").await,
        13 => store.delete_tc_token("t").await,
        14 => store.delete_expired_tc_tokens(i64::MAX, i64::MAX).await.map(|_| ()),
        15 => store.take_sent_message("c", "M").await.map(|_| ()),
        16 => store.delete_expired_sent_messages(i64::MAX).await.map(|_| ()),
        17 => store.delete_pending_inbound_batch(&[pending]).await,
        18 => store.delete_expired_pending_inbound(i64::MAX).await.map(|_| ()),
        19 => store.delete_expired_msg_secrets(i64::MAX - 1).await.map(|_| ()),
        _ => store.create().await.map(|_| ()),
    }
}

async fn write_everything(store: &dyn Backend, mark: u8) {
    for kind in 0..WRITES {
        write(store, kind, mark).await.expect("written");
    }
}

fn assert_fenced(what: &str, result: Result<()>) {
    let error = result.expect_err(what);
    let source = std::error::Error::source(&error).expect("a cause");
    assert!(matches!(source.downcast_ref(), Some(StoreError::Fenced)), "{what}: {error:?}");
}

#[tokio::test]
async fn the_former_owner_changes_nothing() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "old").await;
    write_everything(open(&redis, fence, "main").await.as_ref(), 1).await;
    // A store for each write: one that knows that it is fenced would not ask Redis any more.
    let mut stores = Vec::new();
    for _ in 0..WRITES + REMOVALS + 2 {
        stores.push(open(&redis, fence, "main").await);
    }

    let new_fence = usurp(&redis, "new").await;
    assert!(new_fence.epoch > fence.epoch);
    let before = dump(&redis).await;
    assert!(before.len() >= 20, "{}", before.len());
    for kind in 0..WRITES {
        let store = stores.pop().unwrap();
        let mut flag = store.fenced();
        assert!(!*flag.borrow());
        assert_fenced(&format!("write {kind}"), write(store.as_ref(), kind, 2).await);
        flag.wait_for(|fenced| *fenced).await.unwrap();
        assert!(store.is_fenced());
    }
    for kind in 0..REMOVALS {
        let store = stores.pop().unwrap();
        assert_fenced(&format!("removal {kind}"), remove(store.as_ref(), kind).await);
        assert!(store.is_fenced());
    }
    let old = stores.pop().unwrap();
    assert!(matches!(old.forget().await, Err(StoreError::Fenced)));
    let old = stores.pop().unwrap();
    assert!(matches!(old.quarantine(60).await, Err(StoreError::Fenced)));
    let unborn = DeviceStore::open(redis.clone(), fence, session("unborn"), masters(1)).await;
    assert!(matches!(unborn, Err(StoreError::Fenced)));
    assert_eq!(dump(&redis).await, before, "not a byte has changed");
    // Reading goes on; writing is refused without asking.
    assert_eq!(old.load_identity("a@s.0").await.unwrap(), Some([1; 32]));
    assert_fenced("again", write(old.as_ref(), 0, 2).await);

    let new = open(&redis, new_fence, "main").await;
    write_everything(new.as_ref(), 3).await;
    for kind in 0..REMOVALS {
        remove(new.as_ref(), kind).await.expect("removed");
    }
    assert!(!new.is_fenced());
}

#[tokio::test]
async fn batches_are_fenced_and_may_be_large() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let key = keys::device(shard(), &session("main"), "test");
    let other = keys::device(shard(), &session("main"), "other");
    let fields: Vec<_> = (0..30_000).map(|i| (format!("f{i}"), format!("v{i}"))).collect();
    Writes::new(fence).hset(&key, &fields).set_ex(&other, "x", 100).commit(&redis).await.unwrap();
    let count: usize = redis.query(&Cmd::hlen(&key)).await.unwrap();
    assert_eq!(count, 30_000);
    let ttl: i64 = redis.query(&Cmd::ttl(&other)).await.unwrap();
    assert!((1..=100).contains(&ttl));
    let names: Vec<_> = fields.iter().map(|(field, _)| field).collect();
    Writes::new(fence).hdel(&key, &names[1..]).expire(&key, 50).del(&other).commit(&redis).await.unwrap();
    let left: Vec<String> = redis.query(&Cmd::hkeys(&key)).await.unwrap();
    assert_eq!(left, ["f0"]);
    Writes::new(fence).sadd(&other, &["a", "b"]).srem(&other, &["a"]).commit(&redis).await.unwrap();
    let members: Vec<String> = redis.query(&Cmd::smembers(&other)).await.unwrap();
    assert_eq!(members, ["b"]);

    usurp(&redis, "another").await;
    let refused = Writes::new(fence).del(&key).commit(&redis).await;
    assert!(matches!(refused, Err(StoreError::Fenced)), "{refused:?}");
}

#[tokio::test]
async fn a_device_is_forgotten_or_set_aside() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let first = open(&redis, fence, "main").await;
    let bystander = open(&redis, fence, "main2").await;
    bystander.create().await.unwrap();
    write_everything(first.as_ref(), 1).await;
    assert!(first.exists_device().await.unwrap());
    let name = first.quarantine(7 * 24 * 3600).await.unwrap().unwrap();
    // The old store is of no more use: what it still wanted to write does not end up in the new device.
    assert!(matches!(first.quarantine(1).await, Err(StoreError::Gone)));
    assert!(first.put_session("late@s.0", b"x").await.is_err());
    assert!(first.get_session("a@s.0").await.is_err());

    let second = open(&redis, fence, "main").await;
    assert!(!second.exists_device().await.unwrap());
    assert_eq!(second.get_session("a@s.0").await.unwrap(), None);
    second.create().await.unwrap();
    assert!(second.exists_device().await.unwrap());
    let keys: Vec<String> =
        redis.query(Cmd::new().arg("KEYS").arg(format!("*:dev:main:{name}:*"))).await.unwrap();
    assert!(keys.len() >= 20, "{keys:?}");
    for key in &keys {
        let ttl: i64 = redis.query(&Cmd::ttl(key)).await.unwrap();
        assert!((604_000..=604_800).contains(&ttl), "{key}: {ttl}");
    }
    second.forget().await.unwrap();
    let left: Vec<String> = redis.query(Cmd::new().arg("KEYS").arg("*:dev:main:*")).await.unwrap();
    assert_eq!(left.len(), keys.len(), "only what was set aside is left");
    assert!(bystander.exists_device().await.unwrap());

    // A device whose key is lost is not mistaken for a new one, and can be done away with all the same.
    let third = open(&redis, fence, "main").await;
    third.create().await.unwrap();
    let key = keys::device(shard(), &session("main"), "key");
    let _: i64 = redis.query(&Cmd::del(&key)).await.unwrap();
    let lost = DeviceStore::open(redis.clone(), fence, session("main"), masters(1)).await;
    assert!(matches!(lost, Err(StoreError::Corrupt { table: "key", .. })), "{lost:?}");
    let name = DeviceStore::quarantine_unopened(&redis, fence, &session("main"), 60).await.unwrap();
    assert!(name.is_some());
    DeviceStore::forget_unopened(&redis, fence, &session("main")).await.unwrap();
    assert!(!open(&redis, fence, "main").await.exists_device().await.unwrap());
}

/// A replica that takes over may not have the last claims.
#[tokio::test]
async fn an_epoch_that_redis_lost_does_not_come_again() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let lost = claim(&redis, "old").await;
    let _: Value = redis.query(&Cmd::del(keys::lease(shard()))).await.unwrap();
    // Redis's clock counts milliseconds.
    tokio::time::sleep(Duration::from_millis(2)).await;
    let next = claim(&redis, "new").await;
    assert!(next.epoch > lost.epoch, "{next:?} after {lost:?}");
    let write = Writes::new(lost).set_ex("ew1:{s17}:x", "y", 5).commit(&redis).await;
    assert!(matches!(write, Err(StoreError::Fenced)), "{write:?}");
}
