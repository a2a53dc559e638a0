//! Baileys: the second recipient, a client that shares no code with ours. Each is a Node process (`tests/baileys`) that
//! is one linked device on the sandbox; what it says it received, it has decrypted.
//!
//! Its packages are installed once, into a folder under cargo's target folder that is named after the lock file.

use std::collections::VecDeque;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::Notify;
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::sandbox::Sandbox;
use crate::wait::PATIENCE;
use crate::world::World;

/// Names, separated by commas, the optional parts that must not be missing: there a story fails that is else skipped.
pub const REQUIRE_VARIABLE: &str = "EDGEWIRE_REQUIRE";

/// What Baileys asks for.
const OLDEST_NODE: u32 = 20;
/// Some 50 MB from the registry, or from npm's cache.
const INSTALL_LIMIT: Duration = Duration::from_secs(120);
/// How often the installation is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long a process that is asked to end may take.
const GRACE: Duration = Duration::from_secs(5);
/// How many of its last log lines a failure shows.
const SHOWN_LINES: usize = 30;
/// How much of each event a failure shows.
const SHOWN_CHARS: usize = 240;

/// Everything that makes a peer. The lock file has no addresses: packages come from where npm is told to look.
const FILES: &[(&str, &str)] = &[
    ("package.json", include_str!("../baileys/package.json")),
    ("package-lock.json", LOCK),
    ("auth.mjs", include_str!("../baileys/auth.mjs")),
    ("commands.mjs", include_str!("../baileys/commands.mjs")),
    ("device.mjs", include_str!("../baileys/device.mjs")),
    ("lines.mjs", include_str!("../baileys/lines.mjs")),
    ("logger.mjs", include_str!("../baileys/logger.mjs")),
    ("loopback.mjs", include_str!("../baileys/loopback.mjs")),
    ("peer.mjs", include_str!("../baileys/peer.mjs")),
    ("polls.mjs", include_str!("../baileys/polls.mjs")),
    ("stanzas.mjs", include_str!("../baileys/stanzas.mjs")),
    ("store.mjs", include_str!("../baileys/store.mjs")),
];
const LOCK: &str = include_str!("../baileys/package-lock.json");

/// A running Baileys client, linked to a number. Dropping it kills the process.
#[derive(Debug)]
pub struct Baileys {
    /// Its phone number.
    pub phone: String,
    jid: String,
    lid: String,
    process: Child,
    stdin: tokio::sync::Mutex<Option<ChildStdin>>,
    log: Arc<Log>,
    requests: AtomicU64,
}

impl Baileys {
    /// Whether this machine can run one.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn available() -> Result<(), String> {
        static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
        let look = || {
            let node = version("node").ok_or("Baileys needs node, and there is none on the PATH")?;
            let major =
                node.trim_start_matches('v').split('.').next().and_then(|text| text.parse::<u32>().ok());
            if major.is_none_or(|major| major < OLDEST_NODE) {
                return Err(format!("Baileys needs node {OLDEST_NODE} or newer, this is {node}"));
            }
            version("npm")
                .map(drop)
                .ok_or_else(|| "Baileys needs npm, and there is none on the PATH".to_owned())
        };
        FOUND.get_or_init(look).clone()
    }

    /// Whether its stories must be told here ([`REQUIRE_VARIABLE`] names `baileys`).
    pub fn required() -> bool {
        let required = std::env::var(REQUIRE_VARIABLE).unwrap_or_default();
        required.split(',').any(|name| name.trim() == "baileys")
    }

    /// Whether its stories are to be passed over, and says why: where one must not be missing they are told, and fail.
    pub fn skipped() -> bool {
        match Self::available() {
            Err(reason) if !Self::required() => {
                xtask::say::say(format!("the stories with Baileys are not told: {reason}"));
                true
            }
            _ => false,
        }
    }

    /// A new client, linked to a fresh number whose account has this name, and connected. It tells senders of
    /// deliveries, as an open app does.
    ///
    /// # Panics
    /// When it cannot be linked.
    pub async fn start(world: &World, name: &str) -> Self {
        let phone = format!("4915100{:05}", world.next_number());
        Self::start_on(&world.sandbox(), &phone, name).await
    }

    /// As [`Self::start`], with a phone number: an account that is there already gets one more linked device.
    ///
    /// # Panics
    /// When it cannot be linked.
    pub async fn start_on(sandbox: &Sandbox, phone: &str, name: &str) -> Self {
        let folder = match tokio::task::spawn_blocking(installed).await {
            Ok(Ok(folder)) => folder,
            Ok(Err(e)) => panic!("Baileys is not installed: {e:#}"),
            Err(e) => panic!("Baileys is not installed: {e}"),
        };
        let mut process = tokio::process::Command::new("node")
            .arg(folder.join("peer.mjs"))
            .args(["--ws", &sandbox.ws_url(), "--media", sandbox.url(), "--log", "warn"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let log = Arc::new(Log::default());
        follow(process.stdout.take().expect("it is piped"), log.clone(), Log::said);
        follow(process.stderr.take().expect("it is piped"), log.clone(), Log::complained);
        let stdin = tokio::sync::Mutex::new(process.stdin.take());

        let qr = log.wait("a QR code", |e| (e["event"] == "qr").then(|| e["code"].clone())).await;
        sandbox.contact(phone, name).await;
        sandbox.scan(qr.as_str().unwrap_or_default(), phone).await.expect(200);
        let open = log.wait("the connection", |e| (e["event"] == "open").then(|| e.clone())).await;
        let own = |field: &str| open[field].as_str().unwrap_or_default().to_owned();
        let (jid, lid) = (own("jid"), own("lid"));
        Self { phone: phone.to_owned(), jid, lid, process, stdin, log, requests: AtomicU64::new(1) }
    }

    /// Its own address: its phone number's.
    pub fn jid(&self) -> &str {
        &self.jid
    }

    /// Its own hidden address.
    pub fn lid(&self) -> &str {
        &self.lid
    }

    /// The message with this id, as the peer describes it: `key`, `kind`, `message` (the protobuf as JSON, bytes as
    /// base64), `stanza`, `raw`, `type`, `pushName`, `timestamp`.
    ///
    /// # Panics
    /// When it does not come, or does not open.
    pub async fn message(&self, id: &str) -> Value {
        let of_id = |e: &Value| (e["event"] == "message" && e["id"] == id).then(|| e.clone());
        let message = self.log.wait(&format!("the message {id}"), of_id).await;
        assert!(!message["message"].is_null(), "it does not open: {message}");
        message
    }

    /// The protobuf of the message with this id, decrypted by Baileys and decoded by us: also what Baileys' own
    /// definitions do not know.
    ///
    /// # Panics
    /// When it does not come, does not open, or is not one.
    pub async fn protobuf(&self, id: &str) -> wa::Message {
        let message = self.message(id).await;
        // A first message to a group comes in two parts: the key alone, then the message.
        let raw = message["raw"].as_array().into_iter().flatten().rfind(|raw| !raw.is_null());
        let bytes = bytes(raw.unwrap_or(&Value::Null));
        wa::Message::decode_from_slice(&bytes).expect("a protobuf message")
    }

    /// The first event that `matches`, of those that came and those that come. Events have an `event`; see
    /// `tests/baileys/README.md`.
    ///
    /// # Panics
    /// When none comes.
    pub async fn event(&self, what: &str, matches: impl Fn(&Value) -> bool) -> Value {
        self.log.wait(what, |e| matches(e).then(|| e.clone())).await
    }

    /// The next event that `matches`: as [`Self::event`], but behind the one that the last call of this gave.
    ///
    /// # Panics
    /// When none comes.
    pub async fn next_matching(&self, what: &str, matches: impl Fn(&Value) -> bool) -> Value {
        let begin = self.log.inside().read;
        let (at, event) = self.log.wait_from(begin, what, |e| matches(e).then(|| e.clone())).await;
        self.log.inside().read = at + 1;
        event
    }

    /// Every event so far.
    pub fn events(&self) -> Vec<Value> {
        self.log.inside().events.clone()
    }

    /// Sends a content (Baileys' `AnyMessageContent`; `{"base64": …}` for bytes) to a phone number or an address;
    /// gives the message's id.
    ///
    /// # Panics
    /// When it does not go out.
    pub async fn send(&self, to: &str, content: Value) -> String {
        self.send_with(to, content, json!({})).await
    }

    /// As [`Self::send`], with options: `quoted` (a message's id), `messageId`.
    ///
    /// # Panics
    /// When it does not go out.
    pub async fn send_with(&self, to: &str, content: Value, options: Value) -> String {
        let request = json!({ "do": "send", "jid": address(to), "content": content, "options": options });
        id(&self.ask(request).await)
    }

    /// Sends a protobuf message, given as JSON, as it is; gives the message's id.
    ///
    /// # Panics
    /// When it does not go out.
    pub async fn relay(&self, to: &str, message: Value) -> String {
        id(&self.ask(json!({ "do": "relay", "jid": address(to), "message": message })).await)
    }

    /// Votes for `options`, by their texts; gives the vote's message id.
    ///
    /// # Panics
    /// When the poll or an option is not known.
    pub async fn vote(&self, poll: &str, options: &[&str]) -> String {
        id(&self.ask(json!({ "do": "vote", "poll": poll, "options": options })).await)
    }

    /// The media of a message, decrypted.
    ///
    /// # Panics
    /// When it cannot be had or is not what its hashes say.
    pub async fn download(&self, id: &str) -> Vec<u8> {
        bytes(&self.ask(json!({ "do": "download", "message": id })).await["base64"])
    }

    /// Tells the writer that it has read the message.
    ///
    /// # Panics
    /// When the receipt does not go out.
    pub async fn read(&self, id: &str) {
        self.ask(json!({ "do": "read", "messages": [id] })).await;
    }

    /// Any command (`{"do": …}`); gives its answer.
    ///
    /// # Panics
    /// When it fails.
    pub async fn ask(&self, command: Value) -> Value {
        match self.try_ask(command.clone()).await {
            Ok(answer) => answer,
            Err(e) => panic!("Baileys cannot {}: {e}; {}", command["do"], self.log.shown()),
        }
    }

    /// As [`Self::ask`].
    ///
    /// # Errors
    /// What Baileys says.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn try_ask(&self, mut command: Value) -> Result<Value, String> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        command["id"] = json!(number);
        let line = format!("{command}\n");
        if let Some(stdin) = self.stdin.lock().await.as_mut() {
            // Should it be gone, the wait below says so, and what it said last.
            let _gone = stdin.write_all(line.as_bytes()).await;
        }
        let of_number = |e: &Value| (e["event"].is_null() && e["id"] == number).then(|| e.clone());
        let answer = self.log.wait(&format!("the answer to {}", command["do"]), of_number).await;
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["ok"].clone()),
        }
    }

    /// Ends it: the process goes by itself, or is killed.
    pub async fn stop(mut self) {
        drop(self.stdin.lock().await.take());
        let _killed_when_dropped = tokio::time::timeout(GRACE, self.process.wait()).await;
    }
}

/// A phone number's address; an address as it is.
fn address(to: &str) -> String {
    if to.contains('@') { to.to_owned() } else { format!("{to}@s.whatsapp.net") }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

fn bytes(base64: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(base64.as_str().unwrap_or_default()).expect("base64")
}

fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The folder with the peer and its packages; made when it is not there.
fn installed() -> Result<PathBuf> {
    Baileys::available().map_err(anyhow::Error::msg)?;
    let own = std::env::current_exe()?;
    // target/debug/deps/e2e-…
    let target = own.ancestors().nth(3).context("this program is not in a target folder")?;
    let mut hasher = DefaultHasher::new();
    LOCK.hash(&mut hasher);
    let folder = target.join("edgewire").join(format!("baileys-{:016x}", hasher.finish()));
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    // Stories run side by side, and so may test programs: one installs, the others wait for it here.
    let lock = File::create(folder.join("installing"))?;
    lock.lock()?;
    for (name, text) in FILES {
        put(&folder.join(name), text)?;
    }
    let marker = folder.join("installed");
    if !marker.exists() {
        install(&folder)?;
        File::create(marker)?;
    }
    Ok(folder)
}

/// Whole or not at all: another peer may be starting from the file that was there.
fn put(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let new = path.with_added_extension("new");
    std::fs::write(&new, text)?;
    Ok(std::fs::rename(new, path)?)
}

fn install(folder: &Path) -> Result<()> {
    let log = folder.join("install.log");
    let output = File::create(&log)?;
    let mut npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
        .context("starting npm")?;
    let deadline = Instant::now() + INSTALL_LIMIT;
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    loop {
        match npm.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("npm ci ended with {status}:\n{}", said()),
            None if Instant::now() >= deadline => {
                npm.kill()?;
                npm.wait()?;
                bail!("npm ci was not done after {INSTALL_LIMIT:?}:\n{}", said());
            }
            None => std::thread::sleep(LOOK),
        }
    }
}

/// What one process has said so far.
#[derive(Debug, Default)]
struct Log {
    inside: Mutex<Inside>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    events: Vec<Value>,
    /// How far `next_matching` has come.
    read: usize,
    complaints: VecDeque<String>,
    ended: bool,
}

/// Gives every line of `output` to `take`, and nothing at its end.
fn follow(output: impl AsyncRead + Unpin + Send + 'static, log: Arc<Log>, take: fn(&Log, Option<String>)) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            take(&log, Some(line));
        }
        take(&log, None);
    });
}

impl Log {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn said(&self, line: Option<String>) {
        match line {
            Some(line) => {
                let event =
                    serde_json::from_str(&line).unwrap_or_else(|_| json!({ "event": "noise", "line": line }));
                self.inside().events.push(event);
            }
            None => self.inside().ended = true,
        }
        self.more.notify_waiters();
    }

    fn complained(&self, line: Option<String>) {
        let Some(line) = line else { return };
        let complaints = &mut self.inside().complaints;
        if complaints.len() == SHOWN_LINES {
            complaints.pop_front();
        }
        complaints.push_back(line);
    }

    async fn wait<T>(&self, what: &str, pick: impl Fn(&Value) -> Option<T>) -> T {
        self.wait_from(0, what, pick).await.1
    }

    /// Waits for an event behind the first `begin` that `pick` takes something from; says at which place it is.
    async fn wait_from<T>(&self, begin: usize, what: &str, pick: impl Fn(&Value) -> Option<T>) -> (usize, T) {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = begin;
        loop {
            let more = self.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            let ended = {
                let inside = self.inside();
                for (at, event) in inside.events.iter().enumerate().skip(seen) {
                    if let Some(found) = pick(event) {
                        return (at, found);
                    }
                }
                seen = inside.events.len().max(begin);
                inside.ended
            };
            assert!(!ended, "Baileys ended before {what}; {}", self.shown());
            let left = deadline.saturating_duration_since(Instant::now());
            if tokio::time::timeout(left, more).await.is_err() {
                panic!("waited in vain for {what} from Baileys; {}", self.shown());
            }
        }
    }

    fn shown(&self) -> String {
        let inside = self.inside();
        let events: Vec<String> =
            inside.events.iter().map(|e| e.to_string().chars().take(SHOWN_CHARS).collect()).collect();
        format!("it said {events:#?} and logged {:#?}", inside.complaints)
    }
}
