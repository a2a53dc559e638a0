//! Messages that are kept for a while: sent ones, in case their recipient asks again; incoming ones, until the
//! durability hook has committed them; and base keys, to see whether a retry brought a new ratchet.

use std::sync::atomic::Ordering;

use edgewire_contract::script;
use redis::{Cmd, FromRedisValue};
use wacore::store::traits::{PendingInboundKey, PendingInboundRow};

use super::{DeviceStore, now_seconds, table};
use crate::error::StoreError;

/// How many sent messages are kept for retries, whatever the library's time limit says (2 h): some 8 MB.
const MAX_SENT: u64 = 16_384;
/// The table is looked at once per so many messages.
const LOOK_EVERY: u32 = 1_024;
/// The ages, seconds, beyond which messages go when there are too many: recipients ask again within seconds.
const SHORTER_LIMITS: [u64; 3] = [1_800, 300, 60];
/// How long a base key is of use, seconds: from a message's second retry to its last.
const BASE_KEY_SECONDS: i64 = 24 * 3600;

impl DeviceStore {
    pub(super) async fn put_sent(&self, chat: &str, id: &str, payload: &[u8]) -> Result<(), StoreError> {
        let now = now_seconds();
        self.put_stamped(table::SENT, table::hashed(&[chat, id]), now, payload).await?;
        if self.sent.fetch_add(1, Ordering::Relaxed) % LOOK_EVERY == LOOK_EVERY - 1 {
            self.bound_sent(now).await?;
        }
        Ok(())
    }

    /// Drops the oldest sent messages when there are too many of them.
    async fn bound_sent(&self, now: u64) -> Result<(), StoreError> {
        for limit in SHORTER_LIMITS {
            let count: u64 = self.redis.query(&Cmd::hlen(self.table(table::SENT))).await?;
            if count <= MAX_SENT {
                break;
            }
            let removed = self.sweep(table::SENT, signed(now.saturating_sub(limit))).await?;
            tracing::debug!(session = %self.session, removed, limit, "many sent messages: dropped the oldest");
        }
        Ok(())
    }

    /// Reads a sent message and removes it, in one step. One round trip.
    ///
    /// Recipients may ask again after days, when their phone is on again; this table is for hours. What is not in it (any
    /// more) is looked for among the messages that are kept: two round trips more.
    pub(super) async fn take_sent(&self, chat: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let field = table::hashed(&[chat, id]);
        let answer = self.run(&script::TAKE, table::SENT, vec![field.clone()]).await?;
        let sealed: Option<Vec<u8>> = FromRedisValue::from_redis_value(answer)
            .map_err(|error| StoreError::Answer(error.to_string()))?;
        let opened = sealed.map(|sealed| self.key.open(table::SENT, &field, &sealed)).transpose()?;
        match opened {
            Some(opened) => Ok(Some(opened.plain)),
            None => self.sent_before(chat, id).await,
        }
    }

    pub(super) async fn drop_old_sent(&self, cutoff: i64) -> Result<u32, StoreError> {
        // Base keys are left behind by retries that never came; the library has no sweep for them.
        self.sweep(table::BASE_KEY, signed(now_seconds()) - BASE_KEY_SECONDS).await?;
        self.sweep(table::SENT, cutoff).await
    }

    pub(super) async fn put_pending(&self, rows: &[PendingInboundRow<'_>]) -> Result<(), StoreError> {
        let now = now_seconds();
        let sealed: Result<Vec<_>, StoreError> = rows
            .iter()
            .map(|row| {
                let field = table::hashed(&[row.chat, row.sender, row.id]);
                let value = self.key.seal_stamped(table::PENDING, &field, now, row.message)?;
                Ok((field, value))
            })
            .collect();
        let result = self.commit(self.writes().hset_owned(self.table(table::PENDING), sealed?)).await;
        if !rows.is_empty() {
            self.note_stamp(table::PENDING, now);
        }
        result
    }

    pub(super) async fn pending(
        &self,
        chat: &str,
        sender: &str,
        id: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(table::PENDING, table::hashed(&[chat, sender, id])).await
    }

    pub(super) async fn remove_pending(&self, keys: &[PendingInboundKey<'_>]) -> Result<(), StoreError> {
        let fields: Vec<_> = keys.iter().map(|key| table::hashed(&[key.chat, key.sender, key.id])).collect();
        self.delete(table::PENDING, &fields).await
    }

    pub(super) async fn drop_old_pending(&self, cutoff: i64) -> Result<u32, StoreError> {
        self.sweep(table::PENDING, cutoff).await
    }

    pub(super) async fn put_base_key(&self, address: &str, id: &str, key: &[u8]) -> Result<(), StoreError> {
        self.put_stamped(table::BASE_KEY, table::hashed(&[address, id]), now_seconds(), key).await
    }

    pub(super) async fn base_key(&self, address: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(table::BASE_KEY, table::hashed(&[address, id])).await
    }

    pub(super) async fn remove_base_key(&self, address: &str, id: &str) -> Result<(), StoreError> {
        self.delete(table::BASE_KEY, &[table::hashed(&[address, id])]).await
    }
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
