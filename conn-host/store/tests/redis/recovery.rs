//! Redis goes away and comes back, and nobody has to do anything about it.

use std::time::{Duration, Instant};

use edgewire_contract::script::{self, Script};
use edgewire_store::{Redis, Settings, StoreError};
use redis::{Cmd, Value};
use wacore::store::traits::SignalStore;

use crate::support::{Server, claim, open};

#[tokio::test]
async fn redis_restarts_in_the_middle() {
    let mut server = Server::start().await;
    let redis = server.redis().await;
    let fence = claim(&redis, "host").await;
    let store = open(&redis, fence, "main").await;
    store.put_session("a@s.0", b"before").await.unwrap();

    server.kill();
    for _ in 0..20 {
        let started = Instant::now();
        let error = store.put_session("a@s.0", b"meanwhile").await.unwrap_err();
        let source = std::error::Error::source(&error).expect("a cause").downcast_ref::<StoreError>();
        assert!(source.is_some_and(StoreError::is_retryable), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(3));
        assert!(matches!(redis.query::<Value>(&Cmd::ping()).await, Err(StoreError::Unavailable(_))));
    }
    assert!(!store.is_fenced());

    server.come_back();
    let back = Instant::now();
    // The script cache is empty now, too.
    while store.put_session("a@s.0", b"after").await.is_err() {
        assert!(back.elapsed() < Duration::from_secs(5), "it heals by itself");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(store.get_session("a@s.0").await.unwrap().unwrap(), "after");
    assert!(!store.is_fenced(), "the lease came back with the data");
}

#[tokio::test]
async fn many_callers_share_one_connection_and_its_healing() {
    let mut server = Server::start().await;
    let redis = server.redis().await;
    server.kill();
    assert!(redis.query::<Value>(&Cmd::ping()).await.is_err());
    server.come_back();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let calls = (0..200).map(|_| {
        let redis = redis.clone();
        tokio::spawn(async move { redis.query::<String>(&Cmd::ping()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap(), "PONG");
    }
    let clients: String = redis.query(Cmd::new().arg("CLIENT").arg("LIST")).await.unwrap();
    assert_eq!(clients.lines().count(), 1, "{clients}");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_on() {
    let server = Server::start().await;
    let settings = Settings { response_timeout: Duration::from_millis(200), ..server.settings() };
    let redis = Redis::connect(settings).await.unwrap();
    let helper = server.redis().await;
    let _: Value = helper.query(Cmd::new().arg("CLIENT").arg("PAUSE").arg(1_500)).await.unwrap();
    let started = Instant::now();
    let error = redis.query::<Value>(&Cmd::ping()).await.unwrap_err();
    assert!(error.is_retryable() && started.elapsed() < Duration::from_millis(1_000), "{error}");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(redis.query::<String>(&Cmd::ping()).await.unwrap(), "PONG");

    // A command that blocks has a connection without that limit.
    let mut dedicated = redis.dedicated("nothing").await.unwrap();
    let blocked: Option<(String, String)> =
        Cmd::new().arg("BLPOP").arg("nothing").arg(0.5).query_async(&mut dedicated).await.unwrap();
    assert_eq!(blocked, None);
}

#[tokio::test]
async fn errors_are_told_apart() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let _: Value = redis.query(&Cmd::set("text", "x")).await.unwrap();
    assert!(matches!(redis.query::<Value>(&Cmd::hget("text", "f")).await, Err(StoreError::Refused(_))));
    assert!(matches!(redis.query::<i64>(&Cmd::get("text")).await, Err(StoreError::Answer(_))));
    let mut pipeline = redis::Pipeline::new();
    pipeline.get("text").hget("text", "f");
    assert!(matches!(redis.pipeline::<Value>(&pipeline).await, Err(StoreError::Refused(_))));
    assert_eq!(redis.query::<String>(&Cmd::get("text")).await.unwrap(), "x", "and the connection is whole");
    assert!(matches!(Redis::connect("nonsense").await, Err(StoreError::Setting(_))));
    let nobody = Redis::connect("rediss://127.0.0.1:1").await;
    assert!(
        matches!(nobody, Err(StoreError::Unavailable(_))),
        "TLS is spoken, but nobody is there: {nobody:?}"
    );
    assert!(matches!(Redis::connect("redis://127.0.0.1:1/").await, Err(StoreError::Unavailable(_))));
    // A script that nobody knows beforehand.
    let script = Script { name: "own", source: "return ARGV[1] .. #KEYS" };
    for _ in 0..2 {
        let answer = redis.run(&script, &["a".into(), "b".into()], &["x"]).await.unwrap();
        assert_eq!(answer, Value::BulkString(b"x2".to_vec()));
    }
    let fenced = redis.run(&script::WRITE, &["ew1:{s1}:lease".into()], &["1"]).await;
    assert!(matches!(fenced, Err(StoreError::Fenced)));
}

#[tokio::test]
async fn the_layout_is_fixed_once() {
    let server = Server::start().await;
    let redis = server.redis().await;
    assert_eq!(redis.layout(64).await.unwrap(), 64);
    assert_eq!(redis.layout(16).await.unwrap(), 64);
}

#[tokio::test]
async fn durability_is_told() {
    let server = Server::start().await;
    let redis = server.redis().await;
    let durability = redis.durability().await.unwrap();
    assert!(durability.appendonly && durability.appendfsync == "always", "{durability:?}");
    assert_eq!(durability.maxmemory_policy, "noeviction");
    assert_eq!(durability.risks(), Vec::<String>::new());
    assert!(durability.version.starts_with(char::is_numeric));
    redis.settle("ew1:layout").await.unwrap();
    let off = Redis::connect(Settings { wait_aof: None, ..server.settings() }).await.unwrap();
    assert!(!off.waits_for_disk());
}

#[tokio::test]
async fn a_server_that_became_a_replica_is_left() {
    let (server, primary) = (Server::start().await, Server::start().await);
    let redis = server.redis().await;
    let connection = async || redis.query::<u64>(Cmd::new().arg("CLIENT").arg("ID")).await.unwrap();
    let before = connection().await;
    let helper = server.redis().await;
    let port = primary.port();
    let _: Value = helper.query(Cmd::new().arg("REPLICAOF").arg("127.0.0.1").arg(port)).await.unwrap();
    assert_eq!(connection().await, before, "reading says nothing of it");
    let error = redis.query::<Value>(&Cmd::set("text", "x")).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    // Whoever has the address then is looked for by another connection.
    assert_ne!(connection().await, before);
    let _: Value = helper.query(Cmd::new().arg("REPLICAOF").arg("NO").arg("ONE")).await.unwrap();
    let _: Value = redis.query(&Cmd::set("text", "x")).await.unwrap();
}
