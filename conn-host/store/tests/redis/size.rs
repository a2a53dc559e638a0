//! What a session takes in Redis, and how many round trips a call takes.

use edgewire_store::Redis;
use redis::Cmd;
use wacore::store::Device;
use wacore::store::traits::{DeviceStore as _, MsgSecretEntry, MsgSecretStore, ProtocolStore, SignalStore};

use crate::support::{Server, claim, open};
use crate::{dump, prekeys};

async fn bytes(redis: &Redis, key: &str) -> u64 {
    redis.query(Cmd::new().arg("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(0)).await.expect("its size")
}

#[tokio::test]
async fn a_fresh_session_is_small() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let store = open(&redis, fence, "main").await;
    store.save(&Device::new()).await.unwrap();
    store.store_prekeys_batch(&prekeys(812), false).await.unwrap();
    store.store_signed_prekey(1, &[1; 150]).await.unwrap();
    let mut total = 0;
    for (key, rows) in dump(&redis).await {
        let size = bytes(&redis, &key).await;
        total += size;
        println!("{key}: {size} bytes, {} fields", rows.len());
        if key.contains(":prekey") {
            let encoding: String =
                redis.query(Cmd::new().arg("OBJECT").arg("ENCODING").arg(&key)).await.unwrap();
            assert_eq!(encoding, "listpack", "{key}");
        }
    }
    println!("a fresh session: {total} bytes");
    assert!(total < 70_000, "{total}");
}

#[tokio::test]
async fn rows_are_small() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let store = open(&redis, fence, "main").await;
    let secret = |i: u32| MsgSecretEntry {
        chat: "15550000001@s.whatsapp.net".into(),
        sender: "15550000001@s.whatsapp.net".into(),
        msg_id: format!("3EB0{i:018}").into(),
        secret: [7; 32],
        expires_at: 1_800_000_000,
        message_ts: 1_700_000_000,
    };
    store.put_msg_secrets((0..10_000).map(secret).collect()).await.unwrap();
    let devices: Vec<_> = (0..2_000).map(|i| format!("1000000{i:08}:1@lid")).collect();
    let entries: Vec<_> = devices.iter().map(|device| (device.as_str(), true)).collect();
    store.set_sender_key_status("120363000000000001@g.us", &entries).await.unwrap();
    for (key, rows) in dump(&redis).await {
        let size = bytes(&redis, &key).await;
        println!("{key}: {} bytes a row, {} rows", size / rows.len() as u64, rows.len());
        if key.ends_with("msg_secret") {
            assert!(size / 10_000 < 200, "{size}");
        }
    }
}

/// How many commands the server has read.
async fn commands(redis: &Redis) -> u64 {
    let stats: String = redis.query(Cmd::new().arg("INFO").arg("commandstats")).await.expect("statistics");
    let calls = |line: &str| line.split("calls=").nth(1)?.split(',').next()?.parse::<u64>().ok();
    // What scripts call inside counts as well: only what comes over the wire is looked at.
    let wire = ["evalsha:", "eval:", "hget:", "hmget:", "hgetall:", "hkeys:", "hexists:", "hlen:"];
    stats
        .lines()
        .filter(|line| wire.iter().any(|name| line.starts_with(&format!("cmdstat_{name}"))))
        .filter_map(calls)
        .sum()
}

#[tokio::test]
async fn a_flush_is_one_round_trip() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let store = open(&redis, fence, "main").await;
    store.put_session("warm@s.0", b"x").await.unwrap();
    let batch: Vec<(std::sync::Arc<str>, bytes::Bytes)> =
        (0..200).map(|i| (format!("{i}@s.0").into(), vec![0; 1_500].into())).collect();
    let before = commands(&redis).await;
    store.put_sessions_batch(&batch).await.unwrap();
    // One call, and the HMGET of the lease inside it.
    assert_eq!(commands(&redis).await - before, 2);
}
