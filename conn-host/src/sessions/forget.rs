//! What a session that is deleted leaves behind of its messages: gone through by the index of its chats, in batches.
//!
//! Beside the index stand messages that never entered a chat (sends that failed, messages that nobody could read): they
//! have nothing but a status, and end by themselves.

use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys;
use edgewire_store::{Fence, Redis, StoreError, Writes, forget_media};
use redis::Cmd;

/// How many members of an index are read at once, and how many keys one batch removes.
const BATCH: isize = 500;

/// Forgets the messages, files, chats and names of a session that writes no more. What an interruption leaves is found again: the
/// index itself goes last.
pub async fn forget(redis: &Redis, fence: Fence, session: &SessionId) -> Result<(), StoreError> {
    let shard = fence.shard;
    forget_media(redis, fence, session).await?;
    let chats = keys::chats(shard, session);
    let mut first = 0;
    while let Some(names) = batch(redis, &chats, &mut first).await? {
        for chat in &names {
            let log = keys::chat_log(shard, session, chat);
            let mut first = 0;
            while let Some(ids) = batch(redis, &log, &mut first).await? {
                let ids = ids.iter().filter_map(|id| MessageId::parse(id).ok());
                let keys = ids.map(|id| keys::message(shard, session, &id));
                keys.fold(Writes::new(fence), Writes::del).commit(redis).await?;
            }
            let of_chat = [log, keys::unread(shard, session, chat), keys::chat(shard, session, chat)];
            of_chat.into_iter().fold(Writes::new(fence), Writes::del).commit(redis).await?;
        }
    }
    let of_session = [
        keys::chat_aliases,
        keys::names,
        keys::watched,
        keys::archived,
        keys::blocked,
        keys::spent,
        keys::met,
    ];
    of_session
        .map(|key| key(shard, session))
        .into_iter()
        .chain([chats])
        .fold(Writes::new(fence), Writes::del)
        .commit(redis)
        .await
}

/// The members of a sorted set that nobody writes to, from the place `first` on, which is moved behind them; `None` when
/// there are no more.
async fn batch(redis: &Redis, key: &str, first: &mut isize) -> Result<Option<Vec<String>>, StoreError> {
    let members: Vec<String> = redis.query(&Cmd::zrange(key, *first, *first + BATCH - 1)).await?;
    *first += BATCH;
    Ok((!members.is_empty()).then_some(members))
}
