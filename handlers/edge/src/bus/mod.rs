//! What a handler asks of Redis, in the domain's words. Handlers are generic over [`Bus`]; there are two adapters:
//!
//! * `spin`: the real one, over Spin's Redis interface (wasm only);
//! * [`fake`]: in memory, with a conn-host that does as the test says (native only).
//!
//! [`archive`] is the part that reads what is kept of messages and chats, [`cache`] their files, [`schedule`] what is to be
//! sent later, [`hooks`] what is asked about webhooks, [`access`] about organizations, users and tokens, [`logins`] about
//! JWTs, each by a trait of its own.
//! [`flat`] reads what Redis answers (a Spin host flattens nested arrays), [`replies`] lets all waiting requests of an
//! instance share one blocking connection, [`feeds`] all its readers of feeds another; all three are plain logic, tested
//! natively.

pub mod access;
pub mod archive;
pub mod cache;
#[cfg(not(target_family = "wasm"))]
pub mod fake;
pub mod feeds;
pub mod flat;
pub mod hooks;
pub mod logins;
mod message;
pub mod replies;
pub mod schedule;
#[cfg(target_family = "wasm")]
pub mod spin;

use std::future::poll_fn;
use std::task::Poll;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{Action, Command};
use edgewire_contract::ids::{BlobId, CommandId, EntryId, MessageId, OrganizationId, SessionId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::outcome::{Outcome, OutcomeStatus};
use edgewire_contract::session::{PairingStep, SessionRecord, SessionStatus, Wanted};
use edgewire_contract::shard::Shard;
use edgewire_contract::token::TokenRecord;
use edgewire_contract::webhook::Webhook;
use serde::{Deserialize, Serialize};

pub use self::archive::Archive;
pub use self::cache::Cache;
use self::feeds::{Batch, Wants};
pub use self::logins::Logins;
pub use self::message::MessageView;
pub use self::schedule::Schedule;

/// Why Redis gave no answer. The text is for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusError {
    /// It cannot be reached, or cannot serve now.
    Unavailable(String),
    /// It answered what it must not: a fault of ours.
    Broken(String),
}

/// Redis.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Bus: Archive + Cache + Logins + Schedule + Clone + 'static {
    /// See [`Follow`].
    type Follow: Follow;

    /// A token's record, by the hash of its secret.
    async fn token(&self, hash: &str) -> Result<Option<Stored<TokenRecord>>, BusError>;

    /// Writes a token's record over the one that was read. `false` when it is another one now, or gone: then nothing is
    /// written.
    async fn swap_token(
        &self,
        hash: &str,
        before: &Stored<TokenRecord>,
        after: &TokenRecord,
    ) -> Result<bool, BusError>;

    /// How many shards the deployment has.
    async fn shards(&self) -> Result<u16, BusError>;

    /// The shard of `session`.
    async fn shard_of(&self, session: &SessionId) -> Result<Shard, BusError> {
        Ok(Shard::of(session, self.shards().await?))
    }

    /// Binds an Idempotency-Key. The first caller's binding stands, and is what every caller gets.
    async fn bind(
        &self,
        organization: &OrganizationId,
        key_hash: &str,
        binding: &Binding,
    ) -> Result<Binding, BusError>;

    /// Takes a command in. Admitting the same command again changes nothing.
    async fn admit(&self, admission: &Admission) -> Result<Admitted, BusError>;

    /// How far a command has come.
    async fn outcome(&self, command: CommandId) -> Result<Option<Outcome>, BusError>;

    /// The list that wakes this instance's waiting requests: what a command's `reply_to` says.
    fn reply_list(&self) -> String;

    /// Waits for the end of a command whose `reply_to` is this instance's list. `None` when it has not ended by
    /// `until_ms`; Redis being away is waited out.
    async fn wait(&self, command: CommandId, until_ms: i64) -> Option<Outcome>;

    /// As [`Self::wait`], and ends also when the conn-host says that the command takes long: with an outcome that is not
    /// final and has `background`.
    async fn wait_or_background(&self, command: CommandId, until_ms: i64) -> Option<Outcome>;

    /// What is kept of a message, sent or received.
    async fn message(
        &self,
        session: &SessionId,
        message: &MessageId,
    ) -> Result<Option<MessageView>, BusError>;

    /// A session of the organization, looked at in one moment. Another's takes as long as none.
    async fn session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<Option<SessionView>, BusError>;

    /// Makes a session. `false` when the id is taken.
    async fn create_session(&self, session: &NewSession) -> Result<bool, BusError>;

    /// Changes fields of a session's record ([`edgewire_contract::session::field`]). `false` for no session of that
    /// organization.
    async fn change_session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
        fields: &[(&'static str, String)],
    ) -> Result<bool, BusError>;

    /// Says what is wanted of a session and takes in the command that makes it so. `None` for no session of that
    /// organization, else its stored status.
    async fn steer(
        &self,
        command: &Command,
        wanted: Option<Wanted>,
    ) -> Result<Option<SessionStatus>, BusError>;

    /// The organization's sessions by their time of creation (unix ms), the oldest first. Some may be gone.
    async fn sessions_of(&self, organization: &OrganizationId) -> Result<Vec<(SessionId, i64)>, BusError>;

    /// Forgets what the organization keeps of a session that is gone: its place in the index, its webhooks.
    async fn forget_session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<(), BusError>;

    /// How many conn-hosts have been heard of since `since_ms`.
    async fn hosts_since(&self, since_ms: i64) -> Result<i64, BusError>;

    /// Puts a chunk into a blob of the session's shard. `false` when all blobs of the shard would take more than `budget`
    /// bytes. Putting a chunk again changes nothing.
    async fn put_blob(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
        bytes: Vec<u8>,
        budget: u64,
    ) -> Result<bool, BusError>;

    /// A chunk of a blob; `None` when it is not there (any more).
    async fn blob_chunk(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
    ) -> Result<Option<Vec<u8>>, BusError>;

    /// Forgets a blob, unless a command owns it.
    async fn drop_blob(&self, session: &SessionId, blob: &BlobId) -> Result<(), BusError>;

    /// Follows an organization's feed from behind `after`.
    fn follow(&self, organization: &OrganizationId, after: EntryId, wants: Wants) -> Self::Follow;

    /// The newest entry of an organization's feed.
    async fn feed_end(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError>;

    /// The last entry that was dropped from an organization's feed.
    async fn feed_gone(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError>;

    /// Up to `count` entries of the feed from `from` on, itself included.
    async fn feed_from(
        &self,
        organization: &OrganizationId,
        from: EntryId,
        count: u32,
    ) -> Result<Vec<FeedEntry>, BusError>;

    /// The stored events that `pointers` lead to, in their order; `None` for one that is gone.
    async fn bodies(&self, pointers: &[Pointer]) -> Result<Vec<Option<String>>, BusError>;
}

/// Reads on in an organization's feed and waits for more. Dropping it ends that.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Follow: 'static {
    /// The next events, after a wait of up to `wait_ms` when there are none. May be none all the same: its place has moved
    /// on past events that it did not want. When Redis fails its place stays, and the next call tries again.
    async fn next(&mut self, wait_ms: u64) -> Result<Batch, BusError>;
}

/// An entry of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Where it stands.
    pub at: EntryId,
    /// What it says; `None` if it cannot be read.
    pub pointer: Option<Pointer>,
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// It.
    pub record: T,
    /// As it stands in Redis.
    pub json: String,
}

impl<T: serde::de::DeserializeOwned> Stored<T> {
    /// Of a record's JSON.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(json: &str) -> serde_json::Result<Self> {
        Ok(Self { record: serde_json::from_slice(json.as_bytes())?, json: json.to_owned() })
    }
}

impl<T: Serialize> Stored<T> {
    /// Of a record that was written.
    ///
    /// # Panics
    /// Never: records have string keys and finite numbers only.
    pub fn of(record: T) -> Self {
        let json = serde_json::to_string(&record).expect("records have string keys and finite numbers only");
        Self { record, json }
    }
}

/// What an Idempotency-Key is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The contract's version.
    pub v: u8,
    /// The command, whether or not it has been admitted yet.
    pub command: CommandId,
    /// The message that it sends, if it sends one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// [`crate::idempotency::request_hash`].
    pub request: String,
    /// Unix ms.
    pub issued_at: i64,
}

/// A send on its way in.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The command.
    pub command: Command,
    /// The stored form of a `message.status` event, for async sends.
    pub queued_event: Option<String>,
    /// How many commands the shard may hold.
    pub max_queued: u64,
    /// When it is to enter the queue, unix ms; `None` is now.
    pub due: Option<i64>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Admitted {
    /// It is in.
    Admitted,
    /// It was in already; this is its outcome.
    Known(Outcome),
    /// No such session in that organization.
    UnknownSession,
    /// The session cannot send until a person acts.
    NotReady {
        /// The session's state.
        status: String,
        /// Why.
        reason: Option<String>,
    },
    /// The shard holds as many commands as it may.
    Full,
    /// The session has sent what it may.
    Over {
        /// Which limit it is: a field of [`edgewire_contract::session::Rate`].
        limit: String,
        /// For how long, ms.
        wait_ms: u64,
    },
    /// The command's blob is gone.
    NoBlob,
}

/// A session to be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Unix ms.
    pub created_at: i64,
    /// Its record ([`edgewire_contract::session::field`]).
    pub fields: Vec<(&'static str, String)>,
    /// The command that starts it.
    pub start: Option<Command>,
    /// A webhook for its events.
    pub webhook: Option<Webhook>,
}

/// A session as it is at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionView {
    /// Its record.
    pub record: SessionRecord,
    /// The conn-host that owns its shard now.
    pub owner: Option<String>,
    /// The QR or pair code that is valid now.
    pub pairing: Option<PairingStep>,
    /// Where its newest event is.
    pub last_event: Option<EntryId>,
}

impl SessionView {
    /// The state, true of the live socket.
    pub fn status(&self) -> SessionStatus {
        self.record.status_now(self.owner.is_some())
    }
}

/// Runs `futures` side by side, and gives their results in order. For at most some dozens: each wake-up polls all that
/// are left. (`join_all` of the crate futures is a good deal larger in wasm.)
pub async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        let mut left = false;
        for (future, result) in running.iter_mut().filter(|(_, result)| result.is_none()) {
            match future.as_mut().poll(cx) {
                Poll::Ready(value) => *result = Some(value),
                Poll::Pending => left = true,
            }
        }
        if left { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, result)| result).collect()
}

/// The outcome that a command begins with.
pub fn queued_outcome(command: &Command) -> Outcome {
    let (message_id, to, send_at) = match &command.action {
        Action::Send(send) => (Some(send.message_id.clone()), Some(send.to.clone()), send.send_at),
        Action::Mark(mark) => (None, Some(mark.chat.clone()), None),
        Action::Session(_) | Action::Live(_) => (None, None, None),
    };
    Outcome {
        v: CONTRACT_VERSION,
        id: command.id,
        organization: command.organization.clone(),
        session: command.session.clone(),
        mode: command.mode,
        status: OutcomeStatus::Queued,
        timestamp: command.issued_at,
        message_id,
        to,
        send_at,
        error: None,
        background: false,
        data: None,
    }
}
