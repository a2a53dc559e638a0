//! Whom the account blocks. WhatsApp tells each change to the devices that are connected; what was changed meanwhile is found
//! by reading the list at each connection, and comparing it with what was told.
//!
//! Each person's changes are counted: both ways of hearing of one make the same mark, and it is told once. Another pairing
//! begins to count anew, in an era of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use edgewire_contract::event::{ContactChange, ContactUpdatePayload, EventBody};
use edgewire_contract::keys::{BLOCKED_ERA, BLOCKED_READ};
use edgewire_store::{DeviceStore, StoreError};
use tokio::sync::Mutex;

use super::people::{Known, People};
use super::publisher::Publisher;
use super::told::Told;

/// The list of a session that is connected, as far as it was told.
pub struct BlockList {
    publisher: Publisher,
    store: Arc<DeviceStore>,
    people: Arc<People>,
    /// Held from reading what was told to writing it.
    turn: Mutex<()>,
    /// How often somebody else than the comparison changed it.
    changes: AtomicU64,
}

/// How often somebody was blocked or unblocked, and whether he is blocked now.
type Counted = (u64, bool);

/// What was told, by the addresses that people go by now.
struct Record {
    era: String,
    was_read: bool,
    people: HashMap<String, Counted>,
    /// Rows of people whose number has become known since: they are others' by now.
    moved: Vec<String>,
    /// What is to be written.
    new: Vec<(String, String)>,
}

impl BlockList {
    /// Tells with `publisher` what `store` does not remember as told.
    pub fn new(publisher: Publisher, store: Arc<DeviceStore>, people: Arc<People>) -> Self {
        Self { publisher, store, people, turn: Mutex::default(), changes: AtomicU64::new(0) }
    }

    /// Appends `told`, without those changes of the list that were told before.
    ///
    /// # Errors
    /// When Redis does not answer; `Fenced` when the shard is another's.
    pub async fn tell(&self, told: Vec<Told>) -> Result<(), StoreError> {
        let about: Vec<String> = told.iter().filter_map(change).map(|(jid, _)| jid).collect();
        if about.is_empty() {
            return self.publisher.append(told).await.map(drop);
        }
        self.changes.fetch_add(1, Ordering::Relaxed);
        let _turn = self.turn.lock().await;
        let (mut record, known) = self.read(&about).await?;
        let mut kept = Vec::new();
        for mut told in told {
            if let Some((jid, blocked)) = change(&told) {
                let jid = known.party(&jid).jid;
                let Some(mark) = record.count(&jid, blocked) else { continue };
                told.mark = Some(mark);
            }
            kept.push(told);
        }
        self.publisher.append(kept).await?;
        self.write(record).await
    }

    /// How often the list was changed by others than [`Self::compare`], as far as this host has heard.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Tells what is new in the `list` of all who are blocked, which was asked for after so many `changes`. The first list
    /// that is ever read says nothing: it is only remembered. Answers `false`, and does nothing, when there was another
    /// change meanwhile: the list may be older than that.
    ///
    /// # Errors
    /// When Redis does not answer; `Fenced` when the shard is another's.
    pub async fn compare(&self, list: &[String], changes: u64, now_ms: i64) -> Result<bool, StoreError> {
        let _turn = self.turn.lock().await;
        if self.changes() != changes {
            return Ok(false);
        }
        let (mut record, known) = self.read(list).await?;
        let now: HashSet<String> = list.iter().map(|jid| known.party(jid).jid).collect();
        let then: HashSet<String> =
            record.people.iter().filter(|(_, (_, blocked))| *blocked).map(|(jid, _)| jid.clone()).collect();
        let blocked = now.difference(&then).map(|jid| (jid, true));
        let mut changed: Vec<(&String, bool)> =
            blocked.chain(then.difference(&now).map(|jid| (jid, false))).collect();
        changed.sort_unstable();
        let mut told = Vec::new();
        for (jid, blocked) in changed {
            let mark = record.count(jid, blocked);
            if record.was_read {
                told.push(event(&known, jid, blocked, mark, now_ms));
            }
        }
        if !record.was_read {
            record.new.push((BLOCKED_READ.to_owned(), "1".to_owned()));
        }
        self.publisher.append(told).await?;
        self.write(record).await?;
        Ok(true)
    }

    /// Remembers that the account blocked somebody over us, or does no longer: WhatsApp tells that to its other devices
    /// only.
    ///
    /// # Errors
    /// When Redis does not answer; `Fenced` when the shard is another's.
    pub async fn done(&self, jid: &str, blocked: bool) -> Result<(), StoreError> {
        self.changes.fetch_add(1, Ordering::Relaxed);
        let _turn = self.turn.lock().await;
        let (mut record, known) = self.read(&[jid.to_owned()]).await?;
        record.count(&known.party(jid).jid, blocked);
        self.write(record).await
    }

    /// What was told, and who is who of those whom it names and of `more`.
    async fn read(&self, more: &[String]) -> Result<(Record, Known), StoreError> {
        let fields = self.store.blocked().await?;
        let rows: Vec<(&String, Counted)> =
            fields.iter().filter_map(|(jid, value)| Some((jid, counted(value)?))).collect();
        let jids = rows.iter().map(|(jid, _)| *jid).chain(more);
        let known = self.people.know(jids.map(|jid| (jid.clone(), None))).await?;
        let mut record = Record {
            era: fields.get(BLOCKED_ERA).cloned().unwrap_or_default(),
            was_read: fields.contains_key(BLOCKED_READ),
            people: HashMap::new(),
            moved: Vec::new(),
            new: Vec::new(),
        };
        let mut renamed = HashSet::new();
        for (jid, row) in rows {
            let canonical = known.party(jid).jid;
            if canonical != *jid {
                record.moved.push(jid.clone());
                renamed.insert(canonical.clone());
            }
            // Of two rows of one person, that which was changed more often says how it is.
            let counted = record.people.entry(canonical).or_default();
            *counted = row.max(*counted);
        }
        let rows = renamed.into_iter().filter_map(|jid| Some(field(&jid, *record.people.get(&jid)?)));
        record.new = rows.collect();
        Ok((record, known))
    }

    async fn write(&self, record: Record) -> Result<(), StoreError> {
        if record.new.is_empty() && record.moved.is_empty() {
            return Ok(());
        }
        self.store.put_blocked(&record.new, &record.moved).await
    }
}

impl Record {
    /// Counts a change that was not told before, and gives its mark.
    fn count(&mut self, jid: &str, blocked: bool) -> Option<String> {
        let counted = self.people.entry(jid.to_owned()).or_default();
        if counted.1 == blocked && counted.0 > 0 {
            return None;
        }
        *counted = (counted.0 + 1, blocked);
        let (number, era) = (counted.0, &self.era);
        self.new.push(field(jid, *counted));
        Some(format!("b {era} {jid} {number}"))
    }
}

/// Whom a change of the list is about, and whether he is blocked now.
fn change(told: &Told) -> Option<(String, bool)> {
    let EventBody::ContactUpdate(payload) = &told.body else { return None };
    match payload.change {
        ContactChange::Blocked => Some((payload.who.jid.clone(), true)),
        ContactChange::Unblocked => Some((payload.who.jid.clone(), false)),
        _ => None,
    }
}

fn counted(value: &str) -> Option<Counted> {
    let (number, blocked) = value.split_once(' ')?;
    Some((number.parse().ok()?, blocked == "1"))
}

fn field(jid: &str, (number, blocked): Counted) -> (String, String) {
    (jid.to_owned(), format!("{number} {}", u8::from(blocked)))
}

fn event(known: &Known, jid: &str, blocked: bool, mark: Option<String>, now_ms: i64) -> Told {
    let change = if blocked { ContactChange::Blocked } else { ContactChange::Unblocked };
    let payload = ContactUpdatePayload::new(known.party(jid), change, now_ms / 1000);
    Told::new(now_ms, EventBody::ContactUpdate(Box::new(payload)), mark)
}
