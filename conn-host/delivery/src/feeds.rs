//! Wakes webhooks when their organization's feed grows.
//!
//! A blocking read needs a connection of its own, and thousands of organizations may have webhooks: so one connection
//! reads many feeds, and only tells how far each has come. What the new entries say each webhook reads for itself,
//! from its own place: a slow one is behind by as much as it likes, and costs no memory here.
//!
//! In a cluster one command reads feeds of one slot only. There they are looked at in turn, without blocking.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edgewire_contract::ids::{EntryId, OrganizationId};
use edgewire_contract::keys;
use edgewire_store::Redis;
use futures::future::join_all;
use redis::streams::StreamReadReply;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// Feeds per connection: Redis looks at each of them whenever one grows.
const FEEDS_PER_READER: usize = 256;
/// How long a read waits; a feed that is added meanwhile is heard after that. Until then its webhooks have their own
/// first look.
const BLOCK: Duration = Duration::from_millis(250);
/// How long after that an answer is late: the connection is then taken for dead.
const LATE: Duration = Duration::from_secs(2);
/// Entries per feed and read; under load, that many wake a webhook once.
const COUNT: usize = 200;
/// The rest after each read that found something, so that a busy feed is read in bunches.
const REST: Duration = Duration::from_millis(1);
/// In a cluster, the pause between two looks at all feeds, and how much longer it is for each of them.
const LOOKS: Duration = Duration::from_millis(50);
const LOOKS_PER_FEED: Duration = Duration::from_millis(1);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// All feeds of a host. Its connections end with it.
pub struct Feeds {
    redis: Redis,
    readers: Mutex<Readers>,
}

#[derive(Default)]
struct Readers {
    readers: Vec<Arc<Reader>>,
    tasks: JoinSet<()>,
}

/// What one connection reads.
#[derive(Default)]
struct Reader {
    feeds: Mutex<HashMap<String, watch::Sender<EntryId>>>,
    added: Notify,
}

impl Feeds {
    pub fn new(redis: Redis) -> Self {
        Self { redis, readers: Mutex::default() }
    }

    /// The newest entry of the organization's feed, from `newest` on. Reading ends when all receivers are dropped.
    pub fn follow(&self, organization: &OrganizationId, newest: EntryId) -> watch::Receiver<EntryId> {
        let (sender, receiver) = watch::channel(newest);
        let Readers { readers, tasks } = &mut *lock(&self.readers);
        let free = readers.iter().find(|reader| lock(&reader.feeds).len() < FEEDS_PER_READER).cloned();
        let reader = free.unwrap_or_else(|| {
            let reader = Arc::<Reader>::default();
            tasks.spawn(read_forever(self.redis.clone(), Arc::clone(&reader)));
            readers.push(Arc::clone(&reader));
            reader
        });
        lock(&reader.feeds).insert(keys::feed(organization), sender);
        reader.added.notify_one();
        receiver
    }
}

impl Reader {
    /// The feeds that somebody still follows, with the newest entry known of each.
    fn followed(&self) -> (Vec<String>, Vec<String>) {
        let mut feeds = lock(&self.feeds);
        feeds.retain(|_, sender| !sender.is_closed());
        feeds.iter().map(|(key, sender)| (key.clone(), sender.borrow().to_string())).unzip()
    }

    fn tell(&self, found: &StreamReadReply) {
        let feeds = lock(&self.feeds);
        for stream in &found.keys {
            let newest = stream.ids.last().and_then(|entry| EntryId::parse(&entry.id).ok());
            if let (Some(sender), Some(newest)) = (feeds.get(&stream.key), newest) {
                sender.send_replace(newest);
            }
        }
    }
}

async fn read_forever(redis: Redis, reader: Arc<Reader>) {
    loop {
        // Redis being away is said by those who write to it.
        if redis.is_cluster() {
            look_until_it_breaks(&redis, &reader).await;
        } else if let Ok(connection) = redis.dedicated("").await {
            read_until_it_breaks(connection, &reader).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn read_until_it_breaks(mut connection: redis::aio::MultiplexedConnection, reader: &Reader) {
    loop {
        let (feeds, places) = reader.followed();
        if feeds.is_empty() {
            reader.added.notified().await;
            continue;
        }
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(COUNT).arg("BLOCK").arg(BLOCK.as_millis().to_string());
        command.arg("STREAMS").arg(feeds).arg(places);
        let reading = command.query_async::<Option<StreamReadReply>>(&mut connection);
        match tokio::time::timeout(BLOCK + LATE, reading).await {
            Ok(Ok(Some(found))) => {
                reader.tell(&found);
                tokio::time::sleep(REST).await;
            }
            Ok(Ok(None)) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

async fn look_until_it_breaks(redis: &Redis, reader: &Reader) {
    loop {
        let (feeds, places) = reader.followed();
        if feeds.is_empty() {
            reader.added.notified().await;
            continue;
        }
        let looks = feeds.iter().zip(&places).map(|(feed, place)| {
            let mut command = redis::cmd("XREAD");
            command.arg("COUNT").arg(COUNT).arg("STREAMS").arg(feed).arg(place);
            async move { redis.query::<Option<StreamReadReply>>(&command).await }
        });
        let mut answers = 0;
        for found in join_all(looks).await {
            answers += u32::from(found.is_ok());
            if let Ok(Some(found)) = found {
                reader.tell(&found);
            }
        }
        // A node that is away holds up the feeds that it has, and no others.
        if answers == 0 {
            return;
        }
        let feeds = u32::try_from(feeds.len()).unwrap_or(u32::MAX);
        tokio::time::sleep(LOOKS + LOOKS_PER_FEED * feeds).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing under these locks can fail halfway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
