//! One Redis, one script, and hosts that run in the test's process.

use std::sync::Arc;
use std::time::Duration;

use conn_host::clock::SystemClock;
use conn_host::settings::Settings;
use conn_host::wire::scripted::{Script, ScriptedWires};
use edgewire_contract::command::{Action, Command, MessageSecret, Mode, SendMessage};
use edgewire_contract::content::{Content, Text};
use edgewire_contract::ids::{CommandId, MessageId, OrganizationId, RequestId, SessionId};
use edgewire_contract::jid::Jid;
use edgewire_contract::outcome::Outcome;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use edgewire_contract::{keys, script};
use edgewire_store::Redis;
use redis_fixture::RedisServer;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The world of one test.
pub struct World {
    pub server: RedisServer,
    pub redis: Redis,
    pub script: Arc<Script>,
}

/// A running host.
pub struct Running {
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
}

impl World {
    pub async fn new() -> Self {
        let server = RedisServer::start();
        let redis = Redis::connect(server.url()).await.unwrap();
        Self { server, redis, script: Arc::default() }
    }

    /// Starts a host named `id`.
    pub fn host(&self, id: &str) -> Running {
        self.host_with(id, &[])
    }

    /// As [`Self::host`], with more variables.
    pub fn host_with(&self, id: &str, more: &[(&'static str, &str)]) -> Running {
        let mut variables = vec![
            ("EDGEWIRE_REDIS_URL", self.server.url()),
            ("EDGEWIRE_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into()),
            ("EDGEWIRE_LISTEN", "127.0.0.1:0".into()),
            ("EDGEWIRE_HOST_ID", id.to_owned()),
            ("EDGEWIRE_ROLE", "connect".into()),
            ("EDGEWIRE_ACK_TIMEOUT_MS", "300".into()),
        ];
        variables.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let read = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        let mut settings = Settings::read(read).unwrap();
        settings.lease_ttl = Duration::from_millis(600);
        settings.lease_renewal = Duration::from_millis(100);
        let stop = CancellationToken::new();
        let wires = Arc::new(ScriptedWires(self.script.clone()));
        let (shutdown, clock) = (stop.clone(), Arc::new(SystemClock));
        let task = tokio::spawn(async move {
            conn_host::run(settings, clock, wires, shutdown, |_| {}).await.unwrap();
        });
        Running { stop, task }
    }

    /// Puts a paired session there.
    pub async fn session(&self, id: &str) {
        self.session_that_is(id, "1").await;
    }

    /// Puts a session there that is yet to be paired; connections begin with that.
    pub async fn unpaired_session(&self, id: &str) {
        self.script.unpaired();
        self.session_that_is(id, "0").await;
    }

    async fn session_that_is(&self, id: &str, paired: &str) {
        let id = SessionId::parse(id).unwrap();
        let shard = Shard::of(&id, DEFAULT_SHARDS);
        let script_keys = [keys::session(shard, &id), keys::shard_sessions(shard), keys::commands(shard)];
        let args =
            [id.as_str(), "", "org", "acme", "wanted", "run", "status", "connecting", "paired", paired];
        self.redis.run(&script::CREATE_SESSION, &script_keys, &args).await.unwrap();
    }

    /// A send to `chat` of `session`, as a handler would make it.
    pub fn send(&self, session: &str, chat: &str, text: &str) -> Command {
        let session = SessionId::parse(session).unwrap();
        let random: u64 = rand::random();
        Command {
            v: 1,
            id: CommandId::generate(1_781_000_000_000, Shard::of(&session, DEFAULT_SHARDS), random),
            organization: OrganizationId::parse("acme").unwrap(),
            session,
            request_id: RequestId::parse("req").unwrap(),
            issued_at: 1_781_000_000_000,
            mode: Mode::Async,
            deadline: None,
            reply_to: None,
            action: Action::Send(Box::new(SendMessage {
                message_id: MessageId::generate(rand::random()),
                to: Jid::parse_recipient(chat).unwrap(),
                secret: MessageSecret([1; 32]),
                timestamp: 1_781_000_000_000,
                content: Content::Text(Text { text: text.to_owned() }),
                reply_to: None,
                mentions: Vec::new(),
                delay_ms: 0,
                send_at: None,
            })),
        }
    }

    /// Puts a command into its stream, past the admission.
    pub async fn push(&self, command: &Command) {
        let mut add = redis::Cmd::new();
        add.arg("XADD").arg(keys::commands(command.id.shard())).arg("*").arg(keys::COMMAND_FIELD);
        add.arg(serde_json::to_string(command).unwrap());
        let _entry: String = self.redis.query(&add).await.unwrap();
    }

    /// Waits for a command's outcome.
    pub async fn outcome(&self, command: &Command) -> Outcome {
        let json = self
            .wait_for("an outcome", || async {
                self.redis.query::<Option<String>>(&redis::Cmd::get(keys::outcome(command.id))).await.unwrap()
            })
            .await;
        serde_json::from_str(&json).unwrap()
    }

    /// A field of a session's record.
    pub async fn field(&self, session: &str, field: &str) -> Option<String> {
        let id = SessionId::parse(session).unwrap();
        let shard = Shard::of(&id, DEFAULT_SHARDS);
        self.redis.query(&redis::Cmd::hget(keys::session(shard, &id), field)).await.unwrap()
    }

    /// Waits until a session's status is `status`.
    pub async fn status(&self, session: &str, status: &str) {
        self.wait_for(status, || async {
            (self.field(session, "status").await.as_deref() == Some(status)).then_some(())
        })
        .await;
    }

    /// Asks until there is an answer.
    pub async fn wait_for<T, F: Future<Output = Option<T>>>(&self, what: &str, ask: impl Fn() -> F) -> T {
        let asking = async {
            loop {
                if let Some(answer) = ask().await {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("no {what} in time"))
    }

    /// The kinds of a session's events, in order, with their payloads.
    pub async fn events(&self, session: &str) -> Vec<(String, serde_json::Value)> {
        let id = SessionId::parse(session).unwrap();
        let shard = Shard::of(&id, DEFAULT_SHARDS);
        let mut range = redis::Cmd::new();
        range.arg("XRANGE").arg(keys::events(shard, &id)).arg("-").arg("+");
        let entries: Vec<(String, Vec<String>)> = self.redis.query(&range).await.unwrap();
        entries
            .into_iter()
            .map(|(_, fields)| {
                let event: serde_json::Value = serde_json::from_str(&fields[1]).unwrap();
                (event["event"].as_str().unwrap().to_owned(), event["payload"].clone())
            })
            .collect()
    }
}

impl Running {
    /// Ends in order.
    pub async fn drain(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("drained in time").unwrap();
    }
}
