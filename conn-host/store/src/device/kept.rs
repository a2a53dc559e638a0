//! Messages that are kept for quotes, forwards, edits and votes: their protobuf is sealed like everything of a device,
//! the rest ([`message_field`]) is for the handlers to read. And what a command has done so far, likewise sealed.

use edgewire_contract::ids::{CommandId, MessageId};
use edgewire_contract::keys::{self, message_field};
use redis::Cmd;

use super::DeviceStore;
use crate::connection::Redis;
use crate::error::StoreError;
use crate::write::Writes;

/// What the seal of a message's body is bound to, beside its id.
const BODY: &str = "message";
/// What the seal of a command's upload is bound to, beside its id.
const UPLOAD: &str = "upload";
/// The fields of [`keys::work`].
const WORK_UPLOAD: &str = "upload";
const WORK_BEGUN: &str = "begun";

/// A message that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord {
    /// The chat's JID.
    pub chat: String,
    /// Who wrote it, without device; `None` for ours.
    pub sender: Option<String>,
    /// When, unix ms; 0 when that is not known.
    pub at: i64,
    /// Its protobuf; `None` when it is not kept, or was sealed for an earlier pairing.
    pub body: Option<Vec<u8>>,
}

impl DeviceStore {
    /// What is kept of a message. One round trip.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn kept_message(&self, id: &str) -> Result<Option<KeptRecord>, StoreError> {
        let Ok(message) = MessageId::parse(id) else { return Ok(None) };
        let key = keys::message(self.fence.shard, &self.session, &message);
        let mut look = Cmd::new();
        look.arg("HMGET").arg(key).arg(&[
            message_field::CHAT,
            message_field::SENDER,
            message_field::FROM_ME,
            message_field::AT,
            message_field::BODY,
            "outbox",
        ]);
        // Without a `FROM_ME`, it is one of ours that is not acknowledged yet.
        type Row =
            (Option<String>, Option<String>, Option<String>, Option<i64>, Option<Vec<u8>>, Option<String>);
        let (chat, sender, from_me, at, body, outbox): Row = self.redis.query(&look).await?;
        let Some(chat) = chat else { return Ok(None) };
        let ours = from_me.as_deref() == Some("1") || (from_me.is_none() && outbox.is_some());
        let body = body
            .and_then(|sealed| self.key.open(BODY, id.as_bytes(), &sealed).map(|opened| opened.plain).ok());
        let sender = if ours { None } else { Some(sender.unwrap_or_else(|| chat.clone())) };
        Ok(Some(KeptRecord { chat, sender, at: at.unwrap_or(0), body }))
    }

    /// Seals a message's protobuf for [`message_field::BODY`].
    ///
    /// # Errors
    /// When the cipher fails.
    pub fn seal_message(&self, id: &str, body: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.key.seal(BODY, id.as_bytes(), body)
    }

    /// The upload that an earlier run of the command has finished. One round trip.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn finished_upload(&self, command: CommandId) -> Result<Option<Vec<u8>>, StoreError> {
        let sealed: Option<Vec<u8>> = self.redis.query(&Cmd::hget(keys::work(command), WORK_UPLOAD)).await?;
        let Some(sealed) = sealed else { return Ok(None) };
        Ok(Some(self.key.open(UPLOAD, command.to_string().as_bytes(), &sealed)?.plain))
    }

    /// Keeps what the command has uploaded, so that whoever runs it again sends the same file. One round trip.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; when Redis does not answer.
    pub async fn finish_upload(&self, command: CommandId, upload: &[u8]) -> Result<(), StoreError> {
        let sealed = self.key.seal(UPLOAD, command.to_string().as_bytes(), upload)?;
        let key = keys::work(command);
        let writes = Writes::new(self.fence)
            .hset(key.clone(), &[(WORK_UPLOAD, sealed)])
            .expire(key, keys::OUTCOME_TTL_SECONDS);
        self.watch(writes.commit(&self.redis).await)
    }

    /// Notes that an action that must not be done twice begins. False when it had begun before. Two round trips; only
    /// the owner of the shard may write, so that nobody comes in between.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; when Redis does not answer.
    pub async fn begin_once(&self, command: CommandId) -> Result<bool, StoreError> {
        if has_begun(&self.redis, command).await? {
            return Ok(false);
        }
        let key = keys::work(command);
        let writes = Writes::new(self.fence)
            .hset(key.clone(), &[(WORK_BEGUN, "1")])
            .expire(key, keys::OUTCOME_TTL_SECONDS);
        self.watch(writes.commit(&self.redis).await)?;
        Ok(true)
    }
}

/// Whether an action that must not be done twice has begun. One round trip.
///
/// # Errors
/// When Redis does not answer.
pub async fn has_begun(redis: &Redis, command: CommandId) -> Result<bool, StoreError> {
    redis.query(&Cmd::hexists(keys::work(command), WORK_BEGUN)).await
}
