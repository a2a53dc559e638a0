//! Messages' secrets, which later edits, votes and reactions are encrypted with: the library's `MsgSecretStore`.
//!
//! A secret that is there already is merged with the new one (the later deadline and time count), and only those are
//! looked at: the script that writes the new ones answers with the old. One round trip, two when some were there.

use std::collections::HashMap;

use async_trait::async_trait;
use redis::FromRedisValue;
use wacore::store::error::Result;
use wacore::store::traits::{
    MsgSecretEntry, MsgSecretStore, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

use super::record::MsgSecret;
use super::{DeviceStore, PUT_NEW, io, table};
use crate::error::StoreError;

const TABLE: &str = table::MSG_SECRET;
/// How many secrets one call of the script takes: history comes in thousands.
const PER_CALL: usize = 2_000;

/// A secret with its deadline, seconds; 0: never.
#[derive(Debug, Clone, PartialEq)]
struct Secret {
    secret: MsgSecret,
    expires_at: i64,
}

impl Secret {
    /// The newer secret, with the later deadline and time.
    fn over(self, older: &Self) -> Self {
        let message_ts = merge_msg_secret_message_ts(older.secret.message_ts, self.secret.message_ts);
        Self {
            expires_at: merge_msg_secret_expiry(older.expires_at, self.expires_at),
            secret: MsgSecret { message_ts, ..self.secret },
        }
    }

    /// As the stamp has it: a deadline before 1970 is over at once, which is not to say never.
    fn stamp(&self) -> u64 {
        match self.expires_at {
            0 => 0,
            at => u64::try_from(at).unwrap_or(1).max(1),
        }
    }
}

impl DeviceStore {
    async fn put_secrets(&self, entries: Vec<MsgSecretEntry>) -> std::result::Result<usize, StoreError> {
        let count = entries.len();
        let mut secrets: HashMap<Vec<u8>, Secret> = HashMap::with_capacity(count);
        for entry in entries {
            let field = table::hashed(&[&entry.chat, &entry.sender, &entry.msg_id]);
            let secret = MsgSecret { secret: entry.secret, message_ts: entry.message_ts };
            let new = Secret { secret, expires_at: entry.expires_at };
            let new = match secrets.get(&field) {
                Some(older) => new.over(older),
                None => new,
            };
            secrets.insert(field, new);
        }
        // Others that write the same secret at the same time would lose a deadline between the look and the write.
        let _lock = self.look_and_write.lock().await;
        let rows: Vec<_> = secrets.iter().collect();
        for part in rows.chunks(PER_CALL) {
            let mut args = Vec::with_capacity(2 * part.len());
            for (field, secret) in part {
                args.push((*field).clone());
                args.push(self.seal_secret(field, secret)?);
            }
            let answer = self.run(&PUT_NEW, TABLE, args).await;
            part.iter().for_each(|(_, secret)| self.note_stamp(TABLE, secret.stamp()));
            let there: Vec<(Vec<u8>, Vec<u8>)> = FromRedisValue::from_redis_value(answer?)
                .map_err(|error| StoreError::Answer(error.to_string()))?;
            self.merge_secrets(there, &secrets).await?;
        }
        Ok(count)
    }

    /// Writes what becomes of the secrets that were there.
    async fn merge_secrets(
        &self,
        there: Vec<(Vec<u8>, Vec<u8>)>,
        new: &HashMap<Vec<u8>, Secret>,
    ) -> std::result::Result<(), StoreError> {
        let mut rows = Vec::with_capacity(there.len());
        let mut stamps = Vec::with_capacity(there.len());
        for (field, sealed) in there {
            let Some(new) = new.get(&field).cloned() else { continue };
            let merged = match self.open_secret(&field, &sealed) {
                Ok(older) => {
                    let merged = new.over(&older);
                    if merged == older {
                        continue;
                    }
                    merged
                }
                Err(error) => {
                    tracing::warn!(session = %self.session, %error, "replaced a record that could not be read");
                    new
                }
            };
            let value = self.seal_secret(&field, &merged)?;
            stamps.push(merged.stamp());
            rows.push((field, value));
        }
        let result = self.commit(self.writes().hset_owned(self.table(TABLE), rows)).await;
        stamps.into_iter().for_each(|stamp| self.note_stamp(TABLE, stamp));
        result
    }

    async fn secret(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> std::result::Result<Option<MsgSecret>, StoreError> {
        self.get_record(TABLE, table::hashed(&[chat, sender, msg_id])).await
    }

    fn seal_secret(&self, field: &[u8], secret: &Secret) -> std::result::Result<Vec<u8>, StoreError> {
        let plain = super::record::encode(&secret.secret)?;
        self.key.seal_stamped(TABLE, field, secret.stamp(), &plain)
    }

    fn open_secret(&self, field: &[u8], sealed: &[u8]) -> std::result::Result<Secret, StoreError> {
        let opened = self.key.open(TABLE, field, sealed)?;
        let secret = io::decode(TABLE, field, &opened.plain)?;
        Ok(Secret { secret, expires_at: i64::try_from(opened.stamp).unwrap_or(i64::MAX) })
    }
}

#[async_trait]
impl MsgSecretStore for DeviceStore {
    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> Result<usize> {
        Ok(self.put_secrets(entries).await?)
    }

    async fn get_msg_secret(&self, chat: &str, sender: &str, msg_id: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.secret(chat, sender, msg_id).await?.map(|row| row.secret.to_vec()))
    }

    async fn get_msg_secret_with_ts(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> Result<Option<(Vec<u8>, i64)>> {
        Ok(self.secret(chat, sender, msg_id).await?.map(|row| (row.secret.to_vec(), row.message_ts)))
    }

    async fn delete_expired_msg_secrets(&self, cutoff_timestamp: i64) -> Result<u32> {
        Ok(self.sweep(TABLE, cutoff_timestamp.saturating_add(1)).await?)
    }
}
