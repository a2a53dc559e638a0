//! What people call themselves. It stands in every message; that somebody changed it is an event.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use edgewire_contract::event::{ContactChange, ContactUpdatePayload, EventBody};
use edgewire_store::{DeviceStore, StoreError};

use super::people::Known;
use super::told::Told;
use crate::wire::Incoming;

/// How many names a session has at hand.
const REMEMBERED: usize = 4096;

/// The names that people were last known by.
pub struct Names {
    store: Arc<DeviceStore>,
    seen: Mutex<HashMap<String, String>>,
}

/// The names that a batch of messages brings.
#[derive(Debug, Default)]
pub struct Brought {
    /// By canonical JID, everybody's in the batch.
    last: HashMap<String, String>,
    /// Whose name is new, or another than before.
    new: HashSet<String>,
    /// That somebody changed his.
    pub told: Vec<Told>,
}

impl Names {
    /// Keeps them in `store`.
    pub fn new(store: Arc<DeviceStore>) -> Self {
        Self { store, seen: Mutex::default() }
    }

    /// What is new in the names of `messages`. One round trip at most, and none for people whose names are at hand. A name
    /// that was not known before is no event.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn brought(&self, messages: &[Incoming], known: &Known) -> Result<Brought, StoreError> {
        let named: Vec<(&Incoming, String, &str)> =
            messages.iter().filter_map(|it| Some((it, known.party(&it.sender).jid, name_in(it)?))).collect();
        let mut brought = Brought { last: self.known_by(&named).await?, ..Brought::default() };
        for (message, jid, name) in named {
            let before = brought.last.insert(jid.clone(), name.to_owned());
            if before.as_deref() == Some(name) {
                continue;
            }
            brought.new.insert(jid);
            if before.is_some() {
                brought.told.push(changed(message, known, name));
            }
        }
        Ok(brought)
    }

    /// What those people were known by before.
    async fn known_by(
        &self,
        named: &[(&Incoming, String, &str)],
    ) -> Result<HashMap<String, String>, StoreError> {
        let mut names = HashMap::new();
        let mut unknown: Vec<&str> = Vec::new();
        {
            let seen = self.seen();
            for (_, jid, _) in named {
                match seen.get(jid) {
                    Some(name) => drop(names.insert(jid.clone(), name.clone())),
                    None => unknown.push(jid),
                }
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        let stored = self.store.names(&unknown).await?;
        names.extend(unknown.iter().zip(stored).filter_map(|(jid, name)| Some(((*jid).to_owned(), name?))));
        Ok(names)
    }

    /// Remembers what was brought, once it is told: for `ttl_seconds`.
    ///
    /// # Errors
    /// `Fenced` when the shard is another's; then nothing was written.
    pub async fn remember(&self, brought: Brought, ttl_seconds: u64) -> Result<(), StoreError> {
        let name = |jid: &String| Some((jid.clone(), brought.last.get(jid)?.clone()));
        let names: Vec<(String, String)> = brought.new.iter().filter_map(name).collect();
        self.store.put_names(&names, ttl_seconds).await?;
        let mut seen = self.seen();
        if seen.len() > REMEMBERED {
            seen.clear();
        }
        seen.extend(brought.last);
        Ok(())
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name that another person gives himself in `message`.
fn name_in(message: &Incoming) -> Option<&str> {
    let person = message.sender.ends_with("@s.whatsapp.net") || message.sender.ends_with("@lid");
    message.push_name.as_deref().filter(|name| !name.is_empty() && person && !message.from_me)
}

fn changed(message: &Incoming, known: &Known, name: &str) -> Told {
    let who = known.party(&message.sender);
    let mark = format!("c {} push_name {}", who.jid, message.id);
    let mut payload = ContactUpdatePayload::new(who, ContactChange::PushName, message.timestamp);
    payload.push_name = Some(name.to_owned());
    let at = message.timestamp.saturating_mul(1000);
    Told::new(at, EventBody::ContactUpdate(Box::new(payload)), Some(mark))
}
