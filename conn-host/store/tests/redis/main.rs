//! What only a real Redis can show: fencing, sealing, healing, what a session takes, and the scripts of `access`.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod blobs;
mod cluster;
mod fencing;
mod recovery;
mod sealing;
mod size;
mod waiting;

use edgewire_contract::keys;
use edgewire_store::{Fence, Redis};
use redis::Cmd;
use wacore::libsignal::protocol::KeyPair;
use wacore::libsignal::store::record_helpers::encode_pre_key_record_to;

/// Every key of the device stores, with its fields and values.
async fn dump(redis: &Redis) -> Vec<(String, Vec<(Vec<u8>, Vec<u8>)>)> {
    let mut keys: Vec<String> = redis.query(Cmd::new().arg("KEYS").arg("ew1:*:dev:*")).await.expect("keys");
    keys.sort_unstable();
    let mut dump = Vec::new();
    for key in keys {
        let mut rows: Vec<(Vec<u8>, Vec<u8>)> = redis.query(&Cmd::hgetall(&key)).await.expect("rows");
        rows.sort_unstable();
        dump.push((key, rows));
    }
    dump
}

/// Takes the lease from whoever has it.
async fn usurp(redis: &Redis, host: &str) -> Fence {
    let added: i64 = redis.query(&Cmd::hset(keys::lease(support::shard()), "until", 0)).await.expect("over");
    assert_eq!(added, 0, "there was a lease");
    support::claim(redis, host).await
}

/// Pre-keys as the library makes them.
fn prekeys(count: u32) -> Vec<(u32, bytes::Bytes)> {
    let mut rng = rand::make_rng::<rand::rngs::StdRng>();
    (1..=count)
        .map(|id| {
            let mut record = Vec::new();
            encode_pre_key_record_to(id, &KeyPair::generate(&mut rng), &mut record);
            (id, record.into())
        })
        .collect()
}
