//! What hosts share: Redis with the schedule's clock, and a recipient. And what is demanded of them in the end.

use std::collections::BTreeMap;

use edgewire_contract::script::{self, Script};
use redis::aio::MultiplexedConnection;
use redis_fixture::RedisServer;

/// How long a lease lasts without being renewed, ms.
pub const LEASE_TTL_MS: u64 = 5_000;
/// The clock of the schedule, in Redis.
const CLOCK: &str = "clock";
/// Takes the place of Redis's clock.
const CLOCK_LUA: &str = "local function schedule_time()\n\
     local ms = tonumber(redis.call('GET', 'clock'))\n\
     return {math.floor(ms / 1000), (ms % 1000) * 1000}\n\
     end\n";

/// What a script answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A number.
    Number(i64),
    /// That the lease has moved on.
    Fenced,
}

/// The world of one schedule after another.
pub struct World {
    _server: RedisServer,
    connection: MultiplexedConnection,
    scripts: BTreeMap<&'static str, redis::Script>,
    number: u64,
    /// Now, ms.
    pub now: u64,
    /// Commands are numbered in the order of their admission.
    admitted: u64,
    /// What the recipient heard, each once, by its id.
    heard: Vec<u64>,
    /// Who claimed an epoch, the latest last.
    epochs: Vec<(u64, String)>,
    ended: BTreeMap<u64, u32>,
}

impl World {
    pub async fn start() -> Self {
        let server = RedisServer::start();
        let client = redis::Client::open(server.url()).expect("a URL");
        let connection = client.get_multiplexed_async_connection().await.expect("Redis");
        let scripts = script::ALL.iter().map(|script| (script.name, with_clock(script))).collect();
        Self {
            _server: server,
            connection,
            scripts,
            number: 0,
            now: 0,
            admitted: 0,
            heard: Vec::new(),
            epochs: Vec::new(),
            ended: BTreeMap::new(),
        }
    }

    /// Begins schedule `number`.
    pub async fn clear(&mut self, number: u64) {
        (self.number, self.now, self.admitted) = (number, 1_000_000, 0);
        self.heard.clear();
        self.epochs.clear();
        self.ended.clear();
        let _flushed: redis::Value = self.ask(redis::cmd("FLUSHDB").arg("SYNC")).await.expect("cleared");
        self.pass(0).await;
    }

    /// Lets time pass.
    pub async fn pass(&mut self, ms: u64) {
        self.now += ms;
        let now = self.now;
        let _set: redis::Value = self.ask(redis::cmd("SET").arg(CLOCK).arg(now)).await.expect("the clock");
    }

    /// A handler takes in a command.
    pub async fn admit(&mut self) {
        let mut add = redis::cmd("XADD");
        add.arg(self.commands()).arg("*").arg(edgewire_contract::keys::COMMAND_FIELD).arg(self.admitted);
        let _entry: String = self.ask(&add).await.expect("admitted");
        self.admitted += 1;
    }

    pub fn lease(&self) -> String {
        "lease".into()
    }

    pub fn commands(&self) -> String {
        "commands".into()
    }

    /// Asks Redis.
    pub async fn ask<T: redis::FromRedisValue>(&mut self, command: &redis::Cmd) -> redis::RedisResult<T> {
        command.query_async(&mut self.connection).await
    }

    /// Runs a script of the product.
    pub async fn run(&mut self, script: &Script, keys: &[String], args: &[String]) -> Answer {
        let mut call = self.scripts[script.name].prepare_invoke();
        for key in keys {
            call.key(key);
        }
        for arg in args {
            call.arg(arg);
        }
        match call.invoke_async(&mut self.connection).await {
            Ok(number) => Answer::Number(number),
            Err(error) if error.code() == Some(script::FENCED) => Answer::Fenced,
            Err(error) => panic!("schedule {}: {} answered {error}", self.number, script.name),
        }
    }

    /// Completes a command as the owner of `epoch`.
    pub async fn complete(&mut self, epoch: u64, entry: &str, command: u64) -> Answer {
        let outcome = format!("outcome-{command}");
        let mut keys = [self.lease(), self.commands(), outcome.clone(), outcome.clone()].to_vec();
        keys.extend(
            ["events", "outbox", "work", "chats", "aliases", "chat", "log", "unread"].map(String::from),
        );
        keys.extend([outcome.clone(), outcome.clone(), outcome, "dead".into()]);
        let group = edgewire_contract::keys::command_group(epoch);
        let args = [
            &epoch.to_string(),
            entry,
            "done",
            "3600",
            "",
            "0",
            "",
            "",
            "acme",
            "main",
            "100",
            "3600",
            &group,
            "",
            "",
            "0",
            "",
            "",
            "",
            "",
            "",
            "",
            "100",
        ];
        let args: Vec<String> = args.into_iter().map(String::from).collect();
        let answer = self.run(&script::COMPLETE, &keys, &args).await;
        if answer == Answer::Number(1) {
            *self.ended.entry(command).or_default() += 1;
        }
        answer
    }

    /// The recipient gets a message. It knows by its id whether it has had it.
    pub fn hear(&mut self, command: u64) {
        if !self.heard.contains(&command) {
            self.heard.push(command);
        }
    }

    /// Somebody has a lease.
    pub fn claimed(&mut self, epoch: u64, host: &str) {
        let number = self.number;
        match self.epochs.last() {
            Some((last, owner)) if *last == epoch => {
                assert_eq!(owner, host, "schedule {number}: epoch {epoch} has two")
            }
            Some((last, _)) => assert!(*last < epoch, "schedule {number}: epoch {epoch} came after {last}"),
            None => {}
        }
        if self.epochs.last().is_none_or(|(last, _)| *last != epoch) {
            self.epochs.push((epoch, host.to_owned()));
        }
    }

    /// Somebody wrote under an epoch: it must be the latest, and his.
    pub fn wrote(&self, epoch: u64, host: &str) {
        let latest = self.epochs.last().map(|(epoch, host)| (*epoch, host.as_str()));
        assert_eq!(latest, Some((epoch, host)), "schedule {}: a lost lease wrote", self.number);
    }

    /// Whether every command has ended.
    pub fn is_done(&self) -> bool {
        self.ended.len() as u64 == self.admitted
    }

    /// What must hold in the end; answers how many epochs there were.
    pub async fn judge(&mut self) -> u64 {
        let (number, all) = (self.number, (0..self.admitted).collect::<Vec<u64>>());
        let ended: Vec<u64> = self.ended.keys().copied().collect();
        assert_eq!(ended, all, "schedule {number}: commands were lost");
        assert!(
            self.ended.values().all(|times| *times == 1),
            "schedule {number}: one ended twice: {:?}",
            self.ended
        );
        assert_eq!(self.heard, all, "schedule {number}: not heard once and in order");
        let left: u64 = self.ask(redis::cmd("XLEN").arg(self.commands())).await.expect("the stream");
        assert_eq!(left, 0, "schedule {number}: entries are left");
        self.epochs.len() as u64
    }
}

/// The script, with the schedule's clock.
fn with_clock(script: &Script) -> redis::Script {
    redis::Script::new(&format!(
        "{CLOCK_LUA}{}",
        script.source.replace("redis.call('TIME')", "schedule_time()")
    ))
}
