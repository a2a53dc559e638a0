//! A Redis in memory, and a conn-host that does as the test says. Its answers are those of the scripts in
//! `contract/lua`; it never waits, but moves the clock.

mod access;
mod answers;
mod archive;
mod blobs;
mod cache;
mod feeds;
mod hooks;
mod logins;
mod schedule;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{Action, Command, Fetched, Live, SessionAction};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{CommandId, EntryId, MessageId, OrganizationId, SessionId, TokenId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::media::result_blob;
use edgewire_contract::outcome::{MediaReport, Outcome, OutcomeStatus};
use edgewire_contract::session::{SessionRecord, SessionStatus, field};
use edgewire_contract::token::{Capability, TokenKind, TokenRecord, token_hash};
use edgewire_contract::webhook::Webhook;
use serde_json::Value;

pub use self::access::Access;
pub use self::archive::Shelf;
pub use self::blobs::Blobs;
pub use self::hooks::Hooks;
pub use self::logins::Logins;
use super::feeds::Feeds;
use super::{Binding, BusError, FeedEntry, MessageView, SessionView, Stored, queued_outcome};
use crate::env::Env as _;
use crate::env::fake::FakeEnv;

/// How the conn-host ends a command.
#[derive(Debug, Clone)]
pub enum Ending {
    /// WhatsApp acknowledged the message, at this time (unix ms).
    Sent(i64),
    /// It acknowledged a message with a file; what became of that.
    SentFile(i64, MediaReport),
    /// It did not.
    Failed(Fault),
    /// Carried out; with what it gave.
    Done(Option<Value>),
    /// Carried out; it gave these bytes, as its result blob.
    File(Vec<u8>),
    /// Not ended yet: it takes long, and who waits is told so. [`FakeBus::finish`] ends it.
    Background,
}

/// The store.
#[derive(Clone)]
pub struct FakeBus {
    env: FakeEnv,
    state: Rc<RefCell<State>>,
    feeds: Rc<Feeds<()>>,
}

/// What is in it.
#[derive(Default)]
pub struct State {
    /// By the hash of the secret.
    pub tokens: BTreeMap<String, TokenRecord>,
    /// How long a look at one takes, ms.
    pub slow_ms: i64,
    /// The hashes of those whose records cannot be read.
    pub unreadable: BTreeSet<String>,
    /// What is asked about logins.
    pub logins: Logins,
    /// Organizations, users, where tokens are, acts.
    pub access: Access,
    /// What happens before the next token's record is written over the one that was read.
    pub before_swap: Option<fn(&mut State)>,
    /// The sessions, as a look shows them.
    pub sessions: BTreeMap<SessionId, SessionView>,
    /// Each organization's index.
    pub index: BTreeMap<String, BTreeMap<SessionId, i64>>,
    /// Each organization's webhooks.
    pub webhooks: Vec<(OrganizationId, Webhook)>,
    /// What deliveries left behind.
    pub hooks: Hooks,
    /// All commands that were taken in.
    pub commands: Vec<Command>,
    /// Scheduled commands, and when they are due (unix ms).
    pub scheduled: BTreeMap<CommandId, (i64, Command)>,
    /// Of the session's budget nothing is left: the limit, and for how long (ms).
    pub over: Option<(String, u64)>,
    /// What a handler asked to have told about queued and cancelled sends.
    pub queued_events: Vec<String>,
    /// By command.
    pub outcomes: BTreeMap<CommandId, Outcome>,
    /// What is kept of messages.
    pub messages: BTreeMap<(SessionId, MessageId), MessageView>,
    /// What there is to read of messages and chats.
    pub shelf: Shelf,
    /// Received files.
    pub cached: cache::Files,
    /// By organization and key.
    pub bindings: BTreeMap<(String, String), Binding>,
    /// Each organization's feed.
    pub feeds: BTreeMap<String, Vec<FeedEntry>>,
    /// The last entry that was dropped from each feed.
    pub gone: BTreeMap<String, FeedEntry>,
    /// The events' stored forms.
    pub bodies: BTreeMap<(SessionId, EntryId), String>,
    /// Events that happen while somebody waits for them.
    pub later: VecDeque<(Pointer, String)>,
    /// The blobs.
    pub blobs: Blobs,
    /// How many conn-hosts are alive.
    pub hosts: i64,
    /// Redis cannot be reached.
    pub down: bool,
    /// The shard holds as many commands as it may.
    pub full: bool,
    host: Option<fn(&Command) -> Ending>,
}

impl FakeBus {
    /// An empty store with nobody at the other end.
    pub fn new(env: FakeEnv) -> Self {
        Self { env, state: Rc::default(), feeds: Rc::default() }
    }

    /// Looks into the store, or changes it.
    pub fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.borrow_mut())
    }

    /// From now on a conn-host is there, and ends commands so.
    pub fn host(&self, ends: fn(&Command) -> Ending) {
        self.with(|state| {
            state.host = Some(ends);
            state.hosts = 1;
        });
    }

    /// The conn-host ends all commands that have not ended.
    pub fn finish(&self) {
        let now = self.env.now_ms();
        self.with(|state| {
            let Some(host) = state.host else { return };
            for command in state.commands.clone() {
                if state.outcomes.get(&command.id).is_some_and(|outcome| !outcome.status.is_final()) {
                    state.end(&command, host(&command), now);
                }
            }
        });
    }

    /// Keeps a token of `organization`.
    pub fn add_token(&self, secret: &str, organization: &str, capabilities: &[Capability]) {
        let token = TokenRecord {
            v: CONTRACT_VERSION,
            id: TokenId::generate(0, 1),
            kind: TokenKind::ApiKey,
            organization: OrganizationId::parse(organization).expect("is a name"),
            user: None,
            capabilities: capabilities.to_vec(),
            sessions: None,
            expires_at: None,
            name: None,
            created_at: 0,
            last_used_at: None,
            deployment: false,
            suspended: false,
            suspensions: 0,
        };
        self.with(|state| state.tokens.insert(token_hash(secret), token));
    }

    /// Changes a token.
    pub fn change_token(&self, secret: &str, change: impl FnOnce(&mut TokenRecord)) {
        self.with(|state| change(state.tokens.get_mut(&token_hash(secret)).expect("is there")));
    }

    /// Adds a session of `organization`, paired and connected.
    pub fn add_session(&self, id: &str, organization: &str) {
        let id = SessionId::parse(id).expect("is a name");
        let at = self.env.now_ms();
        let created_at = at.to_string();
        let fields = [
            (field::ORGANIZATION, organization),
            (field::WANTED, "run"),
            (field::STATUS, "connected"),
            (field::PAIRED, "1"),
            (field::PHONE, "628123456789"),
            (field::LID, "100000000000001@lid"),
            (field::DEVICE, "628123456789:3@s.whatsapp.net"),
            (field::PUSH_NAME, "Ana"),
            (field::CREATED_AT, &created_at),
            (field::UPDATED_AT, &created_at),
            (field::LAST_CONNECTED_AT, &created_at),
        ];
        let record = SessionRecord::from_pairs(&id, fields).expect("has an owner");
        let view = SessionView { record, owner: Some("host-1".into()), pairing: None, last_event: None };
        self.with(|state| {
            state.index.entry(organization.into()).or_default().insert(id.clone(), at);
            state.sessions.insert(id, view);
        });
    }

    /// Keeps a message of a session.
    pub fn add_message(&self, session: &str, id: &str, message: MessageView) {
        let session = SessionId::parse(session).expect("is a name");
        let id = MessageId::parse(id).expect("is a name");
        self.with(|state| state.messages.insert((session, id), message));
    }

    /// Changes a session.
    pub fn change_session(&self, id: &str, change: impl FnOnce(&mut SessionView)) {
        let id = SessionId::parse(id).expect("is a name");
        self.with(|state| change(state.sessions.get_mut(&id).expect("is there")));
    }

    /// Stores an event, and its pointer in the feed.
    pub fn add_event(&self, pointer: &str, stored: &str) {
        let pointer = Pointer::parse(pointer).expect("is a pointer");
        self.with(|state| state.add_event(pointer, stored.into()));
    }

    /// Drops the oldest entries of an organization's feed, as time does.
    pub fn drop_oldest(&self, organization: &str, entries: usize) {
        self.with(|state| {
            let dropped =
                state.feeds.get_mut(organization).and_then(|feed| feed.drain(..entries).next_back());
            state.gone.extend(dropped.map(|entry| (organization.to_owned(), entry)));
        });
    }

    /// Has happen what was to happen now.
    fn meanwhile(&self, what: impl FnOnce(&mut State) -> Option<fn(&mut State)>) {
        self.with(|state| {
            if let Some(happens) = what(state) {
                happens(state);
            }
        });
    }

    fn up(&self) -> Result<(), BusError> {
        if self.with(|state| state.down) { Err(BusError::Unavailable("down".into())) } else { Ok(()) }
    }
}

/// A record as Redis would have it.
fn stored<T: Clone + serde::Serialize>(record: &T) -> Stored<T> {
    Stored::of(record.clone())
}

impl State {
    fn add_event(&mut self, pointer: Pointer, stored: String) {
        let feed = self.feeds.entry(pointer.organization.to_string()).or_default();
        // A little later than the event itself, as the relay has it.
        let ms = pointer.entry.ms + 3;
        let seq = feed.iter().filter(|entry| entry.at.ms == ms).count() as u64;
        self.bodies.insert((pointer.session.clone(), pointer.entry), stored);
        feed.push(FeedEntry { at: EntryId { ms, seq }, pointer: Some(pointer) });
    }

    fn feed_from(&self, organization: &OrganizationId, from: EntryId, count: u32) -> Vec<FeedEntry> {
        let feed = self.feeds.get(organization.as_str()).map(Vec::as_slice).unwrap_or_default();
        feed.iter().filter(|entry| entry.at >= from).take(count as usize).cloned().collect()
    }

    fn end(&mut self, command: &Command, ending: Ending, now: i64) -> Outcome {
        let mut outcome = queued_outcome(command);
        outcome.timestamp = now;
        if let Some(blob) = command.action.blob().filter(|_| !matches!(ending, Ending::Background)) {
            self.blobs.remove(&command.session, &blob.blob);
        }
        match ending {
            Ending::File(bytes) if let Action::Live(Live::FetchMedia { message }) = &command.action => {
                outcome.status = OutcomeStatus::Done;
                outcome.data = serde_json::to_value(Fetched::Ready { bytes: bytes.len() as u64 }).ok();
                self.cached.insert((command.session.clone(), message.clone()), bytes);
            }
            Ending::File(bytes) => {
                let blob = self.blobs.keep(&command.session, result_blob(command.id), &bytes, now);
                outcome.status = OutcomeStatus::Done;
                outcome.data = Some(serde_json::to_value(blob).expect("has string keys"));
            }
            Ending::Sent(at) => (outcome.status, outcome.timestamp) = (OutcomeStatus::Sent, at),
            Ending::SentFile(at, report) => {
                (outcome.status, outcome.timestamp) = (OutcomeStatus::Sent, at);
                outcome.data = serde_json::to_value(report).ok();
            }
            Ending::Background => {
                (outcome.timestamp, outcome.background) = (command.issued_at, true);
            }
            Ending::Failed(fault) => {
                (outcome.status, outcome.error) = (OutcomeStatus::Failed, Some(fault));
            }
            Ending::Done(data) => {
                (outcome.status, outcome.data) = (OutcomeStatus::Done, data);
                match &command.action {
                    Action::Session(SessionAction::Delete) => {
                        self.sessions.remove(&command.session);
                    }
                    Action::Session(SessionAction::Logout) => {
                        if let Some(view) = self.sessions.get_mut(&command.session) {
                            view.record.paired = false;
                            view.record.status = SessionStatus::LoggedOut;
                        }
                    }
                    _ => {}
                }
            }
        }
        self.outcomes.insert(command.id, outcome.clone());
        outcome
    }
}
