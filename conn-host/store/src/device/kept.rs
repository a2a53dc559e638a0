//! Messages that are kept for quotes, forwards, edits and votes: their protobuf is sealed like everything of a device,
//! the rest ([`message_field`]) is for the handlers to read. And what a command has done so far, likewise sealed.

use std::collections::HashMap;

use edgewire_contract::ids::{CommandId, MessageId};
use edgewire_contract::keys::{self, message_field};
use redis::Cmd;

use super::record::LidRow;
use super::{DeviceStore, table};
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
    /// What events say of it, JSON; `None` when it is not kept.
    pub view: Option<String>,
    /// The number of its writer's device, where known.
    pub device: Option<u16>,
    /// The number that WhatsApp's server gave it, of a newsletter's post.
    pub server_id: Option<u64>,
}

impl DeviceStore {
    /// What is kept of a message. One round trip.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn kept_message(&self, id: &str) -> Result<Option<KeptRecord>, StoreError> {
        let Ok(message) = MessageId::parse(id) else { return Ok(None) };
        let key = keys::message(self.fence.shard, &self.session, &message);
        let fields: HashMap<String, Vec<u8>> = self.redis.query(&Cmd::hgetall(key)).await?;
        let text = |name: &str| fields.get(name).and_then(|value| String::from_utf8(value.clone()).ok());
        let Some(chat) = text(message_field::CHAT) else { return Ok(None) };
        // Without a `FROM_ME`, it is one of ours that is not acknowledged yet.
        let ours = text(message_field::FROM_ME).map_or(fields.contains_key("outbox"), |own| own == "1");
        let opened =
            |sealed: &Vec<u8>| self.key.open(BODY, id.as_bytes(), sealed).map(|opened| opened.plain).ok();
        let sender = (!ours).then(|| text(message_field::SENDER).unwrap_or_else(|| chat.clone()));
        Ok(Some(KeptRecord {
            sender,
            chat,
            at: text(message_field::AT).and_then(|at| at.parse().ok()).unwrap_or(0),
            body: fields.get(message_field::BODY).and_then(opened),
            view: text(message_field::VIEW),
            device: text(message_field::DEVICE).and_then(|device| device.parse().ok()),
            server_id: text(message_field::SERVER_ID).and_then(|id| id.parse().ok()),
        }))
    }

    /// The protobuf of a message that the gateway sent into `chat`, by either of the chat's addresses, where it is kept.
    /// One round trip, two where the address is another.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub(super) async fn sent_before(&self, chat: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Ok(message) = MessageId::parse(id) else { return Ok(None) };
        let key = keys::message(self.fence.shard, &self.session, &message);
        // Only what is sent from here has a status: the phone answers for what it wrote itself.
        let fields = [message_field::CHAT, "status", message_field::BODY];
        let (kept, status, body): (Option<String>, Option<String>, Option<Vec<u8>>) =
            self.redis.query(&Cmd::hmget(key, &fields[..])).await?;
        let (Some(kept), Some(_), Some(body)) = (kept, status, body) else { return Ok(None) };
        if kept != chat {
            let others = self.other_addresses(&[chat.to_owned()]).await?;
            if !others.into_iter().flatten().any(|other| other == kept) {
                return Ok(None);
            }
        }
        // Sealed for an earlier pairing: nobody can ask for it any more.
        Ok(self.key.open(BODY, id.as_bytes(), &body).map(|opened| opened.plain).ok())
    }

    /// Sets fields of what is kept of a message; its body goes if `gone`. One round trip.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; when Redis does not answer.
    pub async fn change_message(
        &self,
        id: &MessageId,
        fields: &[(&'static str, Vec<u8>)],
        gone: bool,
        ttl_seconds: u64,
    ) -> Result<(), StoreError> {
        let key = keys::message(self.fence.shard, &self.session, id);
        let mut writes = Writes::new(self.fence).hset(key.clone(), fields);
        if gone {
            writes = writes.hdel(key.clone(), &[message_field::BODY]);
        }
        self.watch(writes.expire(key, ttl_seconds).commit(&self.redis).await)
    }

    /// The other address of each of `jids` (the phone's JID of a LID, the LID of a phone), where it is known. Two round
    /// trips at most.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn other_addresses(&self, jids: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        let users = |server: &str| -> Vec<&str> {
            jids.iter().filter_map(|jid| jid.strip_suffix(server)?.strip_suffix('@')).collect()
        };
        let mut others: HashMap<String, String> = HashMap::new();
        for (table, own, other) in
            [(table::LID, "lid", "s.whatsapp.net"), (table::PN, "s.whatsapp.net", "lid")]
        {
            let asked = users(own);
            if asked.is_empty() {
                continue;
            }
            let rows: Vec<Option<LidRow>> = self.get_records(table, &asked).await?;
            for (user, row) in asked.into_iter().zip(rows) {
                if let Some(row) = row {
                    others.insert(format!("{user}@{own}"), format!("{}@{other}", row.other));
                }
            }
        }
        Ok(jids.iter().map(|jid| others.remove(jid)).collect())
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
