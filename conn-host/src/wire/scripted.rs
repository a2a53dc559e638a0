//! A wire for tests: it does what it is told and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{self, Read, Seek as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::command::{Live, MarkKind, PairCode, PasskeyAssertion};
use edgewire_contract::media::{FileFacts, MediaKind, Uploaded};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{
    Ack, AskError, Downloaded, Identity, Inbox, Lost, Missed, Outgoing, Wire, WireError, WireEvent,
    WireFactory, WireSetup,
};

/// What a scripted wire does with the next message.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Writes it and acknowledges it.
    Ack,
    /// So, and tells this right behind it.
    AckAnd(WireEvent),
    /// Writes it and refuses it with this code.
    Nack(String),
    /// Writes it; no acknowledgement ever comes.
    Silence,
    /// Writes it; then the socket drops, and another connects.
    Drop,
    /// Does not write it.
    Fail,
    /// Writes it and panics.
    Crash,
}

/// What the session's own task calls, rather than a task of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// [`Wire::close`].
    Close,
    /// [`Wire::identity`].
    Identity,
}

/// A file that was uploaded.
#[derive(Debug, Clone)]
pub struct Upload {
    /// What it is sent as.
    pub kind: MediaKind,
    /// Its bytes.
    pub plain: Vec<u8>,
    /// Where it is.
    pub uploaded: Uploaded,
}

/// The script and the record, shared by all connections of the factory.
#[derive(Default)]
pub struct Script {
    reactions: Mutex<VecDeque<Reaction>>,
    sent: Mutex<Vec<Outgoing>>,
    marked: Mutex<Vec<(MarkKind, String, String)>>,
    missed: Mutex<Vec<Missed>>,
    asked: Mutex<Vec<Live>>,
    answers: Mutex<VecDeque<Result<Option<Value>, AskError>>>,
    held: Mutex<Option<CancellationToken>>,
    retries: Mutex<Vec<String>>,
    uploads: Mutex<Vec<Upload>>,
    failing_uploads: Mutex<VecDeque<WireError>>,
    failing_downloads: Mutex<VecDeque<AskError>>,
    held_downloads: Mutex<Option<CancellationToken>>,
    downloads: Mutex<u32>,
    events: Mutex<Option<UnboundedSender<WireEvent>>>,
    inbox: Mutex<Option<Arc<dyn Inbox>>>,
    blocked: Mutex<Vec<String>>,
    unpaired: Mutex<bool>,
    opened: Mutex<u32>,
    codes: Mutex<VecDeque<Result<(String, Duration), WireError>>>,
    codes_asked: Mutex<Vec<PairCode>>,
    passkeys: Mutex<VecDeque<Result<(), WireError>>>,
    signed: Mutex<Vec<PasskeyAssertion>>,
    confirmed: Mutex<u32>,
    crashes: Mutex<Vec<Call>>,
    before_crash: Mutex<Option<CancellationToken>>,
}

impl Script {
    /// What is done with the next messages; acknowledged when the list is empty.
    pub fn react(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.reactions.lock().expect("no test panics while it holds this").extend(reactions);
    }

    /// What was written, in order.
    pub fn sent(&self) -> Vec<Outgoing> {
        self.sent.lock().expect("no test panics while it holds this").clone()
    }

    /// Which messages were marked, and as what, with their chat.
    pub fn marked(&self) -> Vec<(MarkKind, String, String)> {
        self.marked.lock().expect("no test panics while it holds this").clone()
    }

    /// Which messages were asked for once more.
    pub fn missed(&self) -> Vec<Missed> {
        self.missed.lock().expect("no test panics while it holds this").clone()
    }

    /// What was asked.
    pub fn asked(&self) -> Vec<Live> {
        self.asked.lock().expect("no test panics while it holds this").clone()
    }

    /// What the next actions give; nothing when the list is empty.
    pub fn answer(&self, answers: impl IntoIterator<Item = Result<Option<Value>, AskError>>) {
        self.answers.lock().expect("no test panics while it holds this").extend(answers);
    }

    /// Lets the next action wait for `until`.
    pub fn hold(&self, until: CancellationToken) {
        *self.held.lock().expect("no test panics while it holds this") = Some(until);
    }

    /// What was uploaded, in order.
    pub fn uploads(&self) -> Vec<Upload> {
        self.uploads.lock().expect("no test panics while it holds this").clone()
    }

    /// Of which messages the file was asked for again.
    pub fn retries(&self) -> Vec<String> {
        self.retries.lock().expect("no test panics while it holds this").clone()
    }

    /// How the next uploads fail; they work when the list is empty.
    pub fn fail_uploads(&self, errors: impl IntoIterator<Item = WireError>) {
        self.failing_uploads.lock().expect("no test panics while it holds this").extend(errors);
    }

    /// How the next downloads fail; what was uploaded is there when the list is empty.
    pub fn fail_downloads(&self, errors: impl IntoIterator<Item = AskError>) {
        self.failing_downloads.lock().expect("no test panics while it holds this").extend(errors);
    }

    /// Whom the account blocks, as WhatsApp tells it at each connection; that it is asked is not remembered.
    pub fn block(&self, list: &[&str]) {
        *self.blocked.lock().expect("no test panics while it holds this") =
            list.iter().map(|jid| (*jid).to_owned()).collect();
    }

    /// Lets connections begin with a pairing: they say nothing by themselves.
    pub fn unpaired(&self) {
        *self.unpaired.lock().expect("no test panics while it holds this") = true;
    }

    /// How many connections were opened.
    pub fn opened(&self) -> u32 {
        *self.opened.lock().expect("no test panics while it holds this")
    }

    /// What the next requests for a pair code give; `ABCDEFGH` for three minutes when the list is empty.
    pub fn codes(&self, codes: impl IntoIterator<Item = Result<(String, Duration), WireError>>) {
        self.codes.lock().expect("no test panics while it holds this").extend(codes);
    }

    /// What pair codes were asked for with.
    pub fn codes_asked(&self) -> Vec<PairCode> {
        self.codes_asked.lock().expect("no test panics while it holds this").clone()
    }

    /// What becomes of the next steps of a passkey's handshake; they are taken when the list is empty.
    pub fn passkeys(&self, results: impl IntoIterator<Item = Result<(), WireError>>) {
        self.passkeys.lock().expect("no test panics while it holds this").extend(results);
    }

    /// What passkeys signed.
    pub fn signed(&self) -> Vec<PasskeyAssertion> {
        self.signed.lock().expect("no test panics while it holds this").clone()
    }

    fn next_passkey(&self) -> Result<(), WireError> {
        self.passkeys.lock().expect("no test panics while it holds this").pop_front().unwrap_or(Ok(()))
    }

    /// Lets every download wait for `until`.
    pub fn hold_downloads(&self, until: CancellationToken) {
        *self.held_downloads.lock().expect("no test panics while it holds this") = Some(until);
    }

    /// How many downloads have begun.
    pub fn downloads(&self) -> u32 {
        *self.downloads.lock().expect("no test panics while it holds this")
    }

    /// Lets these calls panic, once for each time that they are named.
    pub fn crash(&self, calls: impl IntoIterator<Item = Call>) {
        self.crashes.lock().expect("no test panics while it holds this").extend(calls);
    }

    /// As [`Self::crash`], for one call, which waits for `until` before.
    pub fn crash_after(&self, call: Call, until: CancellationToken) {
        *self.before_crash.lock().expect("no test panics while it holds this") = Some(until);
        self.crash([call]);
    }

    async fn may_crash(&self, call: Call) {
        let crashes = self.crashes.lock().expect("no test panics while it holds this").contains(&call);
        let until = self.before_crash.lock().expect("no test panics while it holds this").clone();
        if let Some(until) = until.filter(|_| crashes) {
            until.cancelled().await;
        }
        let mut crashes = self.crashes.lock().expect("no test panics while it holds this");
        let found = crashes.iter().position(|it| *it == call).map(|at| crashes.remove(at));
        drop(crashes);
        assert!(found.is_none(), "scripted: {call:?} crashes");
    }

    /// How often a passkey's code was confirmed.
    pub fn confirmed(&self) -> u32 {
        *self.confirmed.lock().expect("no test panics while it holds this")
    }

    /// Where the open connection puts what comes in.
    ///
    /// # Panics
    /// When none is open.
    pub fn inbox(&self) -> Arc<dyn Inbox> {
        self.inbox.lock().expect("no test panics while it holds this").clone().expect("a connection is open")
    }

    /// Tells the open connection's session something.
    pub fn tell(&self, event: WireEvent) {
        if let Some(events) = &*self.events.lock().expect("no test panics while it holds this") {
            let _closed = events.send(event);
        }
    }
}

/// Opens scripted wires, connected at once unless the script says that they are to be paired.
pub struct ScriptedWires(pub Arc<Script>);

#[async_trait]
impl WireFactory for ScriptedWires {
    async fn open(&self, setup: WireSetup) -> Result<Arc<dyn Wire>, WireError> {
        if !*self.0.unpaired.lock().expect("no test panics while it holds this") {
            let _open = setup.events.send(WireEvent::Connected);
        }
        *self.0.inbox.lock().expect("no test panics while it holds this") = Some(setup.inbox);
        *self.0.events.lock().expect("no test panics while it holds this") = Some(setup.events);
        // Last: whoever saw it may tell the connection something.
        *self.0.opened.lock().expect("no test panics while it holds this") += 1;
        Ok(Arc::new(ScriptedWire(self.0.clone())))
    }
}

/// A wire of `script` that no factory opened: it has no session to tell.
pub fn wire(script: &Arc<Script>) -> Arc<dyn Wire> {
    Arc::new(ScriptedWire(script.clone()))
}

/// Where a file of these bytes is: the same bytes have the same keys.
fn uploaded(bytes: &[u8]) -> Uploaded {
    let hash = Sha256::digest(bytes);
    let text = STANDARD.encode(hash);
    Uploaded {
        url: None,
        direct_path: format!("/scripted/{}", edgewire_contract::token::hex(&hash)),
        media_key: text.clone(),
        file_sha256: text.clone(),
        file_enc_sha256: text,
        file_length: bytes.len() as u64,
        facts: FileFacts::default(),
    }
}

struct ScriptedWire(Arc<Script>);

#[async_trait]
impl Wire for ScriptedWire {
    async fn send(&self, message: Outgoing) -> Result<(), WireError> {
        let reaction = self.0.reactions.lock().expect("no test panics while it holds this").pop_front();
        let id = message.id.clone();
        if matches!(reaction, Some(Reaction::Fail)) {
            return Err(WireError::Failed("scripted".into()));
        }
        self.0.sent.lock().expect("no test panics while it holds this").push(message);
        match reaction.unwrap_or(Reaction::Ack) {
            Reaction::Ack => self.0.tell(WireEvent::Acked(Ack { id, timestamp: Some(1), refused: None })),
            Reaction::AckAnd(event) => {
                self.0.tell(WireEvent::Acked(Ack { id, timestamp: Some(1), refused: None }));
                self.0.tell(event);
            }
            Reaction::Nack(code) => {
                self.0.tell(WireEvent::Acked(Ack { id, timestamp: None, refused: Some(code) }));
            }
            Reaction::Drop => {
                self.0.tell(WireEvent::Disconnected("scripted".into()));
                self.0.tell(WireEvent::Connected);
            }
            Reaction::Silence | Reaction::Fail => {}
            Reaction::Crash => panic!("scripted: a send crashes"),
        }
        Ok(())
    }

    async fn message_secret(&self, _chat: &str, _sender: Option<&str>, _id: &str) -> Option<Vec<u8>> {
        None
    }

    async fn is_announcements(&self, _group: &str) -> Result<bool, WireError> {
        Ok(false)
    }

    async fn mark(
        &self,
        mark: MarkKind,
        chat: &str,
        _sender: Option<&str>,
        ids: &[String],
    ) -> Result<(), WireError> {
        let mut marked = self.0.marked.lock().expect("no test panics while it holds this");
        marked.extend(ids.iter().map(|id| (mark, chat.to_owned(), id.clone())));
        Ok(())
    }

    async fn request_retry(&self, missed: &Missed) -> Result<(), AskError> {
        self.0.missed.lock().expect("no test panics while it holds this").push(missed.clone());
        let answer = self.0.answers.lock().expect("no test panics while it holds this").pop_front();
        answer.unwrap_or(Ok(None)).map(|_| ())
    }

    async fn upload(
        &self,
        mut plain: Box<dyn Read + Send>,
        length: u64,
        kind: MediaKind,
    ) -> Result<Uploaded, WireError> {
        let failing = self.0.failing_uploads.lock().expect("no test panics while it holds this").pop_front();
        if let Some(error) = failing {
            return Err(error);
        }
        let mut bytes = Vec::new();
        plain.read_to_end(&mut bytes).map_err(|e| WireError::Failed(e.to_string()))?;
        if bytes.len() as u64 != length {
            return Err(WireError::Failed(format!("{} bytes instead of {length}", bytes.len())));
        }
        let uploaded = uploaded(&bytes);
        let upload = Upload { kind, plain: bytes, uploaded: uploaded.clone() };
        self.0.uploads.lock().expect("no test panics while it holds this").push(upload);
        Ok(uploaded)
    }

    async fn download(&self, uploaded: &Uploaded, _kind: MediaKind) -> Result<Downloaded, AskError> {
        *self.0.downloads.lock().expect("no test panics while it holds this") += 1;
        let held = self.0.held_downloads.lock().expect("no test panics while it holds this").clone();
        if let Some(until) = held {
            until.cancelled().await;
        }
        let failing =
            self.0.failing_downloads.lock().expect("no test panics while it holds this").pop_front();
        if let Some(error) = failing {
            return Err(error);
        }
        let known = self.0.uploads().into_iter().find(|it| it.uploaded.direct_path == uploaded.direct_path);
        let upload = known.ok_or(AskError::NotFound("media"))?;
        let written = || {
            let mut file = tempfile::tempfile()?;
            file.write_all(&upload.plain)?;
            file.rewind()?;
            Ok::<_, io::Error>(file)
        };
        let file = written().map_err(|e| AskError::Failed(e.to_string()))?;
        Ok(Downloaded { file, bytes: upload.plain.len() as u64 })
    }

    async fn request_media_retry(&self, lost: Lost<'_>) -> Result<(), AskError> {
        let mut asked = self.0.retries.lock().expect("no test panics while it holds this");
        asked.push(lost.id.to_owned());
        Ok(())
    }

    async fn ask(&self, live: &Live) -> Result<Option<Value>, AskError> {
        if *live == Live::Blocked {
            let blocked = self.0.blocked.lock().expect("no test panics while it holds this");
            return Ok(Some(blocked.clone().into()));
        }
        self.0.asked.lock().expect("no test panics while it holds this").push(live.clone());
        let held = self.0.held.lock().expect("no test panics while it holds this").take();
        if let Some(until) = held {
            until.cancelled().await;
        }
        let answer = self.0.answers.lock().expect("no test panics while it holds this").pop_front();
        answer.unwrap_or(Ok(None))
    }

    async fn pair_code(&self, ask: &PairCode) -> Result<(String, Duration), WireError> {
        self.0.codes_asked.lock().expect("no test panics while it holds this").push(ask.clone());
        let code = self.0.codes.lock().expect("no test panics while it holds this").pop_front();
        code.unwrap_or_else(|| Ok(("ABCDEFGH".into(), Duration::from_secs(180))))
    }

    async fn answer_passkey(&self, signed: &PasskeyAssertion) -> Result<(), WireError> {
        self.0.signed.lock().expect("no test panics while it holds this").push(signed.clone());
        self.0.next_passkey()
    }

    async fn confirm_passkey(&self) -> Result<(), WireError> {
        *self.0.confirmed.lock().expect("no test panics while it holds this") += 1;
        self.0.next_passkey()
    }

    async fn identity(&self) -> Identity {
        self.0.may_crash(Call::Identity).await;
        Identity { phone: Some("15550001".into()), ..Identity::default() }
    }

    async fn reconnect(&self) {
        self.0.tell(WireEvent::Connected);
    }

    async fn logout(&self) {}

    async fn close(&self) {
        self.0.may_crash(Call::Close).await;
    }

    fn abort(&self) {}
}
