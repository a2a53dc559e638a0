//! Blobs come back as they went in, within a budget; what commands have done so far is kept once.

use edgewire_contract::ids::{BlobId, CommandId};
use edgewire_contract::keys::{self, message_field};
use edgewire_contract::media::BLOB_CHUNK;
use edgewire_contract::script;
use edgewire_store::{BlobReader, BlobWriter, StoreError, Writes};
use redis::Cmd;
use wacore::store::traits::{LidPnMappingEntry, ProtocolStore as _};

use crate::support::{Server, claim, open, session, shard};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 % 251) as u8).collect()
}

async fn read(redis: &edgewire_store::Redis, blob: &edgewire_contract::media::BlobRef) -> Vec<u8> {
    let (mut reader, mut all) = (BlobReader::new(redis, shard(), blob), Vec::new());
    while let Some(chunk) = reader.chunk().await.expect("is there") {
        all.extend_from_slice(&chunk);
    }
    all
}

#[tokio::test]
async fn a_blob_comes_back_as_it_went_in() {
    let server = Server::start().await;
    let redis = server.redis().await;
    for (n, length) in [0, 1, BLOB_CHUNK - 1, BLOB_CHUNK, 3 * BLOB_CHUNK + 7].into_iter().enumerate() {
        let wanted = bytes(length);
        let mut writer = BlobWriter::new(&redis, shard(), BlobId::generate(1, n as u128), 4 << 20);
        for piece in wanted.chunks(100_000) {
            writer.write(piece).await.unwrap();
        }
        let blob = writer.finish().await.unwrap();
        assert_eq!(blob.bytes, length as u64);
        assert_eq!(read(&redis, &blob).await, wanted);
        let ttl: i64 = redis.query(&Cmd::ttl(keys::blob(shard(), &blob.blob))).await.unwrap();
        assert!(length == 0 || (1..=600).contains(&ttl));
    }
}

#[tokio::test]
async fn the_budget_holds_and_is_given_back() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let budget = 2 * BLOB_CHUNK as u64;
    let put = async |n: u128, length: usize| {
        let mut writer = BlobWriter::new(&redis, shard(), BlobId::generate(1, n), budget);
        writer.write(&bytes(length)).await?;
        writer.finish().await
    };
    let first = put(1, BLOB_CHUNK).await.unwrap();
    let second = put(2, BLOB_CHUNK).await.unwrap();
    assert!(matches!(put(3, 1).await, Err(StoreError::Full)));
    // Dropped by whoever needs it no longer…
    let script_keys = [keys::blob(shard(), &first.blob), keys::blobs(shard()), keys::blob_sizes(shard())];
    redis.run(&script::DROP_BLOB, &script_keys, &[first.blob.as_str()]).await.unwrap();
    put(4, BLOB_CHUNK).await.unwrap();
    assert!(matches!(put(5, 1).await, Err(StoreError::Full)));
    // … or over: as if ten minutes had gone by.
    let _: i64 = redis.query(&Cmd::zadd(keys::blobs(shard()), second.blob.as_str(), 1)).await.unwrap();
    put(6, BLOB_CHUNK).await.unwrap();
}

#[tokio::test]
async fn a_blob_that_lost_a_chunk_is_gone() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let mut writer = BlobWriter::new(&redis, shard(), BlobId::generate(1, 1), 4 << 20);
    writer.write(&bytes(2 * BLOB_CHUNK)).await.unwrap();
    let blob = writer.finish().await.unwrap();
    let _: i64 = redis.query(&Cmd::hdel(keys::blob(shard(), &blob.blob), 1)).await.unwrap();
    let mut reader = BlobReader::new(&redis, shard(), &blob);
    assert!(reader.chunk().await.unwrap().is_some());
    assert!(matches!(reader.chunk().await, Err(StoreError::NoBlob)));
}

#[tokio::test]
async fn an_upload_is_kept_sealed_and_an_action_begins_once() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let store = open(&redis, claim(&redis, "host").await, "main").await;
    let command = CommandId::generate(1, shard(), 7);
    assert_eq!(store.finished_upload(command).await.unwrap(), None);
    store.finish_upload(command, b"the keys of a file").await.unwrap();
    assert_eq!(store.finished_upload(command).await.unwrap().unwrap(), b"the keys of a file");
    let stored: Vec<u8> = redis.query(&Cmd::hget(keys::work(command), "upload")).await.unwrap();
    assert!(!stored.windows(4).any(|part| part == b"keys"));
    assert!(store.begin_once(command).await.unwrap());
    assert!(!store.begin_once(command).await.unwrap());
}

#[tokio::test]
async fn a_kept_message_is_opened_by_its_own_session_only() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let (store, other) = (open(&redis, fence, "main").await, open(&redis, fence, "other").await);
    assert_eq!(store.kept_message("3EB0AA").await.unwrap(), None);
    for name in ["main", "other"] {
        let id = edgewire_contract::ids::MessageId::parse("3EB0AA").unwrap();
        let fields = [
            (message_field::CHAT, b"155@s.whatsapp.net".to_vec()),
            (message_field::FROM_ME, b"0".to_vec()),
            (message_field::AT, b"5000".to_vec()),
            (message_field::BODY, store.seal_message("3EB0AA", b"hello").unwrap()),
        ];
        Writes::new(fence)
            .hset(keys::message(shard(), &session(name), &id), &fields)
            .commit(&redis)
            .await
            .unwrap();
    }
    let kept = store.kept_message("3EB0AA").await.unwrap().unwrap();
    assert_eq!((kept.sender.as_deref(), kept.at), (Some("155@s.whatsapp.net"), 5000));
    assert_eq!(kept.body.unwrap(), b"hello");
    assert_eq!(other.kept_message("3EB0AA").await.unwrap().unwrap().body, None);
}

/// What a recipient's phone asks for that was off for a day: the library's own table has forgotten it.
#[tokio::test]
async fn a_sent_message_is_found_among_the_kept_ones() {
    const CHAT: &str = "155@s.whatsapp.net";
    let server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let store = open(&redis, fence, "main").await;
    let keep = async |id: &str, status: Option<&str>| {
        let message = edgewire_contract::ids::MessageId::parse(id).unwrap();
        let mut fields = vec![
            (message_field::CHAT, CHAT.as_bytes().to_vec()),
            (message_field::FROM_ME, b"1".to_vec()),
            (message_field::BODY, store.seal_message(id, b"hello").unwrap()),
        ];
        fields.extend(status.map(|status| ("status", status.as_bytes().to_vec())));
        let key = keys::message(shard(), &session("main"), &message);
        Writes::new(fence).hset(key, &fields).commit(&redis).await.unwrap();
    };
    keep("3EB0AA", Some("sent")).await;
    keep("3EB0BB", None).await;
    let take = async |chat: &str, id: &str| store.take_sent_message(chat, id).await.unwrap();
    // As often as it is asked for, and until the table has it again.
    for _ in 0..2 {
        assert_eq!(take(CHAT, "3EB0AA").await.unwrap(), b"hello");
    }
    store.store_sent_message(CHAT, "3EB0AA", b"as it went out").await.unwrap();
    assert_eq!(take(CHAT, "3EB0AA").await.unwrap(), b"as it went out");
    assert_eq!(take(CHAT, "3EB0BB").await, None, "the phone wrote it, and answers for it");
    assert_eq!(take(CHAT, "3EB0CC").await, None);
    assert_eq!(take("166@s.whatsapp.net", "3EB0AA").await, None, "another chat's");
    assert_eq!(take("1000@lid", "3EB0AA").await, None);
    let mapping = LidPnMappingEntry {
        lid: "1000".into(),
        phone_number: "155".into(),
        created_at: 0,
        updated_at: 0,
        learning_source: "usync".into(),
    };
    store.put_lid_mapping(&mapping).await.unwrap();
    assert_eq!(take("1000@lid", "3EB0AA").await.unwrap(), b"hello");
}
