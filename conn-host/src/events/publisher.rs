//! Appends a session's events: fenced, in order, and those with a mark once only.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use edgewire_contract::event::{Event, EventBody, MessageStatus, MessageStatusPayload};
use edgewire_contract::ids::{MessageId, OrganizationId, SessionId};
use edgewire_contract::{keys, script};
use edgewire_store::{Fence, StoreError};
use redis::Value;
use tokio::sync::Notify;

use super::kept::{InChat, Kept};
use super::told::Told;
use crate::Host;

/// How many events one script call takes, so that it does not hold Redis up.
const AT_ONCE: usize = 100;

/// What one step of the script `append` does.
struct Entry {
    mark: Option<String>,
    /// The kind, and the event as it is stored.
    event: Option<(&'static str, String)>,
    kept: Option<Kept>,
}

/// Appends the events of one session.
#[derive(Clone)]
pub struct Publisher {
    host: Host,
    fence: Fence,
    organization: OrganizationId,
    session: SessionId,
    bell: Arc<Notify>,
}

impl Publisher {
    /// For one session of the shard.
    pub fn new(
        host: Host,
        fence: Fence,
        organization: OrganizationId,
        session: SessionId,
        bell: Arc<Notify>,
    ) -> Self {
        Self { host, fence, organization, session, bell }
    }

    /// The session's event in the form that is stored.
    pub fn stored(&self, timestamp: i64, body: EventBody) -> (&'static str, String) {
        let kind = body.kind();
        (kind, Event::new(self.organization.clone(), self.session.clone(), timestamp, body).to_stored())
    }

    /// Appends all of `events` in one step, with what they do to the message store. Answers how many were new.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn append(&self, events: Vec<Told>) -> Result<u64, StoreError> {
        let entry = |told: Told| {
            let event = Some(self.stored(told.timestamp, told.body));
            Entry { mark: told.mark, event, kept: told.kept }
        };
        self.run(events.into_iter().map(entry)).await
    }

    /// Keeps messages without an event of theirs.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub async fn keep(&self, messages: Vec<Kept>) -> Result<(), StoreError> {
        let entry = |kept| Entry { mark: None, event: None, kept: Some(kept) };
        self.run(messages.into_iter().map(entry)).await.map(drop)
    }

    async fn run(&self, entries: impl Iterator<Item = Entry>) -> Result<u64, StoreError> {
        let mut appended = 0;
        let entries: Vec<Entry> = entries.collect();
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            appended += self.run_some(entries.by_ref().take(AT_ONCE).collect()).await?;
        }
        Ok(appended)
    }

    async fn run_some(&self, entries: Vec<Entry>) -> Result<u64, StoreError> {
        let (shard, session) = (self.fence.shard, &self.session);
        let none = keys::outbox(shard);
        let mut script_keys = vec![
            keys::lease(shard),
            keys::session(shard, session),
            keys::events(shard, session),
            none.clone(),
            keys::chats(shard, session),
            keys::chat_aliases(shard, session),
        ];
        let mut args: Vec<Vec<u8>> = [
            self.fence.epoch.to_string(),
            self.organization.to_string(),
            session.to_string(),
            keys::EVENTS_KEPT.to_string(),
            keys::SEEN_TTL_SECONDS.to_string(),
            self.host.settings.message_ttl_seconds().to_string(),
            self.host.clock.now_ms().to_string(),
        ]
        .map(String::into_bytes)
        .into();
        for entry in entries {
            let mark = entry
                .mark
                .map(|mark| keys::seen(shard, session, &edgewire_contract::token::token_hash(&mark)[..32]));
            let message = entry.kept.as_ref().map(|kept| keys::message(shard, session, &kept.id));
            script_keys.extend([mark, message].map(|key| key.unwrap_or_else(|| none.clone())));
            let (kind, stored) = entry.event.unwrap_or_default();
            args.extend([kind.as_bytes().to_vec(), stored.into_bytes()]);
            let what = entry.kept.as_ref().map_or("", |kept| kept.what.as_str());
            let id = entry.kept.as_ref().map_or_else(String::new, |kept| kept.id.to_string());
            let chat = entry.kept.as_ref().and_then(|kept| kept.chat.as_ref());
            script_keys
                .extend(InChat::keys(chat, shard, session).map(|key| key.unwrap_or_else(|| none.clone())));
            args.extend([what.as_bytes().to_vec(), id.into_bytes()]);
            args.extend(InChat::args(chat).map(String::into_bytes));
            let fields = entry.kept.map(|kept| kept.fields).unwrap_or_default();
            args.push((fields.len() * 2).to_string().into_bytes());
            args.extend(fields.into_iter().flat_map(|(field, value)| [field.as_bytes().to_vec(), value]));
        }
        let answer = self.host.redis.run(&script::APPEND, &script_keys, &args).await?;
        let appended = if let Value::Int(n) = answer { n.unsigned_abs() } else { 0 };
        if appended > 0 {
            self.bell.notify_one();
        }
        self.host.metrics.events.fetch_add(appended, Ordering::Relaxed);
        Ok(appended)
    }

    /// How long names are remembered, seconds: as long as messages.
    pub fn ttl_seconds(&self) -> u64 {
        self.host.settings.message_ttl_seconds()
    }

    /// Moves a sent message's status forward by a receipt, with its event; a status never goes back.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn advance(&self, id: &MessageId, receipt: MessageStatusPayload) -> Result<(), StoreError> {
        let (shard, session) = (self.fence.shard, &self.session);
        let script_keys = [
            keys::lease(shard),
            keys::message(shard, session, id),
            keys::events(shard, session),
            keys::outbox(shard),
        ];
        let pieces = |status, participant| {
            MessageStatusPayload::receipt_pieces(
                self.organization.clone(),
                session.clone(),
                id.clone(),
                status,
                participant,
                receipt.timestamp,
            )
        };
        let args = [
            self.fence.epoch.to_string(),
            receipt.status.as_str().to_owned(),
            receipt.timestamp.to_string(),
            self.organization.to_string(),
            session.to_string(),
            keys::EVENTS_KEPT.to_string(),
            "message.status".to_owned(),
        ];
        let args: Vec<String> = args
            .into_iter()
            .chain(pieces(receipt.status, receipt.participant.clone()))
            .chain(pieces(MessageStatus::Sent, None))
            .collect();
        if self.host.redis.run(&script::ADVANCE, &script_keys, &args).await? == Value::Int(1) {
            self.bell.notify_one();
        }
        Ok(())
    }
}
