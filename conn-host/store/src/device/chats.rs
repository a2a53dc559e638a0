//! What the account does to its chats on any of its devices: reading, archiving.

use edgewire_contract::{keys, script};

use super::DeviceStore;
use crate::error::StoreError;
use crate::write::Writes;

impl DeviceStore {
    /// Says that the account has read `chat` (a canonical JID) up to a time (unix ms); `None` when it has marked it as
    /// unread. What is known of a chat lives for `ttl_seconds` from now; a chat without messages has nothing to read.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn read_chat(
        &self,
        chat: &str,
        up_to: Option<i64>,
        ttl_seconds: u64,
    ) -> Result<(), StoreError> {
        let (shard, session) = (self.fence.shard, &self.session);
        let script_keys = [
            self.fence.lease_key(),
            keys::chat(shard, session, chat),
            keys::unread(shard, session, chat),
            keys::chats(shard, session),
        ];
        let up_to = up_to.map_or_else(String::new, |at| at.to_string());
        let args = [self.fence.epoch.to_string(), up_to, ttl_seconds.to_string(), chat.to_owned()];
        self.watch(self.redis.run(&script::READ_CHAT, &script_keys, &args).await).map(drop)
    }

    /// Puts a chat, by each of its addresses, into the account's archive or takes it out.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn archive_chat(&self, chat: &[&str], archived: bool) -> Result<(), StoreError> {
        let (key, writes) = (keys::archived(self.fence.shard, &self.session), Writes::new(self.fence));
        let writes = match archived {
            true => writes.sadd(key, &chat[..1]),
            false => writes.srem(key, chat),
        };
        self.watch(writes.commit(&self.redis).await)
    }
}
