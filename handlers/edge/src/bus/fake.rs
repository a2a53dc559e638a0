//! A Redis in memory, and a conn-host that does as the test says. Its answers are those of the scripts in
//! `contract/lua`; it never waits, but moves the clock.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{Action, Command, SessionAction};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{CommandId, EntryId, OrganizationId, SessionId, TokenId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use edgewire_contract::session::{SessionRecord, SessionStatus, Wanted, field};
use edgewire_contract::token::{Capability, TokenKind, TokenRecord, token_hash};
use edgewire_contract::webhook::Webhook;
use serde_json::Value;

use super::{
    Admission, Admitted, Binding, Bus, BusError, FeedEntry, FeedReader, NewSession, SessionView, queued_outcome,
};
use crate::env::Env as _;
use crate::env::fake::FakeEnv;

/// How the conn-host ends a command.
#[derive(Debug, Clone)]
pub enum Ending {
    /// WhatsApp acknowledged the message, at this time (unix ms).
    Sent(i64),
    /// It did not.
    Failed(Fault),
    /// Carried out; with what it gave.
    Done(Option<Value>),
}

/// The store.
#[derive(Clone)]
pub struct FakeBus {
    env: FakeEnv,
    state: Rc<RefCell<State>>,
}

/// What is in it.
#[derive(Default)]
pub struct State {
    /// By the hash of the secret.
    pub tokens: BTreeMap<String, TokenRecord>,
    /// The sessions, as a look shows them.
    pub sessions: BTreeMap<SessionId, SessionView>,
    /// Each organization's index.
    pub index: BTreeMap<String, BTreeMap<SessionId, i64>>,
    /// Each organization's webhooks.
    pub webhooks: Vec<(OrganizationId, Webhook)>,
    /// All commands that were taken in.
    pub commands: Vec<Command>,
    /// What a handler asked to have told about queued sends.
    pub queued_events: Vec<String>,
    /// By command.
    pub outcomes: BTreeMap<CommandId, Outcome>,
    /// By organization and key.
    pub bindings: BTreeMap<(String, String), Binding>,
    /// Each organization's feed.
    pub feeds: BTreeMap<String, Vec<FeedEntry>>,
    /// The events' stored forms.
    pub bodies: BTreeMap<(SessionId, EntryId), String>,
    /// Events that happen while somebody waits for them.
    pub later: VecDeque<(Pointer, String)>,
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
        Self { env, state: Rc::default() }
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

    fn up(&self) -> Result<(), BusError> {
        if self.with(|state| state.down) { Err(BusError::Unavailable("down".into())) } else { Ok(()) }
    }
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
        match ending {
            Ending::Sent(at) => (outcome.status, outcome.timestamp) = (OutcomeStatus::Sent, at),
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

impl Bus for FakeBus {
    type Feed = FakeFeed;

    async fn token(&self, hash: &str) -> Result<Option<TokenRecord>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.tokens.get(hash).cloned()))
    }

    async fn shards(&self) -> Result<u16, BusError> {
        self.up()?;
        Ok(64)
    }

    async fn bind(
        &self,
        organization: &OrganizationId,
        key_hash: &str,
        binding: &Binding,
    ) -> Result<Binding, BusError> {
        self.up()?;
        let key = (organization.to_string(), key_hash.to_owned());
        Ok(self.with(|state| state.bindings.entry(key).or_insert_with(|| binding.clone()).clone()))
    }

    async fn admit(&self, admission: &Admission) -> Result<Admitted, BusError> {
        self.up()?;
        let command = &admission.command;
        self.with(|state| {
            let view = state.sessions.get(&command.session);
            let Some(view) = view.filter(|view| view.record.organization == command.organization) else {
                return Ok(Admitted::UnknownSession);
            };
            if let Some(known) = state.outcomes.get(&command.id) {
                return Ok(Admitted::Known(known.clone()));
            }
            let record = &view.record;
            let refuses = matches!(
                record.status,
                SessionStatus::Stopped | SessionStatus::LoggedOut | SessionStatus::Banned | SessionStatus::Failed
            );
            if !record.paired || record.wanted != Wanted::Run || refuses {
                let (status, reason) = (record.status.as_str().to_owned(), record.reason.clone());
                return Ok(Admitted::NotReady { status, reason });
            }
            if state.full {
                return Ok(Admitted::Full);
            }
            state.outcomes.insert(command.id, queued_outcome(command));
            state.queued_events.extend(admission.queued_event.clone());
            state.commands.push(command.clone());
            Ok(Admitted::Admitted)
        })
    }

    async fn outcome(&self, command: CommandId) -> Result<Option<Outcome>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.outcomes.get(&command).cloned()))
    }

    fn reply_list(&self) -> String {
        "ew1:{r:test}:replies".into()
    }

    async fn wait(&self, command: CommandId, until_ms: i64) -> Option<Outcome> {
        let now = self.env.now_ms();
        let ended = self.with(|state| {
            let host = state.host?;
            let command = state.commands.iter().find(|c| c.id == command)?.clone();
            let ending = host(&command);
            Some(state.end(&command, ending, now))
        });
        if ended.is_none() {
            self.env.pass(until_ms - now);
        }
        ended
    }

    async fn session(&self, session: &SessionId) -> Result<Option<SessionView>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.sessions.get(session).cloned()))
    }

    async fn create_session(&self, session: &NewSession) -> Result<bool, BusError> {
        self.up()?;
        self.with(|state| {
            if state.sessions.contains_key(&session.id) {
                return Ok(false);
            }
            let pairs = session.fields.iter().map(|(name, value)| (*name, value.as_str()));
            let record = SessionRecord::from_pairs(&session.id, pairs)
                .ok_or_else(|| BusError::Broken("a record without an owner".into()))?;
            let organization = session.organization.to_string();
            state.index.entry(organization).or_default().insert(session.id.clone(), session.created_at);
            let view = SessionView { record, owner: None, pairing: None, last_event: None };
            state.sessions.insert(session.id.clone(), view);
            state.commands.extend(session.start.clone());
            state.webhooks.extend(session.webhook.clone().map(|hook| (session.organization.clone(), hook)));
            Ok(true)
        })
    }

    async fn steer(
        &self,
        command: &Command,
        wanted: Option<Wanted>,
    ) -> Result<Option<SessionStatus>, BusError> {
        self.up()?;
        self.with(|state| {
            let view = state.sessions.get_mut(&command.session);
            let Some(view) = view.filter(|view| view.record.organization == command.organization) else {
                return Ok(None);
            };
            view.record.wanted = wanted.unwrap_or(view.record.wanted);
            let status = view.record.status;
            state.outcomes.insert(command.id, queued_outcome(command));
            state.commands.push(command.clone());
            Ok(Some(status))
        })
    }

    async fn sessions_of(&self, organization: &OrganizationId) -> Result<Vec<(SessionId, i64)>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let index = state.index.get(organization.as_str()).cloned().unwrap_or_default();
            let mut sessions: Vec<_> = index.into_iter().collect();
            sessions.sort_by_key(|(id, at)| (*at, id.clone()));
            sessions
        }))
    }

    async fn forget_session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<(), BusError> {
        self.up()?;
        self.with(|state| {
            state.webhooks.retain(|(owner, hook)| {
                owner != organization || hook.session_id.as_ref() != Some(session)
            });
            if let Some(index) = state.index.get_mut(organization.as_str()) {
                index.remove(session);
            }
        });
        Ok(())
    }

    async fn hosts_since(&self, _since_ms: i64) -> Result<i64, BusError> {
        self.up()?;
        Ok(self.with(|state| state.hosts))
    }

    fn feed(&self) -> FakeFeed {
        FakeFeed(self.clone())
    }

    async fn feed_end(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.feeds.get(organization.as_str()).and_then(|feed| feed.last()).cloned()))
    }

    async fn feed_from(
        &self,
        organization: &OrganizationId,
        from: EntryId,
        count: u32,
    ) -> Result<Vec<FeedEntry>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.feed_from(organization, from, count)))
    }

    async fn bodies(&self, pointers: &[Pointer]) -> Result<Vec<Option<String>>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let body = |p: &Pointer| state.bodies.get(&(p.session.clone(), p.entry)).cloned();
            pointers.iter().map(body).collect()
        }))
    }
}

/// Reads the fake's feeds. A wait passes its whole time, unless an event comes meanwhile.
pub struct FakeFeed(FakeBus);

impl FeedReader for FakeFeed {
    async fn read(
        &mut self,
        organization: &OrganizationId,
        after: EntryId,
        count: u32,
        wait_ms: u64,
    ) -> Result<Vec<FeedEntry>, BusError> {
        self.0.up()?;
        let ready = self.0.with(|state| state.feed_from(organization, after.next(), count));
        if !ready.is_empty() {
            return Ok(ready);
        }
        let came = self.0.with(|state| {
            let (pointer, stored) = state.later.pop_front()?;
            state.add_event(pointer, stored);
            Some(())
        });
        if came.is_none() {
            self.0.env.pass(wait_ms as i64);
        }
        Ok(self.0.with(|state| state.feed_from(organization, after.next(), count)))
    }
}
