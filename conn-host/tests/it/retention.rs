//! What the relay keeps of feeds and of sessions' streams.

use conn_host::events::relay::Relay;
use conn_host::events::retention::{DAY_MS, Retention};
use edgewire_contract::ids::{EntryId, OrganizationId, SessionId};
use edgewire_contract::keys;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use edgewire_store::{Fence, Redis};
use redis::streams::StreamRangeReply;
use redis_fixture::RedisServer;

/// A moment: ids of streams are times.
const NOW: u64 = 1_781_000_000_000;

struct Shelf {
    _server: RedisServer,
    redis: Redis,
    session: SessionId,
    acme: OrganizationId,
    shard: Shard,
}

impl Shelf {
    async fn new() -> Self {
        let server = RedisServer::start();
        let redis = Redis::connect(server.url()).await.unwrap();
        let session = SessionId::parse("main").unwrap();
        let shard = Shard::of(&session, DEFAULT_SHARDS);
        Self { _server: server, redis, session, acme: OrganizationId::parse("acme").unwrap(), shard }
    }

    fn relay(&self, retention: Retention) -> Relay {
        Relay::new(self.redis.clone(), Fence::new(self.shard, 1), retention)
    }

    fn stream(&self) -> String {
        keys::events(self.shard, &self.session)
    }

    async fn add(&self, key: &str, at: &str, field: &str, value: &str) {
        let add = redis::cmd("XADD").arg(key).arg(at).arg(field).arg(value).clone();
        let _entry: String = self.redis.query(&add).await.unwrap();
    }

    /// An event that was stored then, and its pointer in the outbox.
    async fn happens(&self, ms: u64) {
        self.add(&self.stream(), &format!("{ms}-0"), "e", "{}").await;
        let pointer = format!("acme main message {ms}-0");
        self.add(&keys::outbox(self.shard), &format!("{ms}-0"), "p", &pointer).await;
    }

    async fn ids(&self, key: &str) -> Vec<u64> {
        let range = redis::cmd("XRANGE").arg(key).arg("-").arg("+").clone();
        let reply: StreamRangeReply = self.redis.query(&range).await.unwrap();
        reply.ids.iter().map(|entry| EntryId::parse(&entry.id).unwrap().ms).collect()
    }

    /// The pointers' events in the feed.
    async fn feed(&self) -> Vec<u64> {
        let range = redis::cmd("XRANGE").arg(keys::feed(&self.acme)).arg("-").arg("+").clone();
        let reply: StreamRangeReply = self.redis.query(&range).await.unwrap();
        let text = |entry: &redis::streams::StreamId| entry.get::<String>("p").unwrap();
        reply.ids.iter().map(|entry| keys::Pointer::parse(&text(entry)).unwrap().entry.ms).collect()
    }

    async fn gone(&self) -> Option<String> {
        let get = redis::cmd("HGET").arg(keys::relayed(&self.acme)).arg(keys::GONE_FIELD).clone();
        self.redis.query(&get).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_too_old_is_dropped_and_the_last_of_it_is_remembered() {
    let shelf = Shelf::new().await;
    // The feed of a week ago, and a stream of which whole nodes are old.
    let old = NOW - 8 * DAY_MS;
    for n in 0..5 {
        let pointer = format!("acme main message {}-0", old + n);
        shelf.add(&keys::feed(&shelf.acme), &format!("{}-0", old + n), "p", &pointer).await;
    }
    for n in 0..250 {
        shelf.add(&shelf.stream(), &format!("{}-0", old + n), "e", "{}").await;
    }
    shelf.happens(NOW).await;
    let mut relay = shelf.relay(Retention::default());
    relay.pass().await.unwrap();
    assert_eq!(shelf.feed().await, [NOW]);
    assert_eq!(shelf.gone().await.unwrap(), format!("{0}-0 acme main message {0}-0", old + 4));
    let kept = shelf.ids(&shelf.stream()).await;
    assert!(kept.len() <= 51 && kept.last() == Some(&NOW), "whole nodes go: {}", kept.len());
    // Nothing more is dropped before a minute has passed.
    shelf.happens(NOW + 59_000).await;
    relay.pass().await.unwrap();
    assert_eq!(shelf.feed().await, [NOW, NOW + 59_000]);
    assert!(shelf.ids(&keys::outbox(shelf.shard)).await.is_empty());
}

#[tokio::test]
async fn an_outbox_that_lay_for_long_drops_nothing_before_its_time() {
    let shelf = Shelf::new().await;
    let then = NOW - 6 * DAY_MS;
    shelf.happens(then).await;
    shelf.relay(Retention::default()).pass().await.unwrap();
    assert_eq!((shelf.feed().await, shelf.gone().await), (vec![then], None));
}

/// Mutation tried: a pass ends at the first feed that refuses. The other organization hears nothing.
#[tokio::test]
async fn a_feed_that_refuses_holds_up_no_other_and_loses_nothing() {
    let shelf = Shelf::new().await;
    let mut relay = shelf.relay(Retention::default());
    let outbox = keys::outbox(shelf.shard);
    let broken = keys::feed(&OrganizationId::parse("aaa").unwrap());
    let refuse = redis::cmd("SET").arg(&broken).arg("no stream").clone();
    let _: String = shelf.redis.query(&refuse).await.unwrap();
    for ms in NOW..NOW + 300 {
        shelf.happens(ms).await;
        let pointer = format!("aaa main message {ms}-1");
        shelf.add(&outbox, &format!("{ms}-1"), "p", &pointer).await;
    }
    relay.pass().await.unwrap_err();
    assert_eq!(shelf.feed().await, (NOW..NOW + 300).collect::<Vec<_>>());
    assert_eq!(shelf.ids(&outbox).await.len(), 300, "the other's wait");
    let mend = redis::cmd("DEL").arg(&broken).clone();
    let _: u64 = shelf.redis.query(&mend).await.unwrap();
    relay.pass().await.unwrap();
    assert_eq!(shelf.ids(&broken).await.len(), 300);
    assert_eq!((shelf.ids(&outbox).await.len(), shelf.feed().await.len()), (0, 300));
}

#[tokio::test]
async fn a_feed_has_no_more_than_it_may() {
    let shelf = Shelf::new().await;
    let mut relay = shelf.relay(Retention { per_feed: 100, per_session: 150, ..Retention::default() });
    for n in 0..1_200 {
        shelf.happens(NOW + n).await;
    }
    relay.pass().await.unwrap();
    assert_eq!(shelf.feed().await, (NOW + 1_100..NOW + 1_200).collect::<Vec<_>>());
    let gone = shelf.gone().await.unwrap();
    assert!(gone.ends_with(&format!(" acme main message {}-0", NOW + 1_099)), "{gone}");
    shelf.happens(NOW + 70_000).await;
    relay.pass().await.unwrap();
    assert!(shelf.ids(&shelf.stream()).await.len() < 300);
    assert_eq!(shelf.feed().await.len(), 100);
}
