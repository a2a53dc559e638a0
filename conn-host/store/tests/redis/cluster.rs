//! Redis Cluster: what is asked for is got from whoever has it, also when that changes.

use std::time::Duration;

use edgewire_contract::keys;
use edgewire_contract::servers::slot;
use edgewire_contract::shard::Shard;
use edgewire_store::{Redis, Settings, StoreError};
use redis::{Cmd, Pipeline, Value};
use redis_fixture::{RedisCluster, move_slot};

use crate::support::{claim, open, shard};

async fn cluster() -> (RedisCluster, Redis) {
    let cluster = RedisCluster::start(3);
    let redis = Redis::connect(cluster.url()).await.expect("connected");
    (cluster, redis)
}

/// The slot of a shard's keys, and the port of a node that has it not.
fn elsewhere(cluster: &RedisCluster, shard: Shard) -> (u16, u16) {
    let slot = slot(keys::lease(shard).as_bytes());
    let owner = usize::from(slot) * 3 / 16_384;
    (slot, cluster.ports()[(owner + 1) % 3])
}

#[tokio::test]
async fn every_shard_is_written_where_it_is() {
    let (_cluster, redis) = cluster().await;
    assert!(redis.is_cluster());
    assert_eq!(redis.layout(64).await.unwrap(), 64);
    let mut set = Pipeline::new();
    let mut get = Pipeline::new();
    for shard in Shard::all(64) {
        set.hset(keys::lease(shard), "owner", shard.number());
        get.hget(keys::lease(shard), "owner");
    }
    redis.pipeline::<()>(&set).await.unwrap();
    let all: Vec<u16> = redis.pipeline(&get).await.unwrap();
    assert_eq!(all, (0..64).collect::<Vec<_>>(), "in the order in which they were asked for");
    let mut both = Pipeline::new();
    both.atomic().hget(keys::lease(shard()), "owner").hget(keys::lease(shard()), "none");
    let both: (Option<u16>, Option<u16>) = redis.pipeline(&both).await.unwrap();
    assert_eq!(both, (Some(17), None));
    let wrong = redis.query::<Value>(&Cmd::hget(keys::layout(), "shards").arg("too many").to_owned()).await;
    assert!(matches!(wrong, Err(StoreError::Refused(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_is_followed() {
    let (cluster, redis) = cluster().await;
    let fence = claim(&redis, "a").await;
    let store = open(&redis, fence, "main").await;
    let (slot, to) = elsewhere(&cluster, shard());
    let mut blocked = redis.dedicated(&keys::commands(shard())).await.unwrap();
    tokio::task::block_in_place(|| move_slot(&cluster.ports(), slot, to));
    let found: Option<String> = redis.query(&Cmd::hget(keys::lease(shard()), "owner")).await.unwrap();
    assert_eq!(found.as_deref(), Some("a"));
    assert_eq!(claim(&redis, "a").await, fence, "the lease is still there, and a script finds it");
    let mut look = Pipeline::new();
    look.atomic().hget(keys::lease(shard()), "owner").exists(keys::commands(shard()));
    let (owner, _): (String, bool) = redis.pipeline(&look).await.unwrap();
    assert_eq!(owner, "a");
    drop(store);
    // A connection that was there says that it is the wrong one now.
    let stale: redis::RedisResult<Value> =
        Cmd::new().arg("XLEN").arg(keys::commands(shard())).query_async(&mut blocked).await;
    assert!(StoreError::from_redis(stale.unwrap_err()).is_retryable());
    let mut fresh = redis.dedicated(&keys::commands(shard())).await.unwrap();
    let length: u64 =
        Cmd::new().arg("XLEN").arg(keys::commands(shard())).query_async(&mut fresh).await.unwrap();
    assert_eq!(length, 0);
}

#[tokio::test]
async fn a_slot_on_its_way_is_asked_for_where_it_goes() {
    let (cluster, redis) = cluster().await;
    let (slot, to) = elsewhere(&cluster, shard());
    let from = cluster.ports()[usize::from(slot) * 3 / 16_384];
    let set_slot = async |port: u16, what: &str, other: u16| {
        let one = redis::Client::open(format!("redis://127.0.0.1:{other}")).unwrap();
        let mut one = one.get_multiplexed_async_connection().await.unwrap();
        let id: String = Cmd::new().arg("CLUSTER").arg("MYID").query_async(&mut one).await.unwrap();
        let node = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
        let mut node = node.get_multiplexed_async_connection().await.unwrap();
        let set = Cmd::new().arg("CLUSTER").arg("SETSLOT").arg(slot).arg(what).arg(id).to_owned();
        let () = set.query_async(&mut node).await.unwrap();
    };
    set_slot(to, "IMPORTING", from).await;
    set_slot(from, "MIGRATING", to).await;
    // What the old node has not is made at the new one, by a script that both must be told.
    claim(&redis, "a").await;
    let owner: String = redis.query(&Cmd::hget(keys::lease(shard()), "owner")).await.unwrap();
    assert_eq!(owner, "a");
}

#[tokio::test]
async fn the_first_node_need_not_be_there() {
    let mut cluster = RedisCluster::start(3);
    cluster.node(0).kill();
    let settings = Settings { max_backoff: Duration::from_millis(100), ..Settings::new(cluster.url()) };
    let redis = Redis::connect(settings).await.expect("by the second");
    let lives = Shard::all(64).find(|shard| slot(keys::lease(*shard).as_bytes()) > 6_000).unwrap();
    // The others notice before long, and refuse until it is back; until then they serve what they have.
    let one = redis.query::<Option<String>>(&Cmd::hget(keys::lease(lives), "owner")).await;
    assert!(matches!(one, Ok(None) | Err(StoreError::Unavailable(_))), "{one:?}");
    cluster.node(0).come_back();
    let until = tokio::time::Instant::now() + Duration::from_secs(20);
    let dead = Shard::all(64).find(|shard| slot(keys::lease(*shard).as_bytes()) < 5_000).unwrap();
    while let Err(error) = redis.query::<Option<String>>(&Cmd::hget(keys::lease(dead), "owner")).await {
        assert!(error.is_retryable() && tokio::time::Instant::now() < until, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn several_servers_that_are_no_cluster_are_refused() {
    let (one, other) = (redis_fixture::RedisServer::start(), redis_fixture::RedisServer::start());
    let url = format!("{},127.0.0.1:{}", one.url(), other.port());
    assert!(matches!(Redis::connect(url).await, Err(StoreError::Setting(_))));
}
