//! Ends commands: outcome, message status, event and stream entry in one fenced step, then the wake-up of whoever
//! waits. A Redis that is away is waited for; only the loss of the lease gives up, and then the next owner runs the
//! command again, with the same message id.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use edgewire_contract::command::{Action, Mode};
use edgewire_contract::event::{Event, EventBody, MessageStatus, MessageStatusPayload};
use edgewire_contract::fault::Fault;
use edgewire_contract::ids::{BlobId, CommandId};
use edgewire_contract::outcome::{MediaReport, Outcome, OutcomeStatus};
use edgewire_contract::{CONTRACT_VERSION, keys, script};
use edgewire_store::{Fence, StoreError};
use serde_json::Value;
use tokio::sync::Notify;
use tracing::{debug, error};

use super::dead::owned_blob;
use super::intake::{Delivered, InFlight};
use crate::Host;
use crate::events::kept::{InChat, Kept};
use crate::failpoint::{self, Place};
use crate::sessions::backoff::Backoff;

/// How a command ended.
#[derive(Debug, Clone)]
pub enum Ending {
    /// WhatsApp acknowledged the message.
    Sent(Box<Sent>),
    /// It did not and will not work.
    Failed(Fault),
    /// Its session is gone, and all that was kept of it.
    Gone,
    /// It crashed whoever ran it, again and again: it becomes a dead letter, for this reason.
    Crashed(String),
    /// A command that is no send was carried out; what it gave.
    Done(Option<Value>),
}

/// A message that WhatsApp acknowledged.
#[derive(Debug, Clone)]
pub struct Sent {
    /// When, unix ms.
    pub at: i64,
    /// What became of its file.
    pub report: Option<MediaReport>,
    /// What is kept of it.
    pub kept: Option<Kept>,
}

/// What a command leaves when it ends, besides its outcome.
struct Leaves<'a> {
    /// Its place in the stream.
    entry: &'a str,
    /// The file that it owned.
    blob: Option<&'a BlobId>,
    /// What is kept of the message that it sent.
    kept: Option<&'a Kept>,
    /// Why it is a dead letter.
    dead: Option<&'a str>,
    /// Whether its session is gone: it has no stream to write to, and no messages.
    gone: bool,
}

/// Ends the commands of one shard.
#[derive(Clone)]
pub struct Completer {
    host: Host,
    fence: Fence,
    bell: Arc<Notify>,
    in_flight: Arc<InFlight>,
}

impl Completer {
    /// For the shard of `fence`.
    pub fn new(host: Host, fence: Fence, bell: Arc<Notify>, in_flight: Arc<InFlight>) -> Self {
        Self { host, fence, bell, in_flight }
    }

    /// Ends a command whose session is gone.
    pub async fn no_such_session(&self, delivered: &Delivered) {
        self.end(delivered, Ending::Gone).await;
    }

    /// Ends a command. Returns when it is written, or when the lease is lost.
    pub async fn end(&self, delivered: &Delivered, ending: Ending) {
        let mut outcome = self.outcome(delivered, &ending);
        let (kept, dead) = match &ending {
            Ending::Sent(sent) => (sent.kept.as_ref(), None),
            Ending::Crashed(reason) => (None, Some(reason.as_str())),
            Ending::Failed(_) | Ending::Gone | Ending::Done(_) => (None, None),
        };
        let gone = matches!(ending, Ending::Gone);
        let action = &delivered.command.action;
        let blob = action.blob().map(|blob| &blob.blob);
        let leaves = Leaves { entry: &delivered.entry, blob, kept, dead, gone };
        if self.settle(&mut outcome, &leaves).await {
            let failed = outcome.status == OutcomeStatus::Failed;
            self.host.metrics.command(action.name(), if failed { "failed" } else { "ok" });
            self.wake(delivered.command.reply_to.as_deref(), &outcome);
        }
    }

    /// Ends a command that this version cannot read, as a dead letter: who asked for it learns that it has failed. `false`
    /// when nobody knows who asked.
    ///
    /// # Errors
    /// When Redis cannot say whether somebody did.
    pub async fn end_unreadable(&self, entry: &str, text: &str, reason: &str) -> Result<bool, StoreError> {
        let read: Value = serde_json::from_str(text).unwrap_or_default();
        let part = |name: &str| read.get(name).and_then(Value::as_str);
        let Some(id) = part("id").and_then(|id| CommandId::parse(id).ok()) else { return Ok(false) };
        if id.shard() != self.fence.shard {
            return Ok(false);
        }
        let stored: Option<String> = self.host.redis.query(&redis::Cmd::get(keys::outcome(id))).await?;
        let Some(mut outcome) = stored.and_then(|json| serde_json::from_str::<Outcome>(&json).ok()) else {
            return Ok(false);
        };
        (outcome.status, outcome.timestamp) = (OutcomeStatus::Failed, self.host.clock.now_ms());
        outcome.error = Some(Fault::internal());
        let blob = owned_blob(&read);
        let leaves = Leaves { entry, blob: blob.as_ref(), kept: None, dead: Some(reason), gone: false };
        if self.settle(&mut outcome, &leaves).await {
            self.wake(part("reply_to"), &outcome);
        }
        Ok(true)
    }

    /// Writes a command's end. Returns when it is written, or `false` when the lease is lost.
    async fn settle(&self, outcome: &mut Outcome, leaves: &Leaves<'_>) -> bool {
        let mut wait = Backoff::quick();
        failpoint::pass(Place::BeforeEnd);
        loop {
            match self.write(outcome, leaves).await {
                Ok(true) => break,
                // It had ended before: what was said then is the truth.
                Ok(false) => {
                    let stored = redis::Cmd::get(keys::outcome(outcome.id));
                    let stored = self.host.redis.query::<Option<String>>(&stored).await.ok().flatten();
                    if let Some(before) = stored.and_then(|json| serde_json::from_str(&json).ok()) {
                        *outcome = before;
                    }
                    break;
                }
                Err(StoreError::Fenced) => {
                    debug!(command.id = %outcome.id, "another host has the shard and ends this command");
                    return false;
                }
                Err(e) if e.is_retryable() => {
                    debug!(command.id = %outcome.id, error = %e, "completing waits for Redis");
                    tokio::time::sleep(wait.pause()).await;
                }
                Err(e) => {
                    error!(command.id = %outcome.id, error = %e, "completing failed");
                    tokio::time::sleep(wait.pause()).await;
                }
            }
        }
        failpoint::pass(Place::AfterEnd);
        if let Some(reason) = leaves.dead {
            error!(command.id = %outcome.id, %reason, "a command is a dead letter");
            self.host.metrics.dead_letters.fetch_add(1, Ordering::Relaxed);
        }
        self.in_flight.remove(leaves.entry);
        self.bell.notify_one();
        true
    }

    fn outcome(&self, delivered: &Delivered, ending: &Ending) -> Outcome {
        let command = &delivered.command;
        let (status, timestamp, error, data) = match ending {
            Ending::Sent(sent) => {
                let report = sent.report.as_ref().and_then(|report| serde_json::to_value(report).ok());
                (OutcomeStatus::Sent, sent.at, None, report)
            }
            Ending::Failed(fault) => {
                (OutcomeStatus::Failed, self.host.clock.now_ms(), Some(fault.clone()), None)
            }
            Ending::Gone => {
                (OutcomeStatus::Failed, self.host.clock.now_ms(), Some(Fault::not_found("session")), None)
            }
            Ending::Crashed(_) => {
                (OutcomeStatus::Failed, self.host.clock.now_ms(), Some(Fault::internal()), None)
            }
            Ending::Done(data) => (OutcomeStatus::Done, self.host.clock.now_ms(), None, data.clone()),
        };
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
            status,
            timestamp,
            message_id,
            to,
            send_at,
            error,
            background: false,
            data,
        }
    }

    /// Whether it had not ended before.
    async fn write(&self, outcome: &Outcome, leaves: &Leaves<'_>) -> Result<bool, StoreError> {
        let shard = self.fence.shard;
        let (session, kept) = (&outcome.session, leaves.kept);
        let outcome_key = keys::outcome(outcome.id);
        let json =
            serde_json::to_string(outcome).expect("an outcome has string keys and finite numbers only");
        let (status, event) = if leaves.gone { (None, None) } else { self.status_event(outcome) };
        let error = outcome.error.as_ref().and_then(|error| serde_json::to_string(error).ok());
        let mut script_keys = vec![
            keys::lease(shard),
            keys::commands(shard),
            outcome_key.clone(),
            outcome.message_id.as_ref().map_or(outcome_key, |id| keys::message(shard, session, id)),
            keys::events(shard, session),
            keys::outbox(shard),
            keys::work(outcome.id),
            keys::chats(shard, session),
            keys::chat_aliases(shard, session),
        ];
        let chat = kept.and_then(|kept| kept.chat.as_ref());
        let place = InChat::keys(chat, shard, session);
        script_keys.extend(place.map(|key| key.unwrap_or_else(|| keys::outcome(outcome.id))));
        script_keys.push(keys::dead_letters(shard));
        if let Some(blob) = leaves.blob {
            script_keys.extend([keys::blob(shard, blob), keys::blobs(shard), keys::blob_sizes(shard)]);
        }
        let args = [
            self.fence.epoch.to_string(),
            leaves.entry.to_owned(),
            json,
            keys::OUTCOME_TTL_SECONDS.to_string(),
            status.map_or(String::new(), |s| s.as_str().to_owned()),
            outcome.timestamp.to_string(),
            if event.is_some() { "message.status".to_owned() } else { String::new() },
            event.unwrap_or_default(),
            outcome.organization.to_string(),
            session.to_string(),
            keys::EVENTS_KEPT.to_string(),
            self.host.settings.message_ttl_seconds().to_string(),
            keys::command_group(self.fence.epoch),
            leaves.blob.map_or_else(String::new, BlobId::to_string),
            error.unwrap_or_default(),
            self.host.clock.now_ms().to_string(),
            kept.filter(|_| chat.is_some()).map_or_else(String::new, |kept| kept.id.to_string()),
        ];
        let [chat, _, name, phone, lid] = InChat::args(chat);
        let dead = [leaves.dead.unwrap_or_default().to_owned(), keys::DEAD_LETTERS_KEPT.to_string()];
        let args = args.into_iter().chain([chat, name, phone, lid]).chain(dead);
        let mut args: Vec<Vec<u8>> = args.map(String::into_bytes).collect();
        for (field, value) in kept.into_iter().flat_map(|kept| &kept.fields) {
            args.extend([field.as_bytes().to_vec(), value.clone()]);
        }
        let answer = self.host.redis.run(&script::COMPLETE, &script_keys, &args).await?;
        Ok(answer != redis::Value::Int(0))
    }

    /// What the message's status becomes, and the event that says so.
    fn status_event(&self, outcome: &Outcome) -> (Option<MessageStatus>, Option<String>) {
        let (Some(message_id), Some(to)) = (&outcome.message_id, &outcome.to) else { return (None, None) };
        let status = match outcome.status {
            OutcomeStatus::Sent => MessageStatus::Sent,
            OutcomeStatus::Failed => MessageStatus::Failed,
            OutcomeStatus::Queued | OutcomeStatus::Done => return (None, None),
        };
        let body = EventBody::MessageStatus(MessageStatusPayload {
            message_id: message_id.clone(),
            chat: to.to_string(),
            outbox_id: Some(outcome.id),
            status,
            participant: None,
            timestamp: outcome.timestamp,
            error: outcome.error.clone(),
        });
        let event =
            Event::new(outcome.organization.clone(), outcome.session.clone(), outcome.timestamp, body);
        (Some(status), Some(event.to_stored()))
    }

    /// Tells the requests that wait that the command takes long. It still ends as any other: whatever becomes of this
    /// costs them time only.
    pub fn runs_long(&self, delivered: &Delivered) {
        let command = &delivered.command;
        let mut outcome = self.outcome(delivered, &Ending::Done(None));
        (outcome.status, outcome.timestamp, outcome.background) =
            (OutcomeStatus::Queued, command.issued_at, true);
        let Ok(json) = serde_json::to_string(&outcome) else { return };
        let script_keys = [keys::lease(self.fence.shard), keys::outcome(outcome.id)];
        let args = [self.fence.epoch.to_string(), json];
        let (completer, delivered) = (self.clone(), delivered.clone());
        tokio::spawn(async move {
            if let Err(e) = completer.host.redis.run(&script::BACKGROUND, &script_keys, &args).await {
                debug!(command.id = %outcome.id, error = %e, "a repeated request will not know that this takes long");
            }
            completer.wake(delivered.command.reply_to.as_deref(), &outcome);
        });
    }

    /// Wakes the request that waits. The outcome's record is the truth, so a lost wake-up costs time only.
    fn wake(&self, list: Option<&str>, outcome: &Outcome) {
        let (Some(list), Mode::Sync) = (list.map(str::to_owned), outcome.mode) else { return };
        let Ok(json) = serde_json::to_string(outcome) else { return };
        let redis = self.host.redis.clone();
        tokio::spawn(async move {
            let mut pipe = redis::pipe();
            pipe.lpush(&list, json).ignore();
            pipe.expire(&list, i64::try_from(keys::REPLIES_TTL_SECONDS).unwrap_or(60)).ignore();
            if let Err(e) = redis.pipeline::<()>(&pipe).await {
                debug!(error = %e, "a wake-up was lost; the caller reads the outcome");
            }
        });
    }
}
