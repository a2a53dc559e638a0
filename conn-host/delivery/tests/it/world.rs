//! Everything a story needs: Redis, an organization with events and webhooks, and hosts that deliver.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use edgewire_contract::event::{AuthCodePayload, AuthQrPayload, Event, EventBody};
use edgewire_contract::ids::{EntryId, EventId, OrganizationId, SessionId, WebhookId};
use edgewire_contract::keys;
use edgewire_contract::shard::Shard;
use edgewire_contract::webhook::{DeadLetter, Webhook};
use edgewire_delivery::{Chance, Clock, Counters, Outside, Settings, Snapshot, SystemClock};
use edgewire_store::Redis;
use redis::streams::StreamRangeReply;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::redis_server::RedisServer;

const SHARDS: u16 = 64;
/// No wait takes longer in a world that works.
const DEADLINE: Duration = Duration::from_secs(20);

/// The middle of every spread.
struct Even;

impl Chance for Even {
    fn next(&self) -> f64 {
        0.5
    }
}

pub struct World {
    pub server: RedisServer,
    pub redis: Redis,
    webhooks: AtomicU64,
}

impl World {
    pub async fn up() -> Self {
        let server = RedisServer::start().await;
        let redis = server.connect().await;
        redis.layout(SHARDS).await.unwrap();
        Self { server, redis, webhooks: AtomicU64::new(0) }
    }

    /// Settings with times for tests: what takes seconds in production takes milliseconds here.
    pub fn settings() -> Settings {
        Settings {
            allow_loopback: true,
            attempts: 5,
            first_delay: Duration::from_millis(10),
            max_delay: Duration::from_millis(40),
            lease_ttl: Duration::from_millis(600),
            renewal: Duration::from_millis(40),
            sweep: Duration::from_millis(100),
            ..Settings::default()
        }
    }

    /// A host that delivers.
    pub async fn host(&self, name: &str) -> Host {
        self.host_with(name, Self::settings(), Arc::new(SystemClock)).await
    }

    pub async fn host_with(&self, name: &str, settings: Settings, clock: Arc<dyn Clock>) -> Host {
        let outside = Outside { clock, chance: Arc::new(Even), ..Outside::system(&settings) };
        let counters = Arc::clone(&outside.counters);
        let stop = CancellationToken::new();
        let redis = self.server.connect().await;
        let running = edgewire_delivery::run_with(redis, settings, name.into(), outside, stop.clone());
        Host { task: tokio::spawn(running), stop, counters }
    }

    /// A webhook of `acme` for all events.
    pub async fn webhook(&self, url: &str) -> Webhook {
        self.webhook_of(&acme(), url, |_| {}).await
    }

    pub async fn webhook_of(&self, org: &OrganizationId, url: &str, edit: impl Fn(&mut Webhook)) -> Webhook {
        let number = self.webhooks.fetch_add(1, Ordering::Relaxed);
        let mut webhook = Webhook {
            v: 1,
            id: WebhookId::generate(1, number.into()),
            url: url.into(),
            events: vec!["*".into()],
            session_id: None,
            secret: None,
            active: true,
            created_at: SystemClock.now_ms(),
        };
        edit(&mut webhook);
        self.save(org, &webhook).await;
        webhook
    }

    /// Writes a webhook's record, as the handlers do.
    pub async fn save(&self, org: &OrganizationId, webhook: &Webhook) {
        let json = serde_json::to_string(webhook).unwrap();
        let mut save = redis::pipe();
        save.sadd(keys::organizations(), org.as_str()).ignore();
        save.hset(keys::webhooks(org), webhook.id.as_str(), json).ignore();
        self.redis.pipeline::<()>(&save).await.unwrap();
    }

    /// An `auth.code` event of session `main` of `acme`.
    pub async fn event(&self, code: &str) -> EventId {
        self.code_of("main", code).await
    }

    pub async fn code_of(&self, session: &str, code: &str) -> EventId {
        self.append(
            &acme(),
            session,
            EventBody::AuthCode(AuthCodePayload { code: code.into(), expires_at: 9 }),
        )
        .await
    }

    /// An `auth.qr` event.
    pub async fn qr_of(&self, session: &str) -> EventId {
        self.append(&acme(), session, EventBody::AuthQr(AuthQrPayload { code: "2@x".into(), expires_at: 9 }))
            .await
    }

    /// Appends an event and its pointer, as the session's host and its relay do.
    pub async fn append(&self, org: &OrganizationId, session: &str, body: EventBody) -> EventId {
        let session = SessionId::parse(session).unwrap();
        let stream = keys::events(Shard::of(&session, SHARDS), &session);
        let kind = body.kind();
        let event = Event::new(org.clone(), session.clone(), SystemClock.now_ms(), body);
        let mut add = redis::cmd("XADD");
        add.arg(stream).arg("*").arg(keys::EVENT_FIELD).arg(event.to_stored());
        let entry: String = self.redis.query(&add).await.unwrap();
        let mut point = redis::cmd("XADD");
        point.arg(keys::feed(org)).arg("*").arg(keys::POINTER_FIELD);
        point.arg(format!("{org} {session} {kind} {entry}"));
        self.redis.query::<String>(&point).await.unwrap();
        EventId::of(&session, EntryId::parse(&entry).unwrap())
    }

    /// One field of a webhook's place.
    pub async fn place(&self, webhook: &Webhook, field: &str) -> Option<String> {
        let mut get = redis::cmd("HGET");
        get.arg(keys::hook(&acme(), &webhook.id)).arg(field);
        self.redis.query(&get).await.unwrap()
    }

    /// The webhook's dead letters.
    pub async fn dead(&self, webhook: &Webhook) -> Vec<DeadLetter> {
        let mut range = redis::cmd("XRANGE");
        range.arg(keys::hook_dead(&acme(), &webhook.id)).arg("-").arg("+");
        let found: StreamRangeReply = self.redis.query(&range).await.unwrap();
        let read = |json: String| serde_json::from_str(&json).unwrap();
        found.ids.iter().map(|entry| read(entry.get(keys::DEAD_FIELD).unwrap())).collect()
    }

    /// A field of the lease of `acme`'s webhooks.
    pub async fn lease(&self, field: &str) -> Option<String> {
        let mut get = redis::cmd("HGET");
        get.arg(keys::hooks_lease(&acme())).arg(field);
        self.redis.query(&get).await.unwrap()
    }
}

/// A delivering host.
pub struct Host {
    task: JoinHandle<()>,
    stop: CancellationToken,
    counters: Arc<Counters>,
}

impl Host {
    /// Stops it in order.
    pub async fn drain(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Asks it to stop, and does not wait.
    pub fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// What `kill -9` does: nothing more happens, nothing is given back.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }

    pub fn counts(&self) -> Snapshot {
        self.counters.snapshot()
    }

    /// Waits until its counters are as `wanted` says.
    pub async fn until(&self, what: &str, wanted: impl Fn(Snapshot) -> bool) -> Snapshot {
        eventually(what, async || Some(self.counts()).filter(|counts| wanted(*counts))).await
    }
}

pub fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

/// Asks until there is an answer; fails after a deadline that only a broken world reaches.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < DEADLINE, "still waiting for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
