//! Baileys: the second recipient, a client that shares no code with ours. Each is a Node process (`tests/baileys`) that
//! is one linked device on the sandbox; what it says it received, it has decrypted.
//!
//! * this file: a running one; `install`: its packages; `log`: what it says.

mod install;
mod log;

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin};
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::waproto::whatsapp as wa;

pub use self::install::REQUIRE_VARIABLE;
use self::install::installed;
use self::log::{Log, follow};
use crate::sandbox::Sandbox;
use crate::world::World;

/// How long a process that is asked to end may take.
const GRACE: Duration = Duration::from_secs(5);

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
