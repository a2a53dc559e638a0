//! Contacts' privacy tokens. A contact's record has two writers, who each own a part of it (the token that came from
//! the contact; when we sent ours), so every write looks first: two round trips, under the session's lock.

use wacore::store::traits::TcTokenEntry;

use super::record::TcToken;
use super::{DeviceStore, table};
use crate::error::StoreError;

const TABLE: &str = table::TC_TOKEN;

impl DeviceStore {
    pub(super) async fn tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>, StoreError> {
        Ok(self.get_record::<TcToken>(TABLE, jid).await?.map(Into::into))
    }

    pub(super) async fn set_tc_token(&self, jid: &str, entry: TcTokenEntry) -> Result<(), StoreError> {
        let _lock = self.look_and_write.lock().await;
        self.write_tc_token(jid, &entry.into()).await
    }

    pub(super) async fn remove_tc_token(&self, jid: &str) -> Result<(), StoreError> {
        let _lock = self.look_and_write.lock().await;
        self.delete(TABLE, &[jid]).await
    }

    /// Moves the time at which we sent our token forward, never back; a contact without a record gets one without
    /// a token.
    pub(super) async fn advance_tc_token(&self, jid: &str, sent_at: i64) -> Result<(), StoreError> {
        let _lock = self.look_and_write.lock().await;
        let before: Option<TcToken> = self.get_record(TABLE, jid).await?;
        let mut after = before.clone().unwrap_or_else(|| TcToken {
            token: Vec::new(),
            token_timestamp: sent_at,
            sender_timestamp: None,
        });
        after.sender_timestamp = after.sender_timestamp.max(Some(sent_at));
        if before.as_ref() == Some(&after) {
            return Ok(());
        }
        self.write_tc_token(jid, &after).await
    }

    /// Takes in a token from the contact, unless a newer one is there; the other part stays as it is.
    pub(super) async fn receive_tc_token(&self, jid: &str, token: &[u8], at: i64) -> Result<(), StoreError> {
        let _lock = self.look_and_write.lock().await;
        let before: Option<TcToken> = self.get_record(TABLE, jid).await?;
        if before.as_ref().is_some_and(|before| !before.token.is_empty() && at < before.token_timestamp) {
            return Ok(());
        }
        let sender_timestamp = before.and_then(|before| before.sender_timestamp);
        let after = TcToken { token: token.to_vec(), token_timestamp: at, sender_timestamp };
        self.write_tc_token(jid, &after).await
    }

    /// Removes the records of which neither part is alive, and says how many there were.
    pub(super) async fn drop_old_tc_tokens(&self, received: i64, sent: i64) -> Result<u32, StoreError> {
        let _lock = self.look_and_write.lock().await;
        let is_over = |token: &TcToken| {
            let received_lives = !token.token.is_empty() && token.token_timestamp >= received;
            !received_lives && token.sender_timestamp.is_none_or(|at| at < sent)
        };
        let over: Vec<String> = self
            .get_all_records::<TcToken>(TABLE)
            .await?
            .into_iter()
            .filter(|(_, token)| is_over(token))
            .map(|(jid, _)| jid)
            .collect();
        self.delete(TABLE, &over).await?;
        Ok(u32::try_from(over.len()).unwrap_or(u32::MAX))
    }

    async fn write_tc_token(&self, jid: &str, token: &TcToken) -> Result<(), StoreError> {
        let row = self.record(TABLE, jid, token)?;
        self.commit(self.writes().hset_owned(self.table(TABLE), vec![row])).await
    }
}
