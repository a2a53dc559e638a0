//! What is kept of messages and chats: reads of a record or an index each, many at a time side by side.

use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys;

use super::link::{Args, args};
use super::{PIPELINED, SpinBus};
use crate::bus::archive::{Archive, ChatFacts, Index, Kept, Order, Place, texts};
use crate::bus::flat::Flat;
use crate::bus::{Bus as _, BusError, together};

impl SpinBus {
    /// The answers of `HMGET` of `fields` of each of `keys`.
    async fn records(&self, keys: Vec<String>, fields: &[&str]) -> Result<Vec<Vec<Flat>>, BusError> {
        let mut records = Vec::with_capacity(keys.len());
        for some in keys.chunks(PIPELINED) {
            let reads = some.iter().map(|key| {
                let mut args: Args = args![key];
                args.extend(fields.iter().map(|name| name.as_bytes().to_vec()));
                async move { self.link().call("HMGET", args).await }
            });
            for record in together(reads).await {
                records.push(record?);
            }
        }
        Ok(records)
    }
}

impl Archive for SpinBus {
    async fn kept(&self, session: &SessionId, ids: &[MessageId]) -> Result<Vec<Option<Kept>>, BusError> {
        let shard = self.shard_of(session).await?;
        let keys = ids.iter().map(|id| keys::message(shard, session, id)).collect();
        let records = self.records(keys, &Kept::FIELDS).await?;
        records.iter().map(|record| Kept::of(record)).collect()
    }

    async fn canonical(&self, session: &SessionId, chats: &[&str]) -> Result<Vec<Option<String>>, BusError> {
        let shard = self.shard_of(session).await?;
        let answer = self.records(vec![keys::chat_aliases(shard, session)], chats).await?;
        let answer = answer.into_iter().next().unwrap_or_default();
        Ok(answer.iter().map(|jid| jid.text().map(str::to_owned)).collect())
    }

    async fn places(
        &self,
        session: &SessionId,
        index: Index<'_>,
        order: Order,
        from: Option<i64>,
        (skip, count): (u32, u32),
    ) -> Result<Vec<Place>, BusError> {
        let shard = self.shard_of(session).await?;
        let key = match index {
            Index::Chats => keys::chats(shard, session),
            Index::Chat(chat) => keys::chat_log(shard, session, chat),
            Index::Scheduled => keys::schedule(shard, session),
        };
        let (command, begin, end) = match order {
            Order::Newest => ("ZREVRANGEBYSCORE", "+inf", "-inf"),
            Order::Oldest => ("ZRANGEBYSCORE", "-inf", "+inf"),
        };
        let begin = from.map_or_else(|| begin.to_owned(), |at| at.to_string());
        let args = args![key, begin, end, "WITHSCORES", "LIMIT", skip, count];
        Ok(Place::all(&self.link().call(command, args).await?))
    }

    async fn chats(&self, session: &SessionId, chats: &[&str]) -> Result<Vec<ChatFacts>, BusError> {
        let shard = self.shard_of(session).await?;
        let keys = chats.iter().map(|chat| keys::chat(shard, session, chat)).collect();
        let records = self.records(keys, &ChatFacts::FIELDS).await?;
        let read = records.iter().map(|record| Ok(ChatFacts::read(texts("a chat", record)?)));
        let mut all: Vec<ChatFacts> = read.collect::<Result<_, BusError>>()?;
        if all.is_empty() {
            return Ok(all);
        }
        // One that was archived before its number was known stands there under its LID.
        let mut args: Args = args![keys::archived(shard, session)];
        for (chat, facts) in chats.iter().zip(&all) {
            let lid = facts.lid.as_deref().unwrap_or(chat);
            args.extend([chat.as_bytes().to_vec(), lid.as_bytes().to_vec()]);
        }
        let archived = self.link().call("SMISMEMBER", args).await?;
        for (facts, archived) in all.iter_mut().zip(archived.chunks_exact(2)) {
            facts.archived = archived.iter().any(|is| is.number() == Some(1));
        }
        Ok(all)
    }
}
