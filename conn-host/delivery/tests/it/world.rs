//! Everything a story needs: Redis, an organization with events and webhooks, and hosts that deliver.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use edgewire_contract::event::{AuthCodePayload, AuthQrPayload, Event, EventBody};
use edgewire_contract::ids::{EntryId, EventId, OrganizationId, RequestId, SessionId, WebhookId};
use edgewire_contract::shard::Shard;
use edgewire_contract::webhook::ask::{Ask, Tried, Wish};
use edgewire_contract::webhook::{Breaker, DeadLetter, Delivery, Webhook};
use edgewire_contract::{keys, script};
use edgewire_delivery::{Chance, Clock, Counters, Outside, Settings, Snapshot, SystemClock};
use edgewire_store::Redis;
use redis::streams::StreamRangeReply;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::redis_server::RedisServer;

const SHARDS: u16 = 64;
/// No wait takes longer in a world that works, on a machine that does something else besides.
const DEADLINE: Duration = Duration::from_secs(60);

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
            breaker_pause: Duration::from_millis(50),
            breaker_longest: Duration::from_millis(200),
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
            custom_headers: BTreeMap::new(),
            retry: None,
            timeout_seconds: None,
            active: true,
            created_at: SystemClock.now_ms(),
            updated_at: None,
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

    /// Deletes a webhook's record, and no more.
    pub async fn forget(&self, webhook: &Webhook) {
        let delete = redis::Cmd::hdel(keys::webhooks(&acme()), webhook.id.as_str());
        self.redis.query::<()>(&delete).await.unwrap();
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

    /// A message of session `main` of `acme` in `chat`, told apart by `code`.
    pub async fn message(&self, chat: &str, code: &str) -> EventId {
        self.append_stored(&acme(), "main", "message", stored_message(chat, code)).await
    }

    /// As [`Self::message`], many at once: chat and code of each.
    pub async fn messages(&self, all: impl Iterator<Item = (String, String)>) -> Vec<EventId> {
        let session = SessionId::parse("main").unwrap();
        let stream = keys::events(Shard::of(&session, SHARDS), &session);
        let all: Vec<_> = all.collect();
        let mut ids = Vec::with_capacity(all.len());
        for some in all.chunks(500) {
            let mut add = redis::pipe();
            for (chat, code) in some {
                add.cmd("XADD").arg(&stream).arg("*").arg(keys::EVENT_FIELD).arg(stored_message(chat, code));
            }
            let entries: Vec<String> = self.redis.pipeline(&add).await.unwrap();
            let mut point = redis::pipe();
            for entry in &entries {
                let pointer = format!("acme main message {entry}");
                point
                    .cmd("XADD")
                    .arg(keys::feed(&acme()))
                    .arg("*")
                    .arg(keys::POINTER_FIELD)
                    .arg(pointer)
                    .ignore();
            }
            self.redis.pipeline::<()>(&point).await.unwrap();
            ids.extend(entries.iter().map(|entry| EventId::of(&session, EntryId::parse(entry).unwrap())));
        }
        ids
    }

    /// Appends an event and its pointer, as the session's host and its relay do.
    pub async fn append(&self, org: &OrganizationId, session: &str, body: EventBody) -> EventId {
        let kind = body.kind();
        let session_id = SessionId::parse(session).unwrap();
        let event = Event::new(org.clone(), session_id, SystemClock.now_ms(), body);
        self.append_stored(org, session, kind, event.to_stored()).await
    }

    async fn append_stored(
        &self,
        org: &OrganizationId,
        session: &str,
        kind: &str,
        stored: String,
    ) -> EventId {
        let session = SessionId::parse(session).unwrap();
        let stream = keys::events(Shard::of(&session, SHARDS), &session);
        let mut add = redis::cmd("XADD");
        add.arg(stream).arg("*").arg(keys::EVENT_FIELD).arg(stored);
        let entry: String = self.redis.query(&add).await.unwrap();
        let mut point = redis::cmd("XADD");
        point.arg(keys::feed(org)).arg("*").arg(keys::POINTER_FIELD);
        point.arg(format!("{org} {session} {kind} {entry}"));
        self.redis.query::<String>(&point).await.unwrap();
        EventId::of(&session, EntryId::parse(&entry).unwrap())
    }

    /// The newest entry of the feed.
    pub async fn feed_end(&self) -> String {
        let mut last = redis::cmd("XREVRANGE");
        last.arg(keys::feed(&acme())).arg("+").arg("-").arg("COUNT").arg(1);
        let found: StreamRangeReply = self.redis.query(&last).await.unwrap();
        found.ids[0].id.clone()
    }

    /// One field of a webhook's place.
    pub async fn place(&self, webhook: &Webhook, field: &str) -> Option<String> {
        let mut get = redis::cmd("HGET");
        get.arg(keys::hook(&acme(), &webhook.id)).arg(field);
        self.redis.query(&get).await.unwrap()
    }

    /// What a webhook's place says of entries behind its cursor: name and mark.
    pub async fn marks(&self, webhook: &Webhook) -> Vec<(String, String)> {
        let get = redis::Cmd::hgetall(keys::hook(&acme(), &webhook.id));
        let fields: BTreeMap<String, String> = self.redis.query(&get).await.unwrap();
        let entry =
            |name: &String| name.trim_start_matches("again:").starts_with(|c: char| c.is_ascii_digit());
        fields.into_iter().filter(|(name, _)| entry(name)).collect()
    }

    /// The webhook's log, the oldest first.
    pub async fn log(&self, webhook: &Webhook) -> Vec<Delivery> {
        let mut range = redis::cmd("XRANGE");
        range.arg(keys::hook_log(&acme(), &webhook.id)).arg("-").arg("+");
        let found: StreamRangeReply = self.redis.query(&range).await.unwrap();
        let read = |json: String| serde_json::from_str(&json).unwrap();
        found.ids.iter().map(|entry| read(entry.get(keys::LOG_FIELD).unwrap())).collect()
    }

    /// Has dead letters delivered again, as the handlers do: those of these events, or all.
    pub async fn replay(&self, webhook: &Webhook, ids: &[&str]) -> i64 {
        let (org, id) = (acme(), &webhook.id);
        let keys = [keys::webhooks(&org), keys::hook_dead(&org, id), keys::hook_again(&org, id)];
        let mut args = vec![id.as_str(), "-", "+", "1000", "10000"];
        args.extend(ids);
        let answer = self.redis.run(&script::REPLAY_HOOK, &keys, &args).await.unwrap();
        self.ask(webhook, Wish::Replay).await;
        let redis::Value::Array(values) = answer else { panic!("{answer:?}") };
        let redis::Value::Int(moved) = values[0] else { panic!("{values:?}") };
        moved
    }

    /// Asks the host that delivers.
    pub async fn ask(&self, webhook: &Webhook, what: Wish) -> RequestId {
        let number = self.webhooks.fetch_add(1, Ordering::Relaxed);
        let id = RequestId::generate(1, number.into());
        let deadline = SystemClock.now_ms() + 10_000;
        let ask = Ask { v: 1, id: id.clone(), webhook: webhook.id.clone(), what, deadline };
        let push = redis::Cmd::rpush(keys::hook_asks(&acme()), serde_json::to_string(&ask).unwrap());
        self.redis.query::<()>(&push).await.unwrap();
        id
    }

    /// The answer to a test delivery.
    pub async fn answer(&self, ask: &RequestId) -> Tried {
        let get = redis::Cmd::get(keys::hook_answer(&acme(), ask));
        let json = eventually("an answer", async || self.redis.query::<Option<String>>(&get).await.unwrap());
        serde_json::from_str(&json.await).unwrap()
    }

    /// The webhook's breaker.
    pub async fn breaker(&self, webhook: &Webhook) -> Breaker {
        let mut get = redis::cmd("HMGET");
        get.arg(keys::hook(&acme(), &webhook.id)).arg(&Breaker::FIELDS);
        let fields: [Option<String>; 4] = self.redis.query(&get).await.unwrap();
        Breaker::read(fields.each_ref().map(Option::as_deref))
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

fn stored_message(chat: &str, code: &str) -> String {
    format!(
        r#"{{"schema":"v1","event":"message","payload":{{"chat":"{chat}","code":"{code}"}},"session":"main","organization":"acme","timestamp":1}}"#
    )
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
