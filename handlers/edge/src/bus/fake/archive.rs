//! The fake's messages and chats: as `append.lua`, `complete.lua` and `advance.lua` leave them.

use std::collections::{BTreeMap, BTreeSet};

use edgewire_contract::ids::{MessageId, SessionId};

use super::FakeBus;
use crate::bus::BusError;
use crate::bus::archive::{Archive, ChatFacts, Index, Kept, Order, Place};

/// A record's fields.
type Fields = BTreeMap<String, String>;

/// The messages and chats of all sessions.
#[derive(Debug, Default)]
pub struct Shelf {
    messages: BTreeMap<(SessionId, MessageId), Fields>,
    chats: BTreeMap<(SessionId, String), (i64, Fields)>,
    logs: BTreeMap<(SessionId, String), Vec<Place>>,
    aliases: BTreeMap<(SessionId, String), String>,
    archived: BTreeSet<(SessionId, String)>,
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl FakeBus {
    /// Keeps a message's record.
    pub fn add_kept(&self, session: &str, id: &str, record: &[(&str, &str)]) {
        let key = (SessionId::parse(session).expect("is a name"), MessageId::parse(id).expect("is a name"));
        self.with(|state| state.shelf.messages.insert(key, fields(record)));
    }

    /// Puts a message into the index of its chat, which goes by its canonical JID.
    pub fn add_to_chat(&self, session: &str, chat: &str, id: &str, at: i64) {
        let key = (SessionId::parse(session).expect("is a name"), chat.to_owned());
        self.with(|state| {
            let log = state.shelf.logs.entry(key.clone()).or_default();
            log.push(Place { at, name: id.to_owned() });
            log.sort();
            let last = log.last().expect("one was added").clone();
            let (known, facts) = state.shelf.chats.entry(key).or_default();
            *known = last.at.max(*known);
            facts.insert("last".into(), last.name);
        });
    }

    /// Puts a chat, by one of its addresses, into the account's archive.
    pub fn archive_chat(&self, session: &str, chat: &str) {
        let key = (SessionId::parse(session).expect("is a name"), chat.to_owned());
        self.with(|state| state.shelf.archived.insert(key));
    }

    /// Says what a chat is called, or which its addresses are.
    pub fn describe_chat(&self, session: &str, chat: &str, facts: &[(&str, &str)]) {
        let session = SessionId::parse(session).expect("is a name");
        self.with(|state| {
            if let Some((_, lid)) = facts.iter().find(|(name, _)| *name == "lid") {
                state.shelf.aliases.insert((session.clone(), (*lid).to_owned()), chat.to_owned());
            }
            state.shelf.chats.entry((session, chat.to_owned())).or_default().1.extend(fields(facts));
        });
    }
}

impl Archive for FakeBus {
    async fn kept(&self, session: &SessionId, ids: &[MessageId]) -> Result<Vec<Option<Kept>>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let kept = |id: &MessageId| {
                let record = state.shelf.messages.get(&(session.clone(), id.clone()))?;
                Kept::read(Kept::FIELDS.map(|name| record.get(name).map(String::as_str)))
            };
            ids.iter().map(kept).collect()
        }))
    }

    async fn canonical(&self, session: &SessionId, chats: &[&str]) -> Result<Vec<Option<String>>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let canonical = |chat: &&str| state.shelf.aliases.get(&(session.clone(), (*chat).to_owned()));
            chats.iter().map(|chat| canonical(chat).cloned()).collect()
        }))
    }

    async fn places(
        &self,
        session: &SessionId,
        index: Index<'_>,
        order: Order,
        from: Option<i64>,
        (skip, count): (u32, u32),
    ) -> Result<Vec<Place>, BusError> {
        self.up()?;
        let mut places: Vec<Place> = self.with(|state| match index {
            Index::Chats => {
                let chats = state.shelf.chats.iter().filter(|((of, _), _)| of == session);
                chats.map(|((_, name), (at, _))| Place { at: *at, name: name.clone() }).collect()
            }
            Index::Chat(chat) => {
                state.shelf.logs.get(&(session.clone(), chat.to_owned())).cloned().unwrap_or_default()
            }
            Index::Scheduled => {
                let of_session = state.scheduled.values().filter(|(_, command)| command.session == *session);
                of_session.map(|(at, command)| Place { at: *at, name: command.id.to_string() }).collect()
            }
        });
        places.sort();
        match order {
            Order::Newest => {
                places.reverse();
                places.retain(|place| from.is_none_or(|from| place.at <= from));
            }
            Order::Oldest => places.retain(|place| from.is_none_or(|from| place.at >= from)),
        }
        Ok(places.into_iter().skip(skip as usize).take(count as usize).collect())
    }

    async fn chats(&self, session: &SessionId, chats: &[&str]) -> Result<Vec<ChatFacts>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let facts = |chat: &&str| {
                let known = state.shelf.chats.get(&(session.clone(), (*chat).to_owned()));
                let facts =
                    ChatFacts::read(ChatFacts::FIELDS.map(|name| known?.1.get(name).map(String::as_str)));
                let is = |jid: &str| state.shelf.archived.contains(&(session.clone(), jid.to_owned()));
                let archived = is(chat) || facts.lid.as_deref().is_some_and(is);
                ChatFacts { archived, ..facts }
            };
            chats.iter().map(facts).collect()
        }))
    }
}
