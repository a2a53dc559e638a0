//! The bus over Spin's Redis interface.
//!
//! * this file: each question of the [`Bus`] as one command or script, mostly one round trip; `create`, `blob`, `feeds`:
//!   what is more of a session's beginning, of blobs, and of feeds;
//!   `archive`: messages and chats; `cache`: received files; `schedule`: sends to come; `hooks`: webhooks; `access`:
//!   organizations, users, tokens; `logins`: those;
//! * `link`: connections that are kept for the life of the instance and opened again when they break; `servers`: to whom,
//!   of a cluster's nodes or when sentinels know it; `failure`: what the host's errors mean.

mod access;
mod archive;
mod blob;
mod cache;
mod create;
mod failure;
mod feeds;
mod hooks;
mod link;
mod logins;
mod schedule;
mod servers;

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use edgewire_contract::command::{Action, Command, Mode};
use edgewire_contract::ids::{BlobId, CommandId, EntryId, MessageId, OrganizationId, SessionId};
use edgewire_contract::keys::{self, Pointer, message_field};
use edgewire_contract::outcome::Outcome;
use edgewire_contract::script;
use edgewire_contract::session::{SessionStatus, Wanted};
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use edgewire_contract::token::{TokenRecord, hex};
use futures::future::{FutureExt as _, LocalBoxFuture};
use spin_sdk::wasip3::wit_bindgen::StreamWriter;
use spin_sdk::wasip3::wit_stream;

use self::link::{Link, args};
use self::servers::Servers;
use super::feeds::{Feeds, Following, Wants};
use super::flat::{self, Flat};
use super::replies::{Replies, Source};
use super::{
    Admission, Admitted, Binding, Bus, BusError, FeedEntry, MessageView, NewSession, SessionView, Stored,
    message, queued_outcome, together,
};
use crate::env::Env;
use crate::env::spin::SpinEnv;
use crate::settings::Settings;

/// How many reads are on their way to Redis at once, for one request.
const PIPELINED: usize = 64;

/// Redis, as one instance knows it. Clones are the same.
#[derive(Clone)]
pub struct SpinBus(Rc<Instance>);

struct Instance {
    /// Commands that do not wait.
    link: Link,
    /// Pops the reply list, and nothing else.
    waiting: Link,
    /// Waits for news in feeds, and nothing else.
    following: Link,
    name: OnceCell<String>,
    shards: Cell<Option<u16>>,
    replies: Replies<StreamWriter<u8>>,
    feeds: Feeds<StreamWriter<u8>>,
}

impl SpinBus {
    /// The bus to the Redis of `settings`. Connects when first asked.
    pub fn new(settings: &Settings) -> Self {
        let servers = Rc::new(Servers::new(settings));
        Self(Rc::new(Instance {
            link: Link::new(&servers),
            waiting: Link::new(&servers),
            following: Link::new(&servers),
            name: OnceCell::new(),
            shards: Cell::new(None),
            replies: Replies::default(),
            feeds: Feeds::default(),
        }))
    }

    fn link(&self) -> &Link {
        &self.0.link
    }

    async fn look_at(
        &self,
        organization: &OrganizationId,
        id: &SessionId,
        shard: Shard,
    ) -> Result<Option<SessionView>, BusError> {
        let keys =
            [keys::session(shard, id), keys::lease(shard), keys::pairing(shard, id), keys::events(shard, id)];
        flat::view(id, &self.link().script(&script::LOOK, &keys, args![organization]).await?)
    }
}

impl Bus for SpinBus {
    type Follow = Following<Self>;

    async fn token(&self, hash: &str) -> Result<Option<Stored<TokenRecord>>, BusError> {
        flat::stored("a token", &self.link().call("GET", args![keys::token(hash)]).await?)
    }

    async fn swap_token(
        &self,
        hash: &str,
        before: &Stored<TokenRecord>,
        after: &TokenRecord,
    ) -> Result<bool, BusError> {
        let args = args![before.json, to_json(after)];
        let answer = self.link().script(&script::SWAP_TOKEN, &[keys::token(hash)], args).await?;
        Ok(answer.first().and_then(Flat::number) == Some(1))
    }

    async fn shards(&self) -> Result<u16, BusError> {
        if let Some(shards) = self.0.shards.get() {
            return Ok(shards);
        }
        let key = keys::layout();
        let read = async || {
            let answer = self.link().call("HGET", args![&key, "shards"]).await?;
            Ok::<_, BusError>(answer.first().and_then(Flat::number))
        };
        let shards = match read().await? {
            Some(shards) => Some(shards),
            None => {
                self.link().call("HSETNX", args![&key, "shards", DEFAULT_SHARDS]).await?;
                read().await?
            }
        };
        let shards = shards
            .and_then(|n| u16::try_from(n).ok())
            .filter(|n| *n > 0)
            .ok_or_else(|| BusError::Broken(format!("{key} has no usable number of shards")))?;
        self.0.shards.set(Some(shards));
        Ok(shards)
    }

    async fn bind(
        &self,
        organization: &OrganizationId,
        key_hash: &str,
        binding: &Binding,
    ) -> Result<Binding, BusError> {
        let keys = [keys::idempotency(organization, key_hash)];
        let args = args![to_json(binding), keys::IDEMPOTENCY_TTL_SECONDS];
        let bound = flat::json("a binding", &self.link().script(&script::BIND, &keys, args).await?)?;
        bound.ok_or_else(|| BusError::Broken("bind answered nothing".into()))
    }

    async fn admit(&self, admission: &Admission) -> Result<Admitted, BusError> {
        let command = &admission.command;
        let outcome = queued_outcome(command);
        let (session, shard) = (&command.session, command.id.shard());
        let outcome_key = keys::outcome(command.id);
        let (message, chat) = match (&outcome.message_id, &outcome.to) {
            (Some(id), Some(to)) => (keys::message(shard, session, id), to.as_str()),
            _ => (outcome_key.clone(), ""),
        };
        let mut keys = vec![
            keys::session(shard, session),
            keys::commands(shard),
            outcome_key,
            message,
            keys::events(shard, session),
            keys::outbox(shard),
            keys::lease(shard),
            keys::due(shard),
            keys::scheduled(shard),
            keys::schedule(shard, session),
            keys::spent(shard, session),
            keys::met(shard, session),
            keys::chats(shard, session),
            keys::chat_aliases(shard, session),
        ];
        let blob = command.action.blob();
        if let Some(blob) = blob {
            keys.extend([keys::blob(shard, &blob.blob), keys::blobs(shard)]);
        }
        let send = match &command.action {
            Action::Send(send) => Some(send),
            _ => None,
        };
        // What is told of it stays until it has ended, and as long as usual after that.
        let until_due = admission.due.map_or(0, |due| due.saturating_sub(command.issued_at));
        let until_due = until_due.max(0).unsigned_abs().div_ceil(1000);
        let args = args![
            command.organization,
            to_json(command),
            to_json(&outcome),
            keys::OUTCOME_TTL_SECONDS + until_due,
            chat,
            keys::MESSAGE_TTL_SECONDS + until_due,
            command.id,
            admission.queued_event.as_deref().unwrap_or_default(),
            keys::EVENTS_KEPT,
            session,
            admission.max_queued,
            if matches!(command.action, Action::Live(_)) { "1" } else { "" },
            blob.map_or("", |blob| blob.blob.as_str()),
            admission.due.map_or_else(String::new, |due| due.to_string()),
            keys::SCHEDULED_MOST,
            if send.is_some() && command.mode == Mode::Sync { "1" } else { "" },
            send.and_then(|send| send.person()).unwrap_or_default(),
        ];
        flat::admitted(&self.link().script(&script::ADMIT, &keys, args).await?)
    }

    async fn outcome(&self, command: CommandId) -> Result<Option<Outcome>, BusError> {
        flat::json("an outcome", &self.link().call("GET", args![keys::outcome(command)]).await?)
    }

    fn reply_list(&self) -> String {
        keys::replies(self.0.name.get_or_init(|| hex(&SpinEnv.random::<16>())))
    }

    async fn wait(&self, command: CommandId, until_ms: i64) -> Option<Outcome> {
        self.0.replies.wait(self, &SpinEnv, command, until_ms).await
    }

    async fn wait_or_background(&self, command: CommandId, until_ms: i64) -> Option<Outcome> {
        self.0.replies.wait_or_background(self, &SpinEnv, command, until_ms).await
    }

    async fn message(
        &self,
        session: &SessionId,
        message: &MessageId,
    ) -> Result<Option<MessageView>, BusError> {
        let key = keys::message(self.shard_of(session).await?, session, message);
        // The body itself may be large.
        let mut fields = args![key];
        fields.extend(message::FIELDS.map(|name| name.as_bytes().to_vec()));
        let body = args![key, message_field::BODY];
        let read = [("HMGET", fields), ("HEXISTS", body)]
            .map(|(command, args)| async move { self.link().call(command, args).await });
        let mut answers = together(read).await.into_iter();
        let (Some(fields), Some(body)) = (answers.next(), answers.next()) else { return Ok(None) };
        flat::message(&fields?, &body?)
    }

    async fn session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<Option<SessionView>, BusError> {
        self.look_at(organization, session, self.shard_of(session).await?).await
    }

    async fn create_session(&self, session: &NewSession) -> Result<bool, BusError> {
        self.create(session).await
    }

    async fn change_session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
        fields: &[(&'static str, String)],
    ) -> Result<bool, BusError> {
        let key = [keys::session(self.shard_of(session).await?, session)];
        let mut args = args![organization];
        fields.iter().for_each(|(field, value)| args.extend(args![*field, value]));
        let answer = self.link().script(&script::CHANGE_SESSION, &key, args).await?;
        Ok(answer.first().and_then(Flat::number) == Some(1))
    }

    async fn steer(
        &self,
        command: &Command,
        wanted: Option<Wanted>,
    ) -> Result<Option<SessionStatus>, BusError> {
        let shard = command.id.shard();
        let keys = [keys::session(shard, &command.session), keys::commands(shard), keys::outcome(command.id)];
        let args = args![
            command.organization,
            to_json(command),
            to_json(&queued_outcome(command)),
            keys::OUTCOME_TTL_SECONDS,
            wanted.map_or("", Wanted::as_str),
            command.issued_at,
        ];
        let answer = self.link().script(&script::STEER_SESSION, &keys, args).await?;
        match answer.first().and_then(Flat::text) {
            Some("unknown_session") => Ok(None),
            Some("admitted") => {
                let status = answer.get(1).and_then(Flat::text).and_then(SessionStatus::parse);
                Ok(Some(status.unwrap_or(SessionStatus::Stopped)))
            }
            _ => Err(BusError::Broken("steer_session answered none of its answers".into())),
        }
    }

    async fn sessions_of(&self, organization: &OrganizationId) -> Result<Vec<(SessionId, i64)>, BusError> {
        let key = keys::organization_sessions(organization);
        let answer = self.link().call("ZRANGE", args![key, 0, -1, "WITHSCORES"]).await?;
        let pairs = answer.chunks_exact(2);
        Ok(pairs
            .filter_map(|pair| Some((SessionId::parse(pair[0].text()?).ok()?, pair[1].number().unwrap_or(0))))
            .collect())
    }

    async fn forget_session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<(), BusError> {
        self.forget(organization, session).await
    }

    async fn hosts_since(&self, since_ms: i64) -> Result<i64, BusError> {
        let answer = self.link().call("ZCOUNT", args![keys::hosts(), since_ms, "+inf"]).await?;
        answer
            .first()
            .and_then(Flat::number)
            .ok_or_else(|| BusError::Broken("ZCOUNT answered no number".into()))
    }

    async fn put_blob(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
        bytes: Vec<u8>,
        budget: u64,
    ) -> Result<bool, BusError> {
        self.put_chunk(session, blob, chunk, bytes, budget).await
    }

    async fn blob_chunk(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
    ) -> Result<Option<Vec<u8>>, BusError> {
        self.chunk(session, blob, chunk).await
    }

    async fn drop_blob(&self, session: &SessionId, blob: &BlobId) -> Result<(), BusError> {
        self.forget_blob(session, blob).await
    }

    fn follow(&self, organization: &OrganizationId, after: EntryId, wants: Wants) -> Self::Follow {
        Following::new(self.clone(), organization.clone(), after, wants)
    }

    async fn feed_end(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        let key = keys::feed(organization);
        let answer = self.link().call("XREVRANGE", args![key, "+", "-", "COUNT", 1]).await?;
        Ok(flat::feed(&answer)?.pop())
    }

    async fn feed_gone(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        let args = args![keys::relayed(organization), keys::GONE_FIELD];
        Ok(flat::gone(&self.link().call("HGET", args).await?))
    }

    async fn feed_from(
        &self,
        organization: &OrganizationId,
        from: EntryId,
        count: u32,
    ) -> Result<Vec<FeedEntry>, BusError> {
        let args = args![keys::feed(organization), from, "+", "COUNT", count];
        flat::feed(&self.link().call("XRANGE", args).await?)
    }

    async fn bodies(&self, pointers: &[Pointer]) -> Result<Vec<Option<String>>, BusError> {
        let shards = self.shards().await?;
        let mut bodies = Vec::with_capacity(pointers.len());
        for some in pointers.chunks(PIPELINED) {
            let reads = some.iter().map(|pointer| async move {
                let key = keys::events(Shard::of(&pointer.session, shards), &pointer.session);
                let answer = self.link().call("XRANGE", args![key, pointer.entry, pointer.entry]).await?;
                Ok::<_, BusError>(flat::entries(&answer)?.first().map(|(_, body)| (*body).to_owned()))
            });
            for body in together(reads).await {
                bodies.push(body?);
            }
        }
        Ok(bodies)
    }
}

impl Source for SpinBus {
    /// The writing end of a stream that nobody writes to: when it is dropped, the reader learns of the end.
    type Bell = StreamWriter<u8>;

    fn bell(&self) -> (StreamWriter<u8>, LocalBoxFuture<'static, ()>) {
        let (bell, mut rung) = wit_stream::new::<u8>();
        let rung = async move {
            rung.read(Vec::with_capacity(1)).await;
        };
        (bell, rung.boxed_local())
    }

    async fn pop(&self, wait_ms: u64) -> Result<Option<Outcome>, BusError> {
        let seconds = format!("{}.{:03}", wait_ms / 1000, wait_ms % 1000);
        let answer = self.0.waiting.blocking("BRPOP", args![self.reply_list(), seconds], wait_ms).await?;
        // The list's name, then what was popped. What cannot be read is as good as lost: the record has it.
        Ok(answer.get(1..).and_then(|popped| flat::json("a reply", popped).ok()).flatten())
    }

    async fn look(&self, command: CommandId) -> Result<Option<Outcome>, BusError> {
        self.outcome(command).await
    }
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("records have string keys and finite numbers only")
}
