//! What is stored tells nothing, and opens nowhere but where it belongs.

use std::sync::Arc;

use edgewire_contract::keys;
use edgewire_store::{DeviceStore, MasterKey, MasterKeys, Redis, StoreError};
use redis::Cmd;
use wacore::store::Device;
use wacore::store::traits::{
    AppStateSyncKey, AppSyncStore, DeviceStore as _, MsgSecretStore, ProtocolStore, SignalStore,
};

use crate::support::{Server, claim, masters, open, session, shard};
use crate::{dump, prekeys};

const SECRET: &[u8; 32] = b"a-secret-of-exactly-32-bytes!!!!";

#[tokio::test]
async fn no_key_or_secret_is_stored_readably() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let store = open(&redis, fence, "main").await;
    let device = Device { push_name: "Findable Name".into(), ..Device::new() };
    let keys = prekeys(40);
    store.save(&device).await.unwrap();
    store.store_prekeys_batch(&keys, false).await.unwrap();
    store.put_identity("a@s.0", *SECRET).await.unwrap();
    store.put_session("a@s.0", SECRET).await.unwrap();
    store.put_sender_key("g:a", SECRET).await.unwrap();
    store.store_signed_prekey(1, SECRET).await.unwrap();
    let key = AppStateSyncKey { key_data: SECRET.to_vec(), fingerprint: SECRET.to_vec(), timestamp: 1 };
    store.set_sync_key(b"k", key).await.unwrap();
    store.put_msg_secret("c", "s", "M", SECRET).await.unwrap();
    store.store_sent_message("c", "M", SECRET).await.unwrap();
    store.store_pending_inbound("c", "s", "M", SECRET).await.unwrap();
    store.store_received_tc_token("t", SECRET, 1).await.unwrap();
    store.save_base_key("a", "M", SECRET).await.unwrap();
    store.put_group_metadata("g", SECRET).await.unwrap();

    let mut wanted: Vec<Vec<u8>> = vec![SECRET[..16].to_vec(), b"Findable".to_vec(), vec![1; 16]];
    for pair in [&device.noise_key, &device.identity_key, &device.signed_pre_key] {
        wanted.push(pair.private_key.serialize()[..12].to_vec());
        // As JSON would have it.
        let listed: Vec<_> = pair.private_key.serialize()[..6].iter().map(u8::to_string).collect();
        wanted.push(listed.join(",").into_bytes());
    }
    wanted.extend(keys.iter().map(|(_, record)| record[record.len() - 12..].to_vec()));
    let has =
        |bytes: &[u8]| wanted.iter().any(|wanted| bytes.windows(wanted.len()).any(|part| part == wanted));
    assert!(has(&serde_json::to_vec(&device).unwrap()), "the search finds what is there");
    let dump = dump(&redis).await;
    assert!(dump.len() >= 14);
    for (key, rows) in &dump {
        for (field, value) in rows {
            assert!(!has(value) && !has(field), "{key} {}", String::from_utf8_lossy(field));
        }
    }
    let debug = format!("{store:?} {:?} {redis:?}", masters(1));
    assert!(!debug.contains("1, 1, 1") && !debug.contains("key:"), "{debug}");
}

/// Copies a stored value to another place.
async fn copy(redis: &Redis, from: (&str, &str, &str), to: (&str, &str, &str)) {
    let key = |(name, table, _): (&str, &str, &str)| keys::device(shard(), &session(name), table);
    let value: Vec<u8> = redis.query(&Cmd::hget(key(from), from.2)).await.expect("the value");
    let _: i64 = redis.query(&Cmd::hset(key(to), to.2, value)).await.expect("copied");
}

#[tokio::test]
async fn a_record_that_was_moved_is_refused() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let (main, other) = (open(&redis, fence, "main").await, open(&redis, fence, "other").await);
    main.put_session("alice@s.0", b"alice").await.unwrap();
    main.put_session("bob@s.0", b"bob").await.unwrap();
    other.put_session("alice@s.0", b"theirs").await.unwrap();
    let corrupt = |error: wacore::store::error::StoreError, table: &str| {
        let source = std::error::Error::source(&error).expect("a cause").downcast_ref::<StoreError>();
        assert!(matches!(source, Some(StoreError::Corrupt { table: t, .. }) if *t == table), "{source:?}");
    };

    copy(&redis, ("main", "session", "bob@s.0"), ("main", "session", "alice@s.0")).await;
    // What is another device's is as good as lost, and is set up anew.
    assert_eq!(main.get_session("alice@s.0").await.unwrap(), None);
    assert!(!main.has_session("alice@s.0").await.unwrap());
    assert_eq!(main.get_session("bob@s.0").await.unwrap().unwrap(), "bob");
    copy(&redis, ("main", "session", "bob@s.0"), ("main", "sender_key", "bob@s.0")).await;
    assert_eq!(main.get_sender_key("bob@s.0").await.unwrap(), None);
    copy(&redis, ("main", "session", "bob@s.0"), ("other", "session", "bob@s.0")).await;
    assert_eq!(other.get_session("bob@s.0").await.unwrap(), None);
    // A key that was moved does not open, either.
    copy(&redis, ("main", "key", "session"), ("other", "key", "session")).await;
    let moved = DeviceStore::open(redis.clone(), fence, session("other"), masters(1)).await;
    assert!(matches!(moved, Err(StoreError::Corrupt { table: "key", .. })), "{moved:?}");

    let _: i64 = redis
        .query(&Cmd::hset(keys::device(shard(), &session("main"), "device"), "device", "?"))
        .await
        .unwrap();
    corrupt(main.load().await.err().unwrap(), "device");
    // A secret that cannot be read is replaced when it comes again.
    main.put_msg_secret("c", "s", "M", SECRET).await.unwrap();
    let table = keys::device(shard(), &session("main"), "msg_secret");
    let fields: Vec<Vec<u8>> = redis.query(&Cmd::hkeys(&table)).await.unwrap();
    let _: i64 = redis.query(&Cmd::hset(&table, &fields[0], "?")).await.unwrap();
    corrupt(main.get_msg_secret("c", "s", "M").await.unwrap_err(), "msg_secret");
    main.put_msg_secret("c", "s", "M", SECRET).await.unwrap();
    assert_eq!(main.get_msg_secret("c", "s", "M").await.unwrap().unwrap(), SECRET);
}

#[tokio::test]
async fn master_keys_rotate() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let (old, new) = (MasterKey::from_bytes([1; 32]), MasterKey::from_bytes([2; 32]));
    let store = open(&redis, fence, "main").await;
    store.put_session("a@s.0", b"ratchet").await.unwrap();
    let key = keys::device(shard(), &session("main"), "key");
    let wrapped: Vec<u8> = redis.query(&Cmd::hget(&key, "session")).await.unwrap();

    let open_with = async |masters: MasterKeys| {
        DeviceStore::open(redis.clone(), fence, session("main"), Arc::new(masters)).await
    };
    let error = open_with(MasterKeys::new(new.clone())).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Sealed(text) if text.contains(&old.id()) && text.contains(&new.id())),
        "{error}"
    );
    let unchanged: Vec<u8> = redis.query(&Cmd::hget(&key, "session")).await.unwrap();
    assert_eq!(unchanged, wrapped, "a wrong key touches nothing");

    let both = MasterKeys { current: new.clone(), previous: vec![old.clone()] };
    let store = open_with(both).await.unwrap();
    assert_eq!(store.get_session("a@s.0").await.unwrap().unwrap(), "ratchet");
    let rewrapped: Vec<u8> = redis.query(&Cmd::hget(&key, "session")).await.unwrap();
    assert_ne!(rewrapped, wrapped);
    let store = open_with(MasterKeys::new(new)).await.unwrap();
    assert_eq!(store.get_session("a@s.0").await.unwrap().unwrap(), "ratchet");
    assert!(matches!(open_with(MasterKeys::new(old)).await, Err(StoreError::Sealed(_))));
}

#[tokio::test]
async fn two_that_open_a_session_at_once_share_its_key() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let (a, b) = tokio::join!(open(&redis, fence, "main"), open(&redis, fence, "main"));
    a.put_session("x@s.0", b"one").await.unwrap();
    assert_eq!(b.get_session("x@s.0").await.unwrap().unwrap(), "one");
}
